//! Whether a receiver is asked now. One that let attempt after attempt wait for nothing is left alone for a while, so that
//! its deliveries do not take the places of others'; they are put off, which costs them no try.

use domain::Timestamp;
use domain::outbound::{CircuitBreaker, Delivery, EventType, OpenUntil, Stage};
use store::StoreError;

use crate::App;
use crate::fan_out::send;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CircuitState {
    Closed,
    /// It tries whether the receiver answers again; the others wait for what it finds.
    HalfOpen,
    /// It was put off.
    Open,
}

/// Whose owner asks for a test wants to see it made.
pub(crate) async fn turn(
    app: &App,
    delivery: &Delivery,
    failing: Option<&CircuitBreaker>,
    now: Timestamp,
) -> Result<CircuitState, StoreError> {
    let Some(mut pause) = failing.and_then(|failing| failing.open) else {
        return Ok(CircuitState::Closed);
    };
    if delivery.event_type == EventType::WebhookTest {
        return Ok(CircuitState::HalfOpen);
    }
    if pause.until <= now {
        let trial = pause.half_open(now);
        let id = delivery.subscription_id;
        if app
            .aws
            .endpoint_health
            .open_circuit(id, Some(pause), trial)
            .await?
        {
            return Ok(CircuitState::HalfOpen);
        }
        pause = trial;
    }
    put_off(app, delivery, pause, now).await?;
    Ok(CircuitState::Open)
}

async fn put_off(
    app: &App,
    delivery: &Delivery,
    pause: OpenUntil,
    now: Timestamp,
) -> Result<(), StoreError> {
    let until = pause.retry_at(now, app.spread());
    let nonce = app.aws.random.nonce();
    let stage = Stage::Pending {
        next_attempt_at: until,
    };
    if app
        .aws
        .deliveries
        .set_stage(delivery, stage, now, &nonce)
        .await?
    {
        tracing::info!(%until, "the receiver does not answer, and is left alone for a while");
        send(app, delivery, until, now).await;
    }
    Ok(())
}
