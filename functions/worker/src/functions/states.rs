//! `aws.states`: runs a state machine, and gives its output. Its end wakes the execution; should
//! that message be lost, the execution looks again by itself. It does not know who may run which.

use engine::{Fault, FaultKind};
use integrations::{Standing, Start};
use serde::Deserialize;
use serde_json::Value;

use super::{Outcome, Reply, arguments, faults, next_look};
use crate::App;
use crate::call::Caller;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Arguments {
    state_machine_arn: String,
    /// Step Functions takes an empty object where there is nothing to give.
    #[serde(default = "nothing")]
    input: Value,
}

fn nothing() -> Value {
    Value::Object(serde_json::Map::new())
}

pub(super) async fn perform(app: &App, caller: &Caller, arguments: Value) -> Outcome {
    let arguments: Arguments = arguments::read(arguments)?;
    let start = Start {
        state_machine: &arguments.state_machine_arn,
        input: &arguments.input,
        effect: &caller.effect,
    };
    let standing = app.reach.run_state_machine(&start).await;
    match standing.map_err(faults::of_failure)? {
        Standing::Running { since } => Ok(Reply::Pending {
            until: next_look(since, app.aws.now()),
        }),
        Standing::Succeeded { output } if output.is_empty() => Ok(Reply::Returned(Value::Null)),
        Standing::Succeeded { output } => serde_json::from_str(&output)
            .map(Reply::Returned)
            .map_err(|_| faults::not_json("the state machine's output")),
        Standing::Ended {
            status,
            error,
            cause,
        } => Err(ended(&status, error, cause)),
    }
}

fn ended(status: &str, error: Option<String>, cause: Option<String>) -> Fault {
    let why = [error, cause].into_iter().flatten().collect::<Vec<_>>();
    let why = if why.is_empty() {
        "nothing is said of why".to_owned()
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
