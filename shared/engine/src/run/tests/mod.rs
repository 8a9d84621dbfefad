//! Whole workflows, driven as a worker would, with answers made up on the spot.

mod attempts;
mod branches;
mod calls;
mod components;
mod flow;
mod limits;
mod loops;
mod openapi;
mod properties;

use crate::{
    CallResult, Definition, Effect, Event, HttpCall, Run, RunContext, Sandbox, Step, StepStatus,
    advance, yaml_to_json,
};
use serde_json::Value;
use std::time::Duration;

const NOW_MS: i64 = 1_700_000_000_000;

/// What a driven workflow did.
struct Driven {
    end: Effect,
    steps: Vec<Step>,
    calls: Vec<HttpCall>,
    slices: usize,
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

/// Drives to the end; time jumps over waits; `between` may replace the run at every effect.
fn drive(
    definition: &Definition,
    input: Value,
    mut answer: impl FnMut(&HttpCall) -> CallResult,
    mut between: impl FnMut(Run) -> Run,
) -> Driven {
    let (sandbox, mut run) = (sandbox(), Run::start(context(), input));
    let (mut now_ms, mut event) = (NOW_MS, Event::Start);
    let (mut steps, mut calls, mut slices) = (Vec::new(), Vec::new(), 0);
    loop {
        let advanced = advance(definition, &mut run, event, now_ms, &sandbox).expect("in time");
        steps.extend(advanced.steps);
        run = between(run);
        slices += 1;
        event = match advanced.effect {
            Effect::Call(call) => {
                let result = answer(&call);
                calls.push(call);
                Event::Responded(result)
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
                    calls,
                    slices,
                };
            }
        };
    }
}

fn run(tasks: &str, input: Value) -> Driven {
    drive(
        &parse(tasks),
        input,
        |call| panic!("no call is expected: {call:?}"),
        |run| run,
    )
}

fn run_with(tasks: &str, input: Value, answer: impl FnMut(&HttpCall) -> CallResult) -> Driven {
    drive(&parse(tasks), input, answer, |run| run)
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
