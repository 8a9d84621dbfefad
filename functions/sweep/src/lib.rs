//! The `sweep` Lambda: recovers whatever is overdue, by sending its message again. That is an execution whose message was
//! lost, whose owner died, or whose long wait is over; an event that was not fanned out; a delivery whose next attempt is
//! due. Sending a message twice is harmless, because its receiver claims the record conditionally.

mod backlogs;
mod recovery;
mod redispatch;
mod shard;
mod totals;

use domain::{Shard, Timestamp};
use serde_json::Value;
use store::{AwsContext, Count, StoreError};
use tracing::Instrument as _;

pub use totals::SweepTotals;

use backlogs::Backlogs;
use shard::sweep_shard;

/// The clients of a container.
pub struct App {
    aws: AwsContext,
}

impl App {
    /// An app that reaches AWS through this context.
    pub fn new(aws: AwsContext) -> Self {
        Self { aws }
    }
}

/// Sweeps every shard. The answer is [`SweepTotals`] as JSON; it is an error only where no shard could be read.
pub async fn handle(app: &App, deadline: Timestamp) -> Result<Value, StoreError> {
    let swept = sweep(app, deadline)
        .instrument(tracing::info_span!("sweep"))
        .await;
    let metrics = &app.aws.metrics;
    if let Ok(totals) = &swept {
        totals.count(metrics);
    }
    metrics.flush(app.aws.now());
    Ok(serde_json::to_value(swept?).unwrap_or_default())
}

async fn sweep(app: &App, deadline: Timestamp) -> Result<SweepTotals, StoreError> {
    let now = app.aws.now();
    let backlogs = Box::pin(Backlogs::read(&app.aws)).await?;
    let shards =
        Shard::all().map(|shard| Box::pin(sweep_shard(app, shard, &backlogs, now, deadline)));
    let mut totals = SweepTotals::default();
    let mut failure = None;
    for swept in futures::future::join_all(shards).await {
        match swept {
            Ok(swept) => totals = totals + swept,
            Err(error) => {
                tracing::error!(%error, "a shard of the due index could not be read; the next sweep tries again");
                app.aws.metrics.count(Count::SweepFailures, 1);
                failure = Some(error);
            }
        }
    }
    tracing::info!(
        sent = totals.sent,
        in_backlog = totals.in_backlog,
        left = totals.left,
        quarantined = totals.quarantined,
        failed = totals.failed,
        "sweep completed"
    );
    match failure {
        Some(error) if totals == SweepTotals::default() => Err(error),
        Some(_) | None => Ok(totals),
    }
}
