//! Deliveries as JSON, and the filters of their list. It does not know how deliveries are stored or sent.

use domain::outbound::{Attempt, Delivery, DeliveryStatus, EventType, Profile};
use domain::{Cursor, DeliveryId, EventId, SubscriptionId, Timestamp};
use serde_json::{Map, Value, json};

use super::field::{moment, parameter};
use crate::inbound::Inbound;
use crate::page::{Paging, only};
use crate::problem::Problem;
use crate::status::Code;

const FILTERS: [&str; 8] = [
    "subscriptionId",
    "status",
    "eventId",
    "eventType",
    "since",
    "until",
    "limit",
    "cursor",
];

/// Which deliveries a client lists, the newest first. Every filter is optional, and all of them apply.
#[derive(Debug)]
pub struct Filter {
    /// Deliveries to this subscription.
    pub subscription: Option<SubscriptionId>,
    /// Deliveries with this status.
    pub status: Option<DeliveryStatus>,
    /// Deliveries of this event.
    pub event: Option<EventId>,
    /// Deliveries of events of this type.
    pub event_type: Option<EventType>,
    /// Deliveries created at or after this time.
    pub since: Option<Timestamp>,
    /// Deliveries created before this time.
    pub until: Option<Timestamp>,
    /// Which page of the list.
    pub paging: Paging<Cursor<DeliveryId>>,
}

/// Reads the query of `GET /v1/deliveries`.
pub fn filter(inbound: &Inbound) -> Result<Filter, Problem> {
    only(inbound, &FILTERS)?;
    Ok(Filter {
        subscription: parameter(inbound, "subscriptionId", SubscriptionId::parse)?,
        status: parameter(inbound, "status", DeliveryStatus::parse)?,
        event: parameter(inbound, "eventId", EventId::parse)?,
        event_type: parameter(inbound, "eventType", event_type)?,
        since: moment(inbound, "since")?,
        until: moment(inbound, "until")?,
        paging: Paging::parse(inbound)?,
    })
}

fn event_type(name: &str) -> Result<EventType, &'static str> {
    EventType::parse(Profile::Native, name).ok_or("there is no such event type")
}

/// A delivery in a list: the number of its attempts, without the attempts.
pub fn listed(delivery: &Delivery) -> Value {
    json!({
        "id": delivery.id,
        "subscriptionId": delivery.subscription_id,
        "eventId": delivery.event_id,
        "eventType": delivery.event_type.to_string(),
        "status": delivery.status().as_str(),
        "attemptCount": delivery.attempts,
        "nextAttemptAt": delivery.next_attempt_at(),
        "createdAt": delivery.created_at,
    })
}

/// A delivery with its attempts in order.
pub fn view(delivery: &Delivery, attempts: &[Attempt]) -> Value {
    let mut view = listed(delivery);
    view["attempts"] = attempts.iter().map(attempt).collect();
    view
}

fn attempt(attempt: &Attempt) -> Value {
    json!({
        "at": attempt.at,
        "status": attempt.status,
        "latencyMs": attempt.latency_ms,
        "error": attempt.error,
        "responseHeaders": headers(&attempt.response_headers),
        "responseBody": attempt.response_body,
    })
}

/// RFC 9110 section 5.3: a repeated header is a list.
fn headers(headers: &[(String, String)]) -> Map<String, Value> {
    let mut joined: Map<String, Value> = Map::new();
    for (name, value) in headers {
        let value = match joined.get(name).and_then(Value::as_str) {
            Some(before) => format!("{before}, {value}"),
            None => value.clone(),
        };
        joined.insert(name.clone(), value.into());
    }
    joined
}

/// The path of a delivery.
pub fn location(id: DeliveryId) -> String {
    format!("/v1/deliveries/{id}")
}

/// The delivery cannot be retried: its subscription was deleted.
pub fn subscription_gone() -> Problem {
    Problem::new(
        Code::NotFound,
        "The subscription of this delivery was deleted; there is nowhere to send it.",
    )
}

/// The delivery cannot be retried: its event has expired.
pub fn event_gone() -> Problem {
    Problem::new(
        Code::EventExpired,
        "The event of this delivery is past its retention; there is nothing left to send.",
    )
}

/// The delivery cannot be retried: an attempt is under way.
pub fn under_way() -> Problem {
    Problem::new(
        Code::DeliveryUnderWay,
        "An attempt of this delivery is under way; wait for its result, then try again.",
    )
}

#[cfg(test)]
mod tests;
