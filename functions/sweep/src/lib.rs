//! Picks up whatever is overdue: an execution whose message was lost, whose owner died, or whose
//! long wait is over. Whatever it sends twice is harmless, because a claim is conditional.

use std::time::Duration;

use aws::{Count, Due, Environment, Look, MAX_DELAY_MS, Message, Metrics, StoreError};
use domain::{Backlog, Execution, Remedy, Shard, Timestamp, remedy};
use futures::stream::{self, StreamExt as _};
use serde::Serialize;
use serde_json::Value;
use tracing::Instrument as _;

/// Waits that end before the next sweep get a delayed message now, and so end in time.
const AHEAD_MS: i64 = 60_000;
/// Entries of one shard that a sweep takes; the longest overdue come first, the rest next time.
const ENTRIES_PER_SHARD: usize = 10_000;
/// Records looked at side by side, in each shard.
const CONCURRENT_LOOKS: usize = 8;
/// Kept free at the end of an invocation.
const RESERVE_MS: i64 = 3_000;

/// Built once per container.
pub struct App {
    aws: Environment,
}

/// What a sweep did, in numbers of executions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Swept {
    pub sent: u64,
    /// Most likely still in the queue.
    pub in_backlog: u64,
    /// The index lagged, or somebody else is on it.
    pub left: u64,
    /// Records that cannot be read; each is logged, and not looked at again.
    pub set_aside: u64,
    /// Not sent, or not looked at, because something did not answer: the next sweep returns.
    pub failed: u64,
}

impl App {
    pub fn new(aws: Environment) -> Self {
        Self { aws }
    }
}

/// Sweeps every shard. The answer is a [`Swept`]; it fails only where no shard could be read.
pub async fn handle(app: &App, deadline: Timestamp) -> Result<Value, StoreError> {
    let swept = sweep(app, deadline)
        .instrument(tracing::info_span!("sweep"))
        .await;
    let metrics = &app.aws.metrics;
    if let Ok(total) = &swept {
        total.count(metrics);
    }
    metrics.flush(app.aws.now());
    Ok(serde_json::to_value(swept?).unwrap_or_default())
}

async fn sweep(app: &App, deadline: Timestamp) -> Result<Swept, StoreError> {
    let now = app.aws.now();
    let backlog = backlog(app).await?;
    let shards = Shard::all().map(|shard| sweep_shard(app, shard, &backlog, now, deadline));
    let mut total = Swept::default();
    let mut failure = None;
    for swept in futures::future::join_all(shards).await {
        match swept {
            Ok(swept) => total = total.plus(swept),
            Err(error) => {
                tracing::error!(%error, "a shard could not be swept");
                app.aws.metrics.count(Count::SweepFailures, 1);
                failure = Some(error);
            }
        }
    }
    tracing::info!(
        sent = total.sent,
        in_backlog = total.in_backlog,
        left = total.left,
        set_aside = total.set_aside,
        failed = total.failed,
        "swept"
    );
    match failure {
        Some(error) if total == Swept::default() => Err(error),
        Some(_) | None => Ok(total),
    }
}

/// A queue that does not answer may hold everything that was sent; what runs or waits is still
/// looked after.
async fn backlog(app: &App) -> Result<Backlog, StoreError> {
    let visible = match app.aws.queue.visible_messages().await {
        Ok(visible) => visible,
        Err(error) => {
            tracing::warn!(%error, "the length of the queue is unknown");
            u64::MAX
        }
    };
    Ok(Backlog {
        visible,
        seen: app.aws.runs.last_received().await?,
    })
}

async fn sweep_shard(
    app: &App,
    shard: Shard,
    backlog: &Backlog,
    now: Timestamp,
    deadline: Timestamp,
) -> Result<Swept, StoreError> {
    let by = now.plus_millis(AHEAD_MS);
    let entries = app.aws.runs.due(shard, by, ENTRIES_PER_SHARD).await?;
    let swept = stream::iter(entries)
        .map(|due| async move {
            if deadline.millis_since(app.aws.now()) < RESERVE_MS {
                return Swept {
                    failed: 1,
                    ..Swept::default()
                };
            }
            pick_up(app, &due, backlog, now)
                .await
                .unwrap_or_else(|error| {
                    tracing::error!(%error, "an execution could not be picked up");
                    Swept {
                        failed: 1,
                        ..Swept::default()
                    }
                })
        })
        .buffer_unordered(CONCURRENT_LOOKS)
        .fold(
            Swept::default(),
            |total, one| async move { total.plus(one) },
        )
        .await;
    Ok(swept)
}

async fn pick_up(
    app: &App,
    due: &Due,
    backlog: &Backlog,
    now: Timestamp,
) -> Result<Swept, StoreError> {
    if due
        .sent_at
        .is_some_and(|sent_at| backlog.may_hold(sent_at, now))
    {
        return Ok(Swept {
            in_backlog: 1,
            ..Swept::default()
        });
    }
    match app.aws.runs.look(due).await? {
        Look::Found {
            execution,
            redrives,
        } => revive(app, due, &execution, redrives, now).await,
        Look::Gone => Ok(Swept {
            left: 1,
            ..Swept::default()
        }),
        Look::Unreadable(error) => {
            tracing::error!(%error, "a record is set aside");
            app.aws.runs.set_aside(due, now).await?;
            Ok(Swept {
                set_aside: 1,
                ..Swept::default()
            })
        }
    }
}

async fn revive(
    app: &App,
    due: &Due,
    execution: &Execution,
    redrives: u32,
    now: Timestamp,
) -> Result<Swept, StoreError> {
    let left = Swept {
        left: 1,
        ..Swept::default()
    };
    let delay_ms = match remedy(execution, now) {
        Remedy::Send { delay_ms } if due.is_due(now.plus_millis(delay_ms)) => delay_ms,
        Remedy::Send { .. } | Remedy::Leave => return Ok(left),
    };
    let arrives_at = now.plus_millis(delay_ms);
    let moved = app
        .aws
        .runs
        .postpone(due, execution.id, redrives, arrives_at);
    if !moved.await? {
        return Ok(left);
    }
    let delay = Duration::from_millis(u64::try_from(delay_ms.min(MAX_DELAY_MS)).unwrap_or(0));
    let message = Message::Run(execution.id);
    let sent = app
        .aws
        .queue
        .send(message, execution.tenant.org, delay)
        .await;
    match sent {
        Ok(()) => {
            tracing::warn!(execution = %execution.id, redrives, "sent again");
            Ok(Swept {
                sent: 1,
                ..Swept::default()
            })
        }
        Err(error) => {
            tracing::error!(execution = %execution.id, %error, "not sent; it is due again later");
            Ok(Swept {
                failed: 1,
                ..Swept::default()
            })
        }
    }
}

impl Swept {
    /// A sweep that found nothing is counted, too: that it came is what is watched.
    fn count(&self, metrics: &Metrics) {
        metrics.count(Count::Sweeps, 1);
        metrics.count(Count::Redrives, self.sent);
        metrics.count(Count::BacklogHeld, self.in_backlog);
        metrics.count(Count::SetAside, self.set_aside);
        metrics.count(Count::SweepFailures, self.failed);
    }

    fn plus(self, other: Self) -> Self {
        Self {
            sent: self.sent + other.sent,
            in_backlog: self.in_backlog + other.in_backlog,
            left: self.left + other.left,
            set_aside: self.set_aside + other.set_aside,
            failed: self.failed + other.failed,
        }
    }
}
