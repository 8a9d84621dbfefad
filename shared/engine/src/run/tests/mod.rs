//! Whole workflows, driven as a worker would, with answers made up on the spot.

mod actions;
mod attempts;
mod branches;
mod calls;
mod components;
mod crashes;
mod extensions;
mod flow;
mod generated;
mod limits;
mod loops;
mod oauth2;
mod openapi;
mod properties;
mod secrets;

use crate::{
    Action, ActionKind, ActionResult, Advanced, CallResult, Definition, Effect, Event, HttpCall,
    Run, RunContext, Sandbox, Secrets, Step, StepStatus, Stuck, yaml_to_json,
};
use serde_json::Value;
use std::ops::Deref;
use std::time::Duration;

const NOW_MS: i64 = 1_700_000_000_000;

/// What a driven workflow did.
struct Driven {
    end: Effect,
    steps: Vec<Step>,
    actions: Vec<Action>,
    /// Those of the actions that are calls over HTTP.
    calls: Vec<Asked>,
    slices: usize,
}

/// A call over HTTP that was asked for, with the id of the action.
#[derive(Clone, Debug, PartialEq)]
struct Asked {
    id: String,
    call: HttpCall,
}

impl Deref for Asked {
    type Target = HttpCall;

    fn deref(&self) -> &HttpCall {
        &self.call
    }
}

fn call_of(action: Action) -> Option<Asked> {
    let id = action.id;
    match action.kind {
        ActionKind::Http(call) => Some(Asked { id, call }),
        ActionKind::Emit(_) | ActionKind::Function { .. } | ActionKind::Workflow(_) => None,
    }
}

/// The call of an effect that asks for one, and for nothing else.
fn only_call(effect: Effect) -> Asked {
    match effect {
        Effect::Perform { mut actions, .. } if actions.len() == 1 => {
            call_of(actions.remove(0)).expect("a call")
        }
        other => panic!("not one call: {other:?}"),
    }
}

fn answered(id: &str, result: CallResult) -> Event {
    Event::Finished {
        id: id.to_owned(),
        result: ActionResult::Called(result),
    }
}

impl Driven {
    fn output(&self) -> &Value {
        match &self.end {
            Effect::Done(output) => output,
            other => panic!("the workflow did not end well: {other:?}"),
        }
    }

    fn fault(&self) -> &crate::Fault {
        match &self.end {
            Effect::Fault(fault) => fault,
            other => panic!("the workflow did not fault: {other:?}"),
        }
    }

    fn names(&self, status: StepStatus) -> Vec<&str> {
        let ended = self.steps.iter().filter(|step| step.status == status);
        ended.map(|step| step.name.as_str()).collect()
    }
}

fn parse(tasks: &str) -> Definition {
    let heading = "document: {dsl: '1.0.3', namespace: test, name: example, version: '0.1.0'}\n";
    let document = yaml_to_json(&format!("{heading}{tasks}")).expect("YAML");
    Definition::parse(&document).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn sandbox() -> Sandbox {
    Sandbox::with_time_limit(Duration::from_secs(120))
}

fn context() -> RunContext {
    RunContext {
        execution_id: "exe_1".to_owned(),
        workflow_id: "wf_1".to_owned(),
        workflow_version: 3,
        started_at_ms: NOW_MS,
    }
}

/// Advances where there are no secrets.
fn advance(
    definition: &Definition,
    run: &mut Run,
    event: Event,
    now_ms: i64,
    sandbox: &Sandbox,
) -> Result<Advanced, Stuck> {
    crate::advance(definition, run, event, now_ms, &Secrets::default(), sandbox)
}

fn drive(
    definition: &Definition,
    input: Value,
    perform: impl FnMut(&Action) -> ActionResult,
    between: impl FnMut(Run) -> Run,
) -> Driven {
    let run = Run::start(context(), input);
    drive_on(definition, run, &Secrets::default(), perform, between)
}

/// Drives to the end; the action that is listed first is performed first; time jumps over waits; `between` may replace
/// the run at every effect.
fn drive_on(
    definition: &Definition,
    mut run: Run,
    secrets: &Secrets,
    mut perform: impl FnMut(&Action) -> ActionResult,
    mut between: impl FnMut(Run) -> Run,
) -> Driven {
    let sandbox = sandbox();
    let (mut now_ms, mut event) = (NOW_MS, Event::Start);
    let (mut steps, mut performed, mut slices) = (Vec::new(), Vec::new(), 0);
    loop {
        let advanced = crate::advance(definition, &mut run, event, now_ms, secrets, &sandbox)
            .expect("in time");
        steps.extend(advanced.steps);
        run = between(run);
        slices += 1;
        event = match advanced.effect {
            Effect::Perform { mut actions, .. } => {
                let action = actions.remove(0);
                let (id, result) = (action.id.clone(), perform(&action));
                performed.push(action);
                Event::Finished { id, result }
            }
            Effect::Wait { until_ms } => {
                now_ms = until_ms;
                Event::Resumed
            }
            Effect::Continue => Event::Continue,
            end @ (Effect::Done(_) | Effect::Fault(_)) => {
                return Driven {
                    end,
                    steps,
                    calls: performed.iter().cloned().filter_map(call_of).collect(),
                    actions: performed,
                    slices,
                };
            }
        };
    }
}

/// Performs by calls over HTTP alone.
fn by_calls(mut answer: impl FnMut(&Asked) -> CallResult) -> impl FnMut(&Action) -> ActionResult {
    move |action| match call_of(action.clone()) {
        Some(call) => ActionResult::Called(answer(&call)),
        None => panic!("no call: {action:?}"),
    }
}

fn perform(tasks: &str, input: Value, perform: impl FnMut(&Action) -> ActionResult) -> Driven {
    drive(&parse(tasks), input, perform, |run| run)
}

fn run(tasks: &str, input: Value) -> Driven {
    perform(tasks, input, |action| {
        panic!("nothing is expected: {action:?}")
    })
}

fn run_with(tasks: &str, input: Value, answer: impl FnMut(&Asked) -> CallResult) -> Driven {
    perform(tasks, input, by_calls(answer))
}

fn json_answer(status: u16, body: &Value) -> CallResult {
    let headers = vec![(
        "Content-Type".to_owned(),
        "application/json; charset=utf-8".to_owned(),
    )];
    CallResult::Response {
        status,
        headers,
        body: body.to_string().into_bytes(),
    }
}
