//! What follows from an attempt: the delivery ends, or its next attempt is scheduled.

use domain::outbound::{Attempt, Delivery, Outcome, Stage, next_delay_ms};
use domain::{Timestamp, UsageKind};
use store::{Count, MAX_DELAY_MS, OwnedDelivery, StoreError};

use crate::App;
use crate::circuit::CircuitState;
use crate::endpoint_health::update_endpoint_health;
use crate::messages::send_delivery;
use crate::prepare::Ready;

/// The error of a delivery that can never be made.
const UNREADABLE: &str = "its event, its subscription or its signing secret cannot be read";

/// Updates the endpoint's health, and then records the attempt and the delivery's next stage. After a crash in between the
/// attempt is repeated, and updates the health in the same way.
pub(crate) async fn conclude(
    app: &App,
    owned: OwnedDelivery,
    ready: Ready,
    circuit: CircuitState,
    attempt: Attempt,
    outcome: Outcome,
) -> Result<(), StoreError> {
    let now = app.aws.now();
    update_endpoint_health(app, ready, circuit, &attempt, outcome, now).await?;
    let stage = stage_after(app, &owned.delivery, outcome, now);
    let nonce = app.aws.random.nonce();
    let attempts = &app.aws.delivery_attempts;
    let is_ours = attempts.end(&owned, &attempt, stage, now, &nonce);
    if !is_ours.await? {
        tracing::warn!(
            "lease lost: another attempt of the delivery is under way, and this one is not recorded"
        );
        return Ok(());
    }
    tracing::Span::current().record("status", attempt.status);
    tracing::info!(
        attempt = attempt.number,
        ms = attempt.latency_ms,
        error = attempt.error.as_deref(),
        "delivery attempted"
    );
    if outcome == Outcome::Delivered {
        let org = owned.delivery.tenant.org;
        app.aws.usage.count(org, UsageKind::Delivery, now);
    }
    count(app, outcome, stage);
    schedule(app, &owned.delivery, stage, now).await;
    Ok(())
}

/// Ends a delivery that can never be made, because one of our records is damaged. An attempt without a request records
/// the reason, where the subscription's owner sees it.
pub(crate) async fn exhaust(app: &App, owned: &OwnedDelivery) -> Result<(), StoreError> {
    let now = app.aws.now();
    let attempt = Attempt {
        error: Some(UNREADABLE.to_owned()),
        ..Attempt::begun(owned.delivery.attempts, now)
    };
    let stage = Stage::Exhausted { at: now };
    let nonce = app.aws.random.nonce();
    let attempts = &app.aws.delivery_attempts;
    if attempts.end(owned, &attempt, stage, now, &nonce).await? {
        count(app, Outcome::Unsendable, stage);
    }
    Ok(())
}

/// Ends a delivery without an attempt.
pub(crate) async fn end_without_attempt(
    app: &App,
    delivery: &Delivery,
    stage: Stage,
    now: Timestamp,
) -> Result<(), StoreError> {
    let nonce = app.aws.random.nonce();
    let deliveries = &app.aws.deliveries;
    if deliveries.set_stage(delivery, stage, now, &nonce).await? {
        tracing::info!(?stage, "delivery ended without a further attempt");
        count_end(app, stage);
    }
    Ok(())
}

fn stage_after(app: &App, delivery: &Delivery, outcome: Outcome, now: Timestamp) -> Stage {
    match outcome {
        Outcome::Delivered => Stage::Delivered { at: now },
        Outcome::Gone | Outcome::Unsendable => Stage::Exhausted { at: now },
        Outcome::Failed { retry_after_ms } => next_attempt(app, delivery, retry_after_ms, now),
        Outcome::TimedOut => next_attempt(app, delivery, None, now),
    }
}

fn next_attempt(
    app: &App,
    delivery: &Delivery,
    retry_after_ms: Option<i64>,
    now: Timestamp,
) -> Stage {
    match next_delay_ms(delivery.tries, retry_after_ms, app.jitter()) {
        Some(delay_ms) => Stage::Pending {
            next_attempt_at: now.plus_millis(delay_ms),
        },
        None => Stage::Exhausted { at: now },
    }
}

fn count(app: &App, outcome: Outcome, stage: Stage) {
    let metrics = &app.aws.metrics;
    match outcome {
        Outcome::Delivered => metrics.count(Count::Delivered, 1),
        Outcome::Failed { .. } | Outcome::TimedOut | Outcome::Gone | Outcome::Unsendable => {
            metrics.count(Count::FailedAttempts, 1);
        }
    }
    count_end(app, stage);
}

fn count_end(app: &App, stage: Stage) {
    if let Stage::Exhausted { .. } = stage {
        app.aws.metrics.count(Count::Undelivered, 1);
    }
}

/// Enqueues the next attempt where the queue can delay its message long enough; otherwise the sweep does, when it is due.
async fn schedule(app: &App, delivery: &Delivery, stage: Stage, now: Timestamp) {
    let Stage::Pending { next_attempt_at } = stage else {
        return;
    };
    if next_attempt_at.millis_since(now) <= MAX_DELAY_MS {
        send_delivery(app, delivery, next_attempt_at, now).await;
    }
}
