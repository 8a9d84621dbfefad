//! The functions that a workflow calls by name (`aws.*` on resources that the operator permits, `records.*` on the org's
//! own rows), and `run: workflow`. Each returns a value or a fault. When they are called, and what follows, is for the
//! engine to say.

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
use crate::http_call::{Caller, Origin, call_ms};

/// What a call to a function has led to.
enum Reply {
    Returned(Value),
    /// It has started and not ended: check again at that time.
    Pending {
        until: Timestamp,
    },
}

type Outcome = Result<Reply, Fault>;

/// How long after the start a pending action is first checked, at the earliest. Each later check comes after as long
/// again as the action has run, up to [`MAX_CHECK_DELAY_MS`].
const MIN_CHECK_DELAY_MS: i64 = 30_000;
const MAX_CHECK_DELAY_MS: i64 = 900_000;

/// Calls a function. A failure is a result as well, because the workflow may catch it.
pub(crate) async fn perform(
    app: &App,
    caller: &Caller,
    name: &str,
    arguments: Value,
    available_ms: i64,
) -> ActionResult {
    let available_ms = call_ms(available_ms);
    let dispatched = dispatch(app, caller, name, arguments);
    within(available_ms, dispatched).await.unwrap_or_else(|| {
        let detail = format!("`{name}` did not answer within {available_ms} ms");
        ActionResult::Raised(FaultKind::Timeout.raise(detail))
    })
}

/// Runs another workflow. Where our own tables do not answer in time, the action stays pending and is checked later.
pub(crate) async fn run_child(
    app: &App,
    origin: &Origin,
    caller: &Caller,
    child: &ChildRun,
    available_ms: i64,
) -> ActionResult {
    let performed = child::perform(app, origin, caller, child);
    let performed = within(call_ms(available_ms), performed).await;
    performed.unwrap_or_else(|| ActionResult::Pending {
        until_ms: next_check(None, app.aws.now()).as_millis(),
    })
}

/// `None` where the action did not end within the available time.
async fn within(
    available_ms: u64,
    performed: impl Future<Output = Outcome>,
) -> Option<ActionResult> {
    let available = Duration::from_millis(available_ms);
    let outcome = tokio::time::timeout(available, performed).await.ok()?;
    Some(match outcome {
        Ok(Reply::Returned(value)) => ActionResult::Returned(value),
        Ok(Reply::Pending { until }) => ActionResult::Pending {
            until_ms: until.as_millis(),
        },
        Err(fault) => ActionResult::Raised(fault),
    })
}

/// When to check a pending action again that has run since that time.
pub(crate) fn next_check(since: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let run_ms = since.map_or(0, |since| now.millis_since(since));
    now.plus_millis(run_ms.clamp(MIN_CHECK_DELAY_MS, MAX_CHECK_DELAY_MS))
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
    fn checks_of_a_pending_action_grow_rarer_the_longer_it_runs() {
        let now = Timestamp::from_millis(10_000_000);
        let wait_ms = |run_ms: i64| {
            let since = now.plus_millis(-run_ms);
            next_check(Some(since), now).millis_since(now)
        };
        assert_eq!(next_check(None, now).millis_since(now), 30_000);
        assert_eq!(wait_ms(-5_000), 30_000);
        assert_eq!(wait_ms(60_000), 60_000);
        assert_eq!(wait_ms(5_000_000), 900_000);
    }

    #[tokio::test]
    async fn an_action_that_ends_within_its_time_is_taken_and_a_later_one_is_not() {
        let ended = async { Ok(Reply::Returned(Value::Null)) };
        let in_time = within(30_000, ended).await;
        assert_eq!(in_time, Some(ActionResult::Returned(Value::Null)));
        assert_eq!(within(10, std::future::pending()).await, None);
    }
}
