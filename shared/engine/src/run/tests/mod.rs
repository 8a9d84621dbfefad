//! Whole workflows, outcome as the worker drives them, with results from the tests.

mod actions;
mod at_limits;
mod attempts;
mod branches;
mod calls;
mod components;
mod crashes;
mod error_paths;
mod extensions;
mod flow;
mod generated;
mod limits;
mod loops;
mod oauth2;
mod openapi;
mod properties;
mod secrets;
mod state_size;

use crate::{
    Action, ActionKind, ActionResult, Advanced, CallResult, Definition, Effect, Event, HttpCall,
    Run, RunContext, Sandbox, Secrets, Step, StepStatus, Stuck, yaml_to_json,
};
use serde_json::Value;
use std::ops::Deref;
use std::time::Duration;

const NOW_MS: i64 = 1_700_000_000_000;

/// What a workflow did.
struct Outcome {
    end: Effect,
    steps: Vec<Step>,
    actions: Vec<Action>,
    /// Those of the actions that are calls over HTTP.
    calls: Vec<RequestedCall>,
    slices: usize,
}

/// A call over HTTP, with the id of its action.
#[derive(Clone, Debug, PartialEq)]
struct RequestedCall {
    id: String,
    call: HttpCall,
}

impl Deref for RequestedCall {
    type Target = HttpCall;

    fn deref(&self) -> &HttpCall {
        &self.call
    }
}

fn call_of(action: Action) -> Option<RequestedCall> {
    let id = action.id;
    match action.kind {
        ActionKind::Http(call) => Some(RequestedCall { id, call }),
        ActionKind::Emit(_) | ActionKind::Function { .. } | ActionKind::Workflow(_) => None,
    }
}

/// The only action of an effect, which is a call.
fn only_call(effect: Effect) -> RequestedCall {
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

impl Outcome {
    fn output(&self) -> &Value {
        match &self.end {
            Effect::Done(output) => output,
            other => panic!("the workflow did not succeed: {other:?}"),
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

/// Advances a workflow without secrets.
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
) -> Outcome {
    let run = Run::start(context(), input);
    drive_on(definition, run, &Secrets::default(), perform, between)
}

/// Runs a workflow to its end. The first action of an effect is performed; time jumps over waits; `between` may replace the
/// run at every effect.
fn drive_on(
    definition: &Definition,
    mut run: Run,
    secrets: &Secrets,
    mut perform: impl FnMut(&Action) -> ActionResult,
    mut between: impl FnMut(Run) -> Run,
) -> Outcome {
    let sandbox = sandbox();
    let (mut now_ms, mut event) = (NOW_MS, Event::Start);
    let (mut steps, mut performed, mut slices) = (Vec::new(), Vec::new(), 0);
    loop {
        let advanced = crate::advance(definition, &mut run, event, now_ms, secrets, &sandbox)
            .expect("no expression is stuck");
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
                return Outcome {
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

/// Performs calls over HTTP; any other action panics.
fn by_calls(
    mut answer: impl FnMut(&RequestedCall) -> CallResult,
) -> impl FnMut(&Action) -> ActionResult {
    move |action| match call_of(action.clone()) {
        Some(call) => ActionResult::Called(answer(&call)),
        None => panic!("no call: {action:?}"),
    }
}

fn perform(tasks: &str, input: Value, perform: impl FnMut(&Action) -> ActionResult) -> Outcome {
    drive(&parse(tasks), input, perform, |run| run)
}

fn run(tasks: &str, input: Value) -> Outcome {
    perform(tasks, input, |action| {
        panic!("no action is expected: {action:?}")
    })
}

fn run_with(
    tasks: &str,
    input: Value,
    answer: impl FnMut(&RequestedCall) -> CallResult,
) -> Outcome {
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
