//! One attempt at a delivery. All that can fail on our side is done before the claim; after it there is one request, and
//! whatever comes of that is recorded.

use std::time::Duration;

use aws::{DeliveryClaim, OwnedDelivery, StoreError, SubscriptionRecord};
use domain::outbound::{Attempt, Delivery, Event, MAX_ATTEMPTS, Outcome, Stage};
use domain::signature::{SchemeName, Signed, sign};
use domain::{OutboundId, Timestamp};
use egress::{Excess, Failure, Limits, Request, Response};
use payload::Payload;
use tracing::Span;
use tracing::field::display;

use crate::App;
use crate::conclude::{conclude, give_up, withdraw};
use crate::disable::tell_others;
use crate::fan_out::send;
use crate::prepare::{Preparation, Ready, prepare};
use crate::turn::{Turn, turn};

/// The longest that a receiver may take to be reached and to answer.
const ATTEMPT_MS: i64 = 15_000;
/// Kept free at the end of an invocation for the last write.
const RESERVE_MS: i64 = 5_000;
/// How long until there may be room again to look up a name: some lookups have ended then.
const ROOM_MS: i64 = 10_000;
/// A message that comes early by less than that is sent once more for the rest of the time; clocks differ.
const EARLY_MS: i64 = 60_000;
/// So much of an answer's headers is kept, names and values.
const KEPT_HEADER_BYTES: usize = 8 * 1024;

pub(crate) async fn attempt(
    app: &App,
    id: OutboundId,
    deadline: Timestamp,
) -> Result<(), StoreError> {
    let now = app.aws.now();
    let Some(delivery) = app.aws.runs.delivery(id, now).await? else {
        return Ok(());
    };
    Span::current().record("subscription", display(delivery.subscription_id));
    if !is_time(app, &delivery, now).await {
        return Ok(());
    }
    if delivery.tries >= MAX_ATTEMPTS {
        // Attempt after attempt was lost without an end.
        return withdraw(app, &delivery, Stage::Exhausted { at: now }, now).await;
    }
    match prepare(app, &delivery, now).await? {
        Preparation::Ready(ready) => {
            let turn = turn(app, &delivery, ready.failing.as_ref(), now).await?;
            if turn == Turn::Later {
                return Ok(());
            }
            let Some(owned) = claim(app, id, deadline, now).await? else {
                return Ok(());
            };
            match make(app, &owned, &ready, deadline).await {
                Made::Attempt(attempt, outcome) => {
                    conclude(app, owned, (*ready, turn), attempt, outcome).await
                }
                Made::NoRoom => give_back(app, &owned).await,
            }
        }
        Preparation::Damaged => match claim(app, id, deadline, now).await? {
            Some(owned) => give_up(app, &owned).await,
            None => Ok(()),
        },
        Preparation::Disabled(subscription, event) => {
            let hops = event.map_or(0, |event| event.hops);
            tell_others(app, &subscription, hops, now).await?;
            withdraw(app, &delivery, Stage::Cancelled { at: now }, now).await
        }
        Preparation::Gone => withdraw(app, &delivery, Stage::Cancelled { at: now }, now).await,
    }
}

async fn claim(
    app: &App,
    id: OutboundId,
    deadline: Timestamp,
    now: Timestamp,
) -> Result<Option<OwnedDelivery>, StoreError> {
    let nonce = app.aws.random.nonce();
    let runs = &app.aws.runs;
    match runs.claim_delivery(id, deadline, now, &nonce).await? {
        DeliveryClaim::Owned(owned) => Ok(Some(*owned)),
        DeliveryClaim::Refused(_) => {
            tracing::info!("somebody else has it");
            Ok(None)
        }
    }
}

async fn is_time(app: &App, delivery: &Delivery, now: Timestamp) -> bool {
    match delivery.stage {
        Stage::Pending { next_attempt_at } if next_attempt_at > now => {
            let early_ms = next_attempt_at.millis_since(now);
            if early_ms <= EARLY_MS {
                let delay = Duration::from_millis(u64::try_from(early_ms).unwrap_or(0));
                send(app, delivery, delay).await;
            }
            false
        }
        Stage::Attempting { lease_until } => lease_until <= now,
        Stage::Pending { .. } => true,
        Stage::Delivered { .. } | Stage::Exhausted { .. } | Stage::Cancelled { .. } => false,
    }
}

enum Made {
    Attempt(Attempt, Outcome),
    /// The receiver's name was not looked up, for the want of room to do so.
    NoRoom,
}

/// As if it had not been claimed: nothing was sent, and the receiver has no part in that.
async fn give_back(app: &App, owned: &OwnedDelivery) -> Result<(), StoreError> {
    let now = app.aws.now();
    let until = now.plus_millis(ROOM_MS);
    let nonce = app.aws.random.nonce();
    let given_back = app.aws.runs.give_back_delivery(owned, until, now, &nonce);
    if given_back.await? {
        tracing::warn!("no room to look up the receiver's name; it is tried soon");
        let delay = Duration::from_millis(ROOM_MS.unsigned_abs());
        send(app, &owned.delivery, delay).await;
    }
    Ok(())
}

/// Sends it, or says why nothing can be sent.
async fn make(
    app: &App,
    owned: &OwnedDelivery,
    Ready {
        record,
        event,
        keys,
        ..
    }: &Ready,
    deadline: Timestamp,
) -> Made {
    let began_at = app.aws.now();
    let subscription = &record.subscription;
    let mut attempt = Attempt {
        number: owned.delivery.attempts,
        at: began_at,
        status: None,
        latency_ms: 0,
        error: None,
        response_headers: Vec::new(),
        response_body: None,
    };
    let payload = match payload::render(subscription, event) {
        Ok(payload) => payload,
        // The same template and event fail the same way every time, and the receiver has no part in it.
        Err(error) => {
            attempt.error = Some(error.to_string());
            return Made::Attempt(attempt, Outcome::Unsendable);
        }
    };
    let left_ms = deadline.millis_since(began_at) - RESERVE_MS;
    let limits = Limits {
        total_ms: u64::try_from(left_ms.clamp(1, ATTEMPT_MS)).unwrap_or(1),
        response_bytes: domain::outbound::KEPT_BODY_BYTES,
        excess: Excess::Cut,
    };
    let request = request(record, event, payload, keys, began_at);
    let answered = app.egress.send(request, limits).await;
    let ended_at = app.aws.now();
    attempt.latency_ms = ended_at.millis_since(began_at);
    let mut retry_after = None;
    let mut is_silent = false;
    match answered {
        Ok(response) => {
            retry_after = header(&response, "retry-after").map(str::to_owned);
            note(&mut attempt, response);
        }
        Err(Failure::NoRoom { .. }) => return Made::NoRoom,
        Err(failure) => {
            is_silent = matches!(failure, Failure::Timeout { .. });
            attempt.error = Some(failure.to_string());
        }
    }
    let outcome = if is_silent {
        Outcome::Silent
    } else {
        Outcome::of_answer(attempt.status, retry_after.as_deref(), ended_at)
    };
    Made::Attempt(attempt, outcome)
}

/// `webhook-id` is the event's: the same over all attempts, and over all subscriptions that one receiver has.
fn request(
    record: &SubscriptionRecord,
    event: &Event,
    payload: Payload,
    keys: &[Vec<u8>],
    at: Timestamp,
) -> Request {
    let subscription = &record.subscription;
    let mut headers = subscription.headers.clone();
    let says_what_it_is = headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if !says_what_it_is {
        headers.push(("content-type".to_owned(), payload.content_type.to_owned()));
    }
    let id = event.id.to_string();
    let signed = Signed {
        id: &id,
        at,
        body: &payload.body,
    };
    headers.extend(sign(&SchemeName::StandardWebhooks, keys, &signed));
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

/// The status counts even where the body breaks off after it; the record tells of both.
fn note(attempt: &mut Attempt, response: Response) {
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
