//! `aws.states`: runs a Step Functions state machine and returns its output. The end of the state machine wakes the
//! workflow's execution; in case that message is lost, the execution also checks on it from time to time. It does not
//! check which state machines a workflow may run.

use engine::{Fault, FaultKind};
use integrations::{StartStateMachine, StateMachineStatus};
use serde::Deserialize;
use serde_json::Value;

use super::{Outcome, Reply, arguments, faults, next_check};
use crate::App;
use crate::http_call::Caller;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Arguments {
    state_machine_arn: String,
    /// By default an empty object, which is what Step Functions takes for no input.
    #[serde(default = "empty_object")]
    input: Value,
}

fn empty_object() -> Value {
    Value::Object(serde_json::Map::new())
}

pub(super) async fn perform(app: &App, caller: &Caller, arguments: Value) -> Outcome {
    let arguments: Arguments = arguments::read(arguments)?;
    let start = StartStateMachine {
        state_machine: &arguments.state_machine_arn,
        input: &arguments.input,
        effect: &caller.effect,
    };
    let status = app.integrations.run_state_machine(&start).await;
    match status.map_err(faults::of_failure)? {
        StateMachineStatus::Running { since } => Ok(Reply::Pending {
            until: next_check(since, app.aws.now()),
        }),
        StateMachineStatus::Succeeded { output } if output.is_empty() => {
            Ok(Reply::Returned(Value::Null))
        }
        StateMachineStatus::Succeeded { output } => serde_json::from_str(&output)
            .map(Reply::Returned)
            .map_err(|_| faults::not_json("the state machine's output")),
        StateMachineStatus::Ended {
            status,
            error,
            cause,
        } => Err(ended(&status, error, cause)),
    }
}

fn ended(status: &str, error: Option<String>, cause: Option<String>) -> Fault {
    let why = [error, cause].into_iter().flatten().collect::<Vec<_>>();
    let why = if why.is_empty() {
        "Step Functions gives no reason".to_owned()
    } else {
        why.join(": ")
    };
    let kind = match status {
        "TIMED_OUT" => FaultKind::Timeout,
        _ => FaultKind::Runtime,
    };
    let default = kind.raise("").status;
    faults::fault(
        kind,
        default,
        &format!("the state machine's execution is {status}: {why}"),
    )
}
