//! Deliveries as JSON, and the filters of their list. It does not know how they are found or made.

use std::cmp::Ordering;

use domain::outbound::{Attempt, Delivery, DeliveryStatus, EventType, Profile};
use domain::{DeliveryId, EventId, SubscriptionId, Timestamp};
use serde_json::{Map, Value, json};

use super::field::{moment, parameter};
use crate::inbound::Inbound;
use crate::page::{Paging, Position, only};
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

/// Which deliveries a client wants to see, newest first.
#[derive(Debug)]
pub struct Filter {
    pub subscription: Option<SubscriptionId>,
    pub status: Option<DeliveryStatus>,
    pub event: Option<EventId>,
    pub event_type: Option<EventType>,
    /// Created at or after.
    pub since: Option<Timestamp>,
    /// Created before.
    pub until: Option<Timestamp>,
    pub paging: Paging<Place>,
}

/// A place in a list of deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub created_at: Timestamp,
    pub id: DeliveryId,
}

/// The filters of `GET /v1/deliveries`; all are optional, and all must hold.
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
    EventType::parse(Profile::Native, name).ok_or("there is no such type of event")
}

/// A delivery in a list: without its attempts, but for their number.
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

/// The whole delivery, with its attempts in order.
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

pub fn location(id: DeliveryId) -> String {
    format!("/v1/deliveries/{id}")
}

/// Without its subscription a delivery goes nowhere.
pub fn subscription_gone() -> Problem {
    Problem::new(
        Code::NotFound,
        "The subscription of this delivery was deleted; there is nowhere to send it.",
    )
}

/// Without its event there is nothing to send.
pub fn event_gone() -> Problem {
    Problem::new(
        Code::EventExpired,
        "The event of this delivery is past its retention; there is nothing left to send.",
    )
}

/// A delivery that is being attempted is not begun anew.
pub fn under_way() -> Problem {
    Problem::new(
        Code::DeliveryUnderWay,
        "The delivery is being attempted; see what comes of it first.",
    )
}

impl Place {
    pub fn of(delivery: &Delivery) -> Self {
        Self {
            created_at: delivery.created_at,
            id: delivery.id,
        }
    }
}

/// What comes later in a list is greater; a list begins with the newest.
impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some((other.created_at, other.id).cmp(&(self.created_at, self.id)))
    }
}

impl Position for Place {
    const LIST: &'static str = "deliveries";

    fn write(&self) -> String {
        format!("{} {}", self.created_at.as_millis(), self.id)
    }

    fn read(text: &str) -> Option<Self> {
        let (millis, id) = text.split_once(' ')?;
        Some(Self {
            created_at: Timestamp::from_millis(millis.parse().ok()?),
            id: DeliveryId::parse(id).ok()?,
        })
    }
}

#[cfg(test)]
mod tests;
