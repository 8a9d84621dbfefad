//! Recovers one due entry: reads its record, and sends the message that the record asks for.

use std::time::Duration;

use domain::Timestamp;
use store::{DueEntry, DueRecord, MAX_DELAY_MS, StoreError};

use crate::App;
use crate::backlogs::Backlogs;
use crate::redispatch::Redispatch;
use crate::totals::SweepTotals;

/// Sends the message of a due entry again, unless its last one is most likely still in the queue.
pub(crate) async fn recover(
    app: &App,
    due: &DueEntry,
    backlogs: &Backlogs,
    now: Timestamp,
) -> Result<SweepTotals, StoreError> {
    let in_backlog = |queue| {
        let backlog = backlogs.of(queue);
        due.sent_at
            .is_some_and(|sent_at| backlog.may_hold(sent_at, now))
    };
    if in_backlog(due.queue()) {
        return Ok(SweepTotals::IN_BACKLOG);
    }
    let redispatch = match app.aws.due_index.read(due).await? {
        DueRecord::Execution {
            execution,
            has_pending_events,
            redrives,
        } => Redispatch::of_execution(&execution, has_pending_events, redrives, now),
        DueRecord::Event { event, redrives } => Some(Redispatch::of_event(&event, redrives)),
        DueRecord::Delivery { delivery, redrives } => {
            Redispatch::of_delivery(&delivery, redrives, now)
        }
        DueRecord::Gone => None,
        DueRecord::Unreadable(error) => {
            tracing::error!(%error, "a record cannot be read; it is taken out of the due index");
            app.aws.due_index.quarantine(due, now).await?;
            return Ok(SweepTotals::QUARANTINED);
        }
    };
    match redispatch {
        // The announcement of an execution goes through another queue than the execution itself.
        Some(redispatch) if in_backlog(redispatch.queue) => Ok(SweepTotals::IN_BACKLOG),
        Some(redispatch) if due.is_due(now.plus_millis(redispatch.delay_ms)) => {
            send(app, due, &redispatch, now).await
        }
        Some(_) | None => Ok(SweepTotals::LEFT),
    }
}

/// Moves the entry's due time on, and then sends the message: a crash in between only delays it to the new due time.
async fn send(
    app: &App,
    due: &DueEntry,
    redispatch: &Redispatch,
    now: Timestamp,
) -> Result<SweepTotals, StoreError> {
    let arrives_at = now.plus_millis(redispatch.delay_ms);
    let (shard, redrives) = (redispatch.shard, redispatch.redrives);
    let due_index = &app.aws.due_index;
    if !due_index.postpone(due, shard, redrives, arrives_at).await? {
        return Ok(SweepTotals::LEFT);
    }
    let delay_ms = redispatch.delay_ms.min(MAX_DELAY_MS);
    let delay = Duration::from_millis(u64::try_from(delay_ms).unwrap_or(0));
    let queue = app.aws.queue_named(redispatch.queue);
    let message = redispatch.message;
    match queue.send(message, &redispatch.group, delay).await {
        Ok(()) => {
            tracing::warn!(?message, redrives, "message sent again");
            Ok(SweepTotals::SENT)
        }
        Err(error) => {
            tracing::error!(?message, %error, "message not sent; a later sweep sends it");
            Ok(SweepTotals::FAILED)
        }
    }
}
