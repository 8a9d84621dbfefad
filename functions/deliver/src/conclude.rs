//! What follows from an attempt: an end, or the next attempt at its time; and what the subscription's other deliveries
//! learn from it.

use domain::Timestamp;
use domain::outbound::{
    Attempt, Delivery, DisabledBecause, FAILING_LIMIT_MS, Outcome, Stage, next_delay_ms,
};
use store::{Count, MAX_DELAY_MS, OwnedDelivery, StoreError};

use crate::App;
use crate::circuit::CircuitState;
use crate::disable::disable;
use crate::fan_out::send;
use crate::prepare::Ready;

/// What is said of a delivery that can never be made.
const UNREADABLE: &str = "its event, its subscription or its signing secret cannot be read";

/// Records what the subscription learns from an attempt, and then the attempt and where the delivery stands after it: who
/// crashes in between has the attempt to make again, and learns the same.
pub(crate) async fn conclude(
    app: &App,
    owned: OwnedDelivery,
    (ready, turn): (Ready, CircuitState),
    attempt: Attempt,
    outcome: Outcome,
) -> Result<(), StoreError> {
    let now = app.aws.now();
    learn(app, (ready, turn), attempt.at, outcome, now).await?;
    let stage = stage_after(app, &owned.delivery, outcome, now);
    let nonce = app.aws.random.nonce();
    let is_ours = app
        .aws
        .delivery_attempts
        .end(&owned, &attempt, stage, now, &nonce);
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
    (ready, turn): (Ready, CircuitState),
    began_at: Timestamp,
    outcome: Outcome,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Ready {
        record,
        event,
        failing,
        ..
    } = ready;
    let id = record.subscription.id;
    match outcome {
        // All was well before, which is the rule, and costs nothing.
        Outcome::Delivered if failing.is_none() => Ok(()),
        Outcome::Delivered => app.aws.endpoint_health.record_success(id, began_at).await,
        Outcome::Unsendable => Ok(()),
        Outcome::Gone => disable(app, record, DisabledBecause::Gone, event.hops, now).await,
        Outcome::Failed { .. } | Outcome::TimedOut => {
            let is_silent = outcome == Outcome::TimedOut;
            let failing = app
                .aws
                .endpoint_health
                .record_failure(id, began_at, is_silent)
                .await?;
            if began_at.millis_since(failing.since) >= FAILING_LIMIT_MS {
                return disable(app, record, DisabledBecause::Failing, event.hops, now).await;
            }
            if is_silent
                && let Some(pause) = failing.open_after(turn == CircuitState::HalfOpen, now)
            {
                tracing::warn!(until = %pause.until, "the receiver is left alone for a while");
                app.aws
                    .endpoint_health
                    .open_circuit(id, failing.open, pause)
                    .await?;
            }
            Ok(())
        }
    }
}

/// Ends a delivery that can never be made, because of damage on our side, and says so where its attempts are shown.
pub(crate) async fn give_up(app: &App, owned: &OwnedDelivery) -> Result<(), StoreError> {
    let now = app.aws.now();
    let attempt = Attempt {
        error: Some(UNREADABLE.to_owned()),
        ..Attempt::begun(owned.delivery.attempts, now)
    };
    let stage = Stage::Exhausted { at: now };
    let nonce = app.aws.random.nonce();
    if app
        .aws
        .delivery_attempts
        .end(owned, &attempt, stage, now, &nonce)
        .await?
    {
        count(app, Outcome::Unsendable, stage);
    }
    Ok(())
}

/// Ends a delivery without an attempt.
pub(crate) async fn withdraw(
    app: &App,
    delivery: &Delivery,
    stage: Stage,
    now: Timestamp,
) -> Result<(), StoreError> {
    let nonce = app.aws.random.nonce();
    if app
        .aws
        .deliveries
        .set_stage(delivery, stage, now, &nonce)
        .await?
    {
        tracing::info!(?stage, "not attempted any more");
        count_end(app, stage);
    }
    Ok(())
}

fn stage_after(app: &App, delivery: &Delivery, outcome: Outcome, now: Timestamp) -> Stage {
    match outcome {
        Outcome::Delivered => Stage::Delivered { at: now },
        Outcome::Gone | Outcome::Unsendable => Stage::Exhausted { at: now },
        Outcome::Failed { retry_after_ms } => try_again(app, delivery, retry_after_ms, now),
        Outcome::TimedOut => try_again(app, delivery, None, now),
    }
}

fn try_again(app: &App, delivery: &Delivery, retry_after_ms: Option<i64>, now: Timestamp) -> Stage {
    match next_delay_ms(delivery.tries, retry_after_ms, app.spread()) {
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

/// A short wait is the queue's, a long one the due index's.
async fn wait(app: &App, delivery: &Delivery, stage: Stage, now: Timestamp) {
    let Stage::Pending { next_attempt_at } = stage else {
        return;
    };
    if next_attempt_at.millis_since(now) <= MAX_DELAY_MS {
        send(app, delivery, next_attempt_at, now).await;
    }
}
