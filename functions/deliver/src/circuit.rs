//! The circuit breaker of an endpoint. While it is open, the endpoint's deliveries are postponed, so that a receiver that
//! does not answer takes no capacity from others. Postponing uses up no attempt.

use domain::Timestamp;
use domain::outbound::{CircuitBreaker, Delivery, EventType};
use store::StoreError;

use crate::App;
use crate::postpone::postpone;

/// What the circuit breaker allows for one delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CircuitState {
    /// The attempt is made.
    Closed,
    /// The attempt is made as a trial, while other deliveries to the endpoint stay postponed.
    HalfOpen,
    /// The delivery was postponed.
    Open,
}

/// Decides whether a delivery is attempted now, and postpones it if not. Test deliveries bypass an open circuit.
pub(crate) async fn check_circuit(
    app: &App,
    delivery: &Delivery,
    breaker: Option<&CircuitBreaker>,
    now: Timestamp,
) -> Result<CircuitState, StoreError> {
    let Some(mut open) = breaker.and_then(|breaker| breaker.open) else {
        return Ok(CircuitState::Closed);
    };
    if delivery.event_type == EventType::WebhookTest {
        return Ok(CircuitState::HalfOpen);
    }
    if open.until <= now {
        let trial = open.half_open(now);
        let id = delivery.subscription_id;
        if app
            .aws
            .endpoint_health
            .open_circuit(id, Some(open), trial)
            .await?
        {
            return Ok(CircuitState::HalfOpen);
        }
        open = trial;
    }
    let until = open.retry_at(now, app.jitter());
    if postpone(app, delivery, until, now).await? {
        tracing::info!("circuit is open: the delivery is postponed until {until}");
    }
    Ok(CircuitState::Open)
}
