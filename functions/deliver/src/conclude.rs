//! What follows from an attempt: an end, or the next attempt at its time; and what the subscription's other deliveries
//! learn from it.

use std::time::Duration;

use aws::{Count, MAX_DELAY_MS, OwnedDelivery, StoreError, SubscriptionRecord};
use domain::outbound::{
    Attempt, Delivery, DisabledBecause, FAILING_LIMIT_MS, Outcome, Stage, next_delay_ms,
};
use domain::{SubscriptionId, Timestamp};

use crate::App;
use crate::disable::disable;
use crate::fan_out::send;

/// Records what the subscription learns from an attempt, and then the attempt and where the delivery stands after it: who
/// crashes in between has the attempt to make again, and learns the same.
pub(crate) async fn conclude(
    app: &App,
    owned: OwnedDelivery,
    record: SubscriptionRecord,
    attempt: Attempt,
    outcome: Outcome,
) -> Result<(), StoreError> {
    let now = app.aws.now();
    learn(app, record, &attempt, outcome, now).await?;
    let stage = stage_after(app, &owned.delivery, outcome, now);
    let nonce = app.aws.random.nonce();
    let runs = &app.aws.runs;
    let is_ours = runs.end_attempt(&owned, Some(&attempt), stage, now, &nonce);
    if !is_ours.await? {
        tracing::warn!("the lease was lost; another attempt is under way");
        return Ok(());
    }
    tracing::Span::current().record("status", attempt.status);
    tracing::info!(
        attempt = attempt.number,
        ms = attempt.latency_ms,
        error = attempt.error.as_deref(),
        "attempted"
    );
    count(app, outcome, stage);
    wait(app, &owned.delivery, stage, now).await;
    Ok(())
}

async fn learn(
    app: &App,
    record: SubscriptionRecord,
    attempt: &Attempt,
    outcome: Outcome,
    now: Timestamp,
) -> Result<(), StoreError> {
    let id = record.subscription.id;
    match outcome {
        Outcome::Delivered => app.aws.runs.note_success(id, attempt.at).await,
        Outcome::Unsendable => Ok(()),
        Outcome::Gone => disable(app, record, DisabledBecause::Gone, now).await,
        Outcome::Failed { .. } => {
            if fails_for_too_long(app, id, attempt.at).await? {
                disable(app, record, DisabledBecause::Failing, now).await?;
            }
            Ok(())
        }
    }
}

/// Ends a delivery without an attempt.
pub(crate) async fn withdraw(
    app: &App,
    owned: &OwnedDelivery,
    stage: Stage,
) -> Result<(), StoreError> {
    let now = app.aws.now();
    let nonce = app.aws.random.nonce();
    let runs = &app.aws.runs;
    runs.end_attempt(owned, None, stage, now, &nonce).await?;
    tracing::info!(?stage, "not attempted any more");
    Ok(())
}

fn stage_after(app: &App, delivery: &Delivery, outcome: Outcome, now: Timestamp) -> Stage {
    match outcome {
        Outcome::Delivered => Stage::Delivered { at: now },
        Outcome::Gone | Outcome::Unsendable => Stage::Exhausted { at: now },
        Outcome::Failed { retry_after_ms } => {
            let spread = u16::try_from(app.aws.random.u128() & 0xffff).unwrap_or(0);
            match next_delay_ms(delivery.tries, retry_after_ms, spread) {
                Some(delay_ms) => Stage::Pending {
                    next_attempt_at: now.plus_millis(delay_ms),
                },
                None => Stage::Exhausted { at: now },
            }
        }
    }
}

fn count(app: &App, outcome: Outcome, stage: Stage) {
    let metrics = &app.aws.metrics;
    match outcome {
        Outcome::Delivered => metrics.count(Count::Delivered, 1),
        Outcome::Failed { .. } | Outcome::Gone | Outcome::Unsendable => {
            metrics.count(Count::FailedAttempts, 1);
        }
    }
    if let Stage::Exhausted { .. } = stage {
        metrics.count(Count::Undelivered, 1);
    }
}

/// A short wait is the queue's, a long one the due index's.
async fn wait(app: &App, delivery: &Delivery, stage: Stage, now: Timestamp) {
    let Stage::Pending { next_attempt_at } = stage else {
        return;
    };
    let delay_ms = next_attempt_at.millis_since(now);
    if delay_ms <= MAX_DELAY_MS {
        let delay = Duration::from_millis(u64::try_from(delay_ms).unwrap_or(0));
        send(app, delivery, delay).await;
    }
}

async fn fails_for_too_long(
    app: &App,
    id: SubscriptionId,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let since = app.aws.runs.note_failure(id, at).await?;
    Ok(at.millis_since(since) >= FAILING_LIMIT_MS)
}
