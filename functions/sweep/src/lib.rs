//! Picks up whatever is overdue: an execution whose message was lost, whose owner died, or whose
//! long wait is over; an event that nobody was told of; a delivery whose next attempt is due. Whatever it sends twice is
//! harmless, because a claim is conditional.

mod backlogs;

use std::time::Duration;

use domain::outbound::{Delivery, Event, Stage};
use domain::{Execution, RecoveryAction, Shard, Timestamp, recovery_action};
use futures::stream::{self, StreamExt as _};
use serde::Serialize;
use serde_json::Value;
use store::{
    AwsContext, Count, DueEntry, DueRecord, MAX_DELAY_MS, Message, Metrics, QueueName, StoreError,
};
use tracing::Instrument as _;

use backlogs::Backlogs;

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
    aws: AwsContext,
}

/// What a sweep did, in numbers of executions, events and deliveries.
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
    pub fn new(aws: AwsContext) -> Self {
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
    let backlogs = Box::pin(Backlogs::look(&app.aws)).await?;
    let shards =
        Shard::all().map(|shard| Box::pin(sweep_shard(app, shard, &backlogs, now, deadline)));
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

async fn sweep_shard(
    app: &App,
    shard: Shard,
    backlogs: &Backlogs,
    now: Timestamp,
    deadline: Timestamp,
) -> Result<Swept, StoreError> {
    let by = now.plus_millis(AHEAD_MS);
    let entries = app
        .aws
        .due_index
        .entries(shard, by, ENTRIES_PER_SHARD)
        .await?;
    let swept = stream::iter(entries)
        .map(|due| async move {
            if deadline.millis_since(app.aws.now()) < RESERVE_MS {
                return Swept {
                    failed: 1,
                    ..Swept::default()
                };
            }
            pick_up(app, &due, backlogs, now)
                .await
                .unwrap_or_else(|error| {
                    tracing::error!(%error, "what is due could not be picked up");
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
    due: &DueEntry,
    backlogs: &Backlogs,
    now: Timestamp,
) -> Result<Swept, StoreError> {
    let in_backlog = |queue| {
        let backlog = backlogs.of(queue);
        due.sent_at
            .is_some_and(|sent_at| backlog.may_hold(sent_at, now))
    };
    let left_to_the_queue = Swept {
        in_backlog: 1,
        ..Swept::default()
    };
    if in_backlog(due.queue()) {
        return Ok(left_to_the_queue);
    }
    let errand = match app.aws.due_index.read(due).await? {
        DueRecord::Execution {
            execution,
            has_pending_events,
            redrives,
        } => for_execution(&execution, has_pending_events, redrives, now),
        DueRecord::Event { event, redrives } => Some(for_event(&event, redrives)),
        DueRecord::Delivery { delivery, redrives } => for_delivery(&delivery, redrives, now),
        DueRecord::Gone => None,
        DueRecord::Unreadable(error) => {
            tracing::error!(%error, "a record is set aside");
            app.aws.due_index.quarantine(due, now).await?;
            return Ok(Swept {
                set_aside: 1,
                ..Swept::default()
            });
        }
    };
    match errand {
        // News of an execution go through another queue than the execution itself.
        Some(errand) if in_backlog(errand.queue) => Ok(left_to_the_queue),
        Some(errand) if due.is_due(now.plus_millis(errand.delay_ms)) => {
            run_errand(app, due, &errand, now).await
        }
        Some(_) | None => Ok(Swept {
            left: 1,
            ..Swept::default()
        }),
    }
}

/// A message to send.
struct Errand {
    message: Message,
    queue: QueueName,
    group: String,
    shard: Shard,
    redrives: u32,
    delay_ms: i64,
}

fn for_execution(
    execution: &Execution,
    has_news: bool,
    redrives: u32,
    now: Timestamp,
) -> Option<Errand> {
    let execution_id = execution.id;
    let (message, queue, delay_ms) = match recovery_action(execution, has_news, now) {
        RecoveryAction::Leave => return None,
        RecoveryAction::Send { delay_ms } => (
            Message::Run { execution_id },
            QueueName::Executions,
            delay_ms,
        ),
        RecoveryAction::Announce => (Message::Announce { execution_id }, QueueName::Deliveries, 0),
    };
    Some(Errand {
        message,
        queue,
        group: execution.tenant.org.to_string(),
        shard: execution_id.shard(),
        redrives,
        delay_ms,
    })
}

fn for_event(event: &Event, redrives: u32) -> Errand {
    Errand {
        message: Message::FanOut { event_id: event.id },
        queue: QueueName::Deliveries,
        group: event.tenant.org.to_string(),
        shard: event.id.shard(),
        redrives,
        delay_ms: 0,
    }
}

/// What is being attempted is left alone until its lease is over; what has ended, for good.
fn for_delivery(delivery: &Delivery, redrives: u32, now: Timestamp) -> Option<Errand> {
    let at = match delivery.stage {
        Stage::Pending { next_attempt_at } => next_attempt_at,
        Stage::Attempting { lease_until } => lease_until,
        Stage::Delivered { .. } | Stage::Exhausted { .. } | Stage::Cancelled { .. } => return None,
    };
    Some(Errand {
        message: Message::Deliver {
            delivery_id: delivery.id,
        },
        queue: QueueName::Deliveries,
        group: delivery.subscription_id.to_string(),
        shard: delivery.id.shard(),
        redrives,
        delay_ms: at.millis_since(now).max(0),
    })
}

async fn run_errand(
    app: &App,
    due: &DueEntry,
    errand: &Errand,
    now: Timestamp,
) -> Result<Swept, StoreError> {
    let arrives_at = now.plus_millis(errand.delay_ms);
    let moved = app
        .aws
        .due_index
        .postpone(due, errand.shard, errand.redrives, arrives_at);
    if !moved.await? {
        return Ok(Swept {
            left: 1,
            ..Swept::default()
        });
    }
    let delay_ms = errand.delay_ms.min(MAX_DELAY_MS);
    let delay = Duration::from_millis(u64::try_from(delay_ms).unwrap_or(0));
    let queue = app.aws.queue_named(errand.queue);
    let message = errand.message;
    match queue.send(message, &errand.group, delay).await {
        Ok(()) => {
            tracing::warn!(?message, redrives = errand.redrives, "sent again");
            Ok(Swept {
                sent: 1,
                ..Swept::default()
            })
        }
        Err(error) => {
            tracing::error!(?message, %error, "not sent; it is due again later");
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
        metrics.count(Count::Quarantined, self.set_aside);
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
