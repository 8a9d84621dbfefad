//! The functions that a workflow calls by name: `aws.*` on what the operator permits, `records.*` on
//! the org's own rows. Each takes an object of arguments, and gives a value or a fault. When they
//! are called, and what follows, the engine knows.

mod arguments;
mod events;
mod faults;
mod lambda;
mod records;
mod sqs;
mod states;

use std::time::Duration;

use domain::Timestamp;
use engine::{ActionResult, Fault, FaultKind};
use serde_json::Value;

use crate::App;
use crate::call::{CALL_MS, Caller};

/// What a function came to.
enum Reply {
    Returned(Value),
    /// It has begun and is not over; look again then.
    Pending {
        until: Timestamp,
    },
}

type Outcome = Result<Reply, Fault>;

/// Whatever goes wrong is a result, too: the workflow may catch it.
pub(crate) async fn perform(
    app: &App,
    caller: &Caller,
    (name, arguments): (&str, Value),
    available_ms: i64,
) -> ActionResult {
    let available_ms = available_ms.clamp(1, CALL_MS);
    let available = Duration::from_millis(u64::try_from(available_ms).unwrap_or(1));
    let outcome = tokio::time::timeout(available, dispatch(app, caller, name, arguments)).await;
    match outcome {
        Ok(Ok(Reply::Returned(value))) => ActionResult::Returned(value),
        Ok(Ok(Reply::Pending { until })) => ActionResult::Pending {
            until_ms: until.as_millis(),
        },
        Ok(Err(fault)) => ActionResult::Raised(fault),
        Err(_elapsed) => {
            let detail = format!("`{name}` did not answer within {available_ms} ms");
            ActionResult::Raised(FaultKind::Timeout.raise(detail))
        }
    }
}

async fn dispatch(app: &App, caller: &Caller, name: &str, arguments: Value) -> Outcome {
    match name {
        "aws.events" => events::perform(app, arguments).await,
        "aws.lambda" => lambda::perform(app, caller, arguments).await,
        "aws.sqs" => sqs::perform(app, caller, arguments).await,
        "aws.states" => states::perform(app, caller, arguments).await,
        "records.delete" => records::delete(app, caller, arguments).await,
        "records.get" => records::get(app, caller, arguments).await,
        "records.put" => records::put(app, caller, arguments).await,
        "records.query" => records::query(app, caller, arguments).await,
        _ => {
            let detail = format!("there is no function `{name}`");
            Err(FaultKind::Configuration.raise(detail))
        }
    }
}
