//! What a workflow has done by name: the functions `aws.*` on what the operator permits and `records.*` on the org's
//! own rows, and other workflows of the tenant. Each gives a value or a fault. When they are called, and what follows,
//! the engine knows.

mod arguments;
mod child;
mod events;
mod faults;
mod lambda;
mod records;
mod sqs;
mod states;

use std::time::Duration;

use domain::Timestamp;
use engine::{ActionResult, ChildRun, Fault, FaultKind};
use serde_json::Value;

use crate::App;
use crate::call::{CALL_MS, Caller, Origin};

/// What a function came to.
enum Reply {
    Returned(Value),
    /// It has begun and is not over; look again then.
    Pending {
        until: Timestamp,
    },
}

type Outcome = Result<Reply, Fault>;

/// The first look after the start comes so soon, and each later one after as long again as what was
/// started has run, but not later than the last of these.
const FIRST_LOOK_MS: i64 = 30_000;
const LONGEST_LOOK_MS: i64 = 900_000;

/// Calls a function. Whatever goes wrong is a result, too: the workflow may catch it.
pub(crate) async fn perform(
    app: &App,
    caller: &Caller,
    (name, arguments): (&str, Value),
    available_ms: i64,
) -> ActionResult {
    let available_ms = available_ms.clamp(1, CALL_MS);
    let dispatched = dispatch(app, caller, name, arguments);
    within(available_ms, dispatched).await.unwrap_or_else(|| {
        let detail = format!("`{name}` did not answer within {available_ms} ms");
        ActionResult::Raised(FaultKind::Timeout.raise(detail))
    })
}

/// Runs another workflow. What our own tables do not tell in time, they tell later.
pub(crate) async fn run(
    app: &App,
    origin: &Origin,
    caller: &Caller,
    child: &ChildRun,
    available_ms: i64,
) -> ActionResult {
    let performed = child::perform(app, origin, caller, child);
    let performed = within(available_ms.clamp(1, CALL_MS), performed).await;
    performed.unwrap_or_else(|| ActionResult::Pending {
        until_ms: next_look(None, app.aws.now()).as_millis(),
    })
}

/// `None` where it was not over in time.
async fn within(
    available_ms: i64,
    performed: impl Future<Output = Outcome>,
) -> Option<ActionResult> {
    let available = Duration::from_millis(u64::try_from(available_ms).unwrap_or(1));
    let outcome = tokio::time::timeout(available, performed).await.ok()?;
    Some(match outcome {
        Ok(Reply::Returned(value)) => ActionResult::Returned(value),
        Ok(Reply::Pending { until }) => ActionResult::Pending {
            until_ms: until.as_millis(),
        },
        Err(fault) => ActionResult::Raised(fault),
    })
}

/// When to look again at what has run since then.
pub(crate) fn next_look(since: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let run_ms = since.map_or(0, |since| now.millis_since(since));
    now.plus_millis(run_ms.clamp(FIRST_LOOK_MS, LONGEST_LOOK_MS))
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
