//! The engine without a worker: answers are made up, nothing is stored. It does not know AWS.

use std::time::Instant;

use engine::{
    Action, ActionResult, CallResult, Definition, Effect, Event, Run, RunContext, Sandbox, Secrets,
};
use serde_json::{Value, json};

use crate::Outcome;
use crate::table::{Figure, Section};

const TURNS: usize = 5_000;

pub(crate) fn section() -> Outcome<Section> {
    let mut section = Section::new("the engine alone", &["steps a second"]);
    for (name, tasks) in [
        ("a loop of calls over HTTP", loop_of_calls(TURNS)),
        ("a loop of `set` with an expression", loop_of_sets(TURNS)),
    ] {
        let (began, mut steps) = (Instant::now(), 0);
        drive(&tasks, |_, done| steps += done)?;
        let per_second = steps as f64 / began.elapsed().as_secs_f64();
        section.row(name, [Some(Figure::loose(per_second, 0))]);
    }
    Ok(section)
}

/// The bytes of the state as JSON, after each call.
pub(crate) fn checkpoints(tasks: &Value) -> Outcome<Vec<usize>> {
    let mut sizes = Vec::new();
    drive(tasks, |run, _| {
        sizes.push(serde_json::to_vec(run).map_or(0, |json| json.len()));
    })?;
    Ok(sizes)
}

pub(crate) fn loop_of_calls(turns: usize) -> Value {
    let call =
        json!({"call": "http", "with": {"method": "get", "endpoint": "https://example.com/"}});
    loop_of(turns, &call)
}

fn loop_of_sets(turns: usize) -> Value {
    loop_of(turns, &json!({"set": {"n": "${ $n + 1 }"}}))
}

fn loop_of(turns: usize, task: &Value) -> Value {
    let over = json!({"each": "n", "in": format!("${{ [range({turns})] }}")});
    json!([{"turn": {"for": over, "do": [{ "task": task }]}}])
}

/// Runs tasks to their end. `seen` gets the state after each slice of work, and how many steps ended in it.
fn drive(tasks: &Value, mut seen: impl FnMut(&Run, usize)) -> Outcome<()> {
    let heading =
        json!({"dsl": "1.0.0", "namespace": "bench", "name": "bench", "version": "1.0.0"});
    let definition = Definition::parse(&json!({"document": heading, "do": tasks}))
        .map_err(|problems| format!("{problems:?}"))?;
    let (sandbox, secrets) = (Sandbox::new(), Secrets::default());
    let mut run = Run::start(context(), json!({"orderId": 1}));
    let mut event = Event::Start;
    loop {
        let advanced = engine::advance(&definition, &mut run, event, 0, &secrets, &sandbox)
            .map_err(|stuck| format!("{stuck:?}"))?;
        seen(&run, advanced.steps.len());
        event = match advanced.effect {
            Effect::Perform { mut actions, .. } => answered(actions.remove(0)),
            Effect::Continue => Event::Continue,
            Effect::Done(_) => return Ok(()),
            end @ (Effect::Fault(_) | Effect::Wait { .. }) => return Err(format!("{end:?}").into()),
        };
    }
}

fn answered(action: Action) -> Event {
    let response = CallResult::Response {
        status: 200,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: br#"{"ok":true}"#.to_vec(),
    };
    Event::Finished {
        id: action.id,
        result: ActionResult::Called(response),
    }
}

fn context() -> RunContext {
    RunContext {
        execution_id: "exe_00000000000000000000000000".to_owned(),
        workflow_id: "wf_00000000000000000000000000".to_owned(),
        workflow_version: 1,
        started_at_ms: 0,
    }
}
