//! The health of a subscription's endpoint: what an attempt changes in it, for the subscription's other deliveries.

use domain::Timestamp;
use domain::outbound::{Attempt, DisabledBecause, FAILING_LIMIT_MS, Outcome};
use store::StoreError;

use crate::App;
use crate::circuit::CircuitState;
use crate::disable::disable;
use crate::prepare::Ready;

/// A failed attempt that took this long counts like one without an answer: it held its place as uselessly.
const SLOW_FAILURE_MS: i64 = 5_000;

/// Records a failure or ends a series of failures, opens the circuit, or disables the subscription.
pub(crate) async fn update_endpoint_health(
    app: &App,
    ready: Ready,
    circuit: CircuitState,
    attempt: &Attempt,
    outcome: Outcome,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Ready { record, event, .. } = ready;
    let id = record.subscription.id;
    let health = &app.aws.endpoint_health;
    let is_timeout = match outcome {
        // Most attempts succeed at a healthy endpoint, and write nothing here.
        Outcome::Delivered if ready.breaker.is_none() => return Ok(()),
        Outcome::Delivered => return health.record_success(id, attempt.at).await,
        Outcome::Unsendable => return Ok(()),
        Outcome::Gone => {
            return disable(app, record, DisabledBecause::Gone, event.hops, now).await;
        }
        Outcome::Failed { .. } => attempt.latency_ms >= SLOW_FAILURE_MS,
        Outcome::TimedOut => true,
    };
    let breaker = health.record_failure(id, attempt.at, is_timeout).await?;
    if attempt.at.millis_since(breaker.since) >= FAILING_LIMIT_MS {
        return disable(app, record, DisabledBecause::Failing, event.hops, now).await;
    }
    if is_timeout && let Some(open) = breaker.open_after(circuit == CircuitState::HalfOpen, now) {
        tracing::warn!(subscription = %id, "circuit opened: no delivery to the endpoint until {}", open.until);
        health.open_circuit(id, breaker.open, open).await?;
    }
    Ok(())
}
