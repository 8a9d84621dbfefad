//! `aws.states`: runs a state machine, and gives its output. Its end wakes the execution; should
//! that message be lost, the execution looks again by itself. It does not know who may run which.

use domain::Timestamp;
use engine::{Fault, FaultKind};
use reach::{Standing, Start};
use serde::Deserialize;
use serde_json::Value;

use super::{Outcome, Reply, arguments, faults};
use crate::App;
use crate::call::Caller;

/// The first look after the start comes so soon, and each later one after as long again as the
/// execution has run, but not later than the last of these.
const FIRST_LOOK_MS: i64 = 30_000;
const LONGEST_LOOK_MS: i64 = 900_000;

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

fn next_look(since: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let run_ms = since.map_or(0, |since| now.millis_since(since));
    now.plus_millis(run_ms.clamp(FIRST_LOOK_MS, LONGEST_LOOK_MS))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_grow_rarer_the_longer_it_runs() {
        let now = Timestamp::from_millis(10_000_000);
        let wait_ms = |run_ms: i64| {
            let since = now.plus_millis(-run_ms);
            next_look(Some(since), now).millis_since(now)
        };
        assert_eq!(next_look(None, now).millis_since(now), 30_000);
        assert_eq!(wait_ms(-5_000), 30_000);
        assert_eq!(wait_ms(60_000), 60_000);
        assert_eq!(wait_ms(5_000_000), 900_000);
    }
}
