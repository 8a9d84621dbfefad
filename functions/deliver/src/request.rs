//! The HTTP request of an attempt, and what is recorded of its response. It does not know what follows from the outcome.

use domain::Timestamp;
use domain::outbound::{Attempt, Event, Outcome};
use domain::signature::{SchemeName, Signed, sign};
use egress::{Excess, Failure, Limits, Request, Response};
use payload::Payload;
use store::{OwnedDelivery, SubscriptionRecord};

use crate::App;
use crate::prepare::Ready;

/// The longest that connecting and the receiver's response may take together.
const ATTEMPT_MS: i64 = 15_000;
/// Kept free at the end of an invocation for the last write.
const RESERVE_MS: i64 = 5_000;
/// How much of a response's headers is recorded, names and values together.
const KEPT_HEADER_BYTES: usize = 8 * 1024;

/// The result of sending the request of an attempt.
pub(crate) enum RequestResult {
    /// The attempt was made, or failed before anything was sent.
    Attempted { attempt: Attempt, outcome: Outcome },
    /// Too many DNS lookups are under way, so the receiver's name was not looked up. This is no failure of the receiver.
    TooManyLookups,
}

/// Sends the request of an attempt and reads the response.
pub(crate) async fn send_request(
    app: &App,
    owned: &OwnedDelivery,
    Ready {
        record,
        event,
        keys,
        ..
    }: &Ready,
    deadline: Timestamp,
) -> RequestResult {
    let began_at = app.aws.now();
    let subscription = &record.subscription;
    let mut attempt = Attempt::begun(owned.delivery.attempts, began_at);
    let payload = match payload::render(subscription, event) {
        Ok(payload) => payload,
        // The same template and event fail the same way every time, and it is no failure of the receiver.
        Err(error) => {
            attempt.error = Some(error.to_string());
            let outcome = Outcome::Unsendable;
            return RequestResult::Attempted { attempt, outcome };
        }
    };
    let limits = Limits {
        total_ms: attempt_ms(deadline.millis_since(began_at)),
        response_bytes: domain::outbound::KEPT_BODY_BYTES,
        excess: Excess::Cut,
    };
    let request = request(record, event, payload, keys, began_at);
    let answered = app.egress.send(request, limits).await;
    let ended_at = app.aws.now();
    attempt.latency_ms = ended_at.millis_since(began_at);
    let outcome = match answered {
        Ok(response) => {
            let retry_after = header(&response, "retry-after").map(str::to_owned);
            record_response(&mut attempt, response);
            Outcome::of_answer(attempt.status, retry_after.as_deref(), ended_at)
        }
        Err(Failure::NoRoom { .. }) => return RequestResult::TooManyLookups,
        Err(failure) => {
            attempt.error = Some(failure.to_string());
            match failure {
                Failure::Timeout { .. } => Outcome::TimedOut,
                _ => Outcome::of_answer(None, None, ended_at),
            }
        }
    };
    RequestResult::Attempted { attempt, outcome }
}

/// How long an attempt may take, where this invocation has so much time left.
fn attempt_ms(left_ms: i64) -> u64 {
    let available_ms = (left_ms - RESERVE_MS).clamp(1, ATTEMPT_MS);
    u64::try_from(available_ms).unwrap_or(1)
}

/// Builds the signed request. `webhook-id` is the event's id: the same in all attempts and for all subscriptions.
fn request(
    record: &SubscriptionRecord,
    event: &Event,
    payload: Payload,
    keys: &[Vec<u8>],
    at: Timestamp,
) -> Request {
    let subscription = &record.subscription;
    let mut headers = payload.headers(subscription);
    let id = event.id.to_string();
    let signed = Signed {
        id: &id,
        at,
        body: &payload.body,
    };
    headers.extend(sign(&SchemeName::STANDARD_WEBHOOKS, keys, &signed));
    Request {
        method: subscription.method.to_string(),
        url: subscription.url.clone(),
        headers,
        body: payload.body,
        hops: event.hops.saturating_add(1),
        traceparent: None,
        idempotency_key: None,
    }
}

/// Records the response. Its status decides the outcome even where the body breaks off; the error names both.
fn record_response(attempt: &mut Attempt, response: Response) {
    let is_success = (200..300).contains(&response.status);
    let refusal = (!is_success).then(|| format!("the receiver answered {}", response.status));
    let broken = response.broken.map(|failure| failure.to_string());
    attempt.error = match (refusal, broken) {
        (Some(refusal), Some(broken)) => Some(format!("{refusal}; {broken}")),
        (refusal, broken) => refusal.or(broken),
    };
    attempt.status = Some(response.status);
    let body = String::from_utf8_lossy(&response.body);
    attempt.response_body = (!body.is_empty()).then(|| body.into_owned());
    let mut kept_bytes = 0;
    attempt.response_headers = response.headers;
    attempt.response_headers.retain(|(name, value)| {
        kept_bytes += name.len() + value.len();
        kept_bytes <= KEPT_HEADER_BYTES
    });
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    let mut named = response.headers.iter().filter(|(known, _)| known == name);
    named.next().map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_takes_15_seconds_at_the_most_and_leaves_time_for_the_last_write() {
        for (left_ms, allowed_ms) in [
            (60_000, 15_000),
            (20_001, 15_000),
            (20_000, 15_000),
            (19_999, 14_999),
            (5_002, 2),
            (5_000, 1),
            (-1, 1),
        ] {
            assert_eq!(attempt_ms(left_ms), allowed_ms, "{left_ms}");
        }
    }
}
