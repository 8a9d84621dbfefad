//! Deliveries as JSON, and the filters of their list. It does not know how deliveries are stored or sent.

use domain::outbound::{Attempt, Delivery, DeliveryStatus, EventType, Profile};
use domain::{Cursor, DeliveryId, EventId, SubscriptionId, Timestamp};
use indexmap::IndexMap;
use serde::Serialize;

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
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ListedDelivery {
    /// Its id.
    id: DeliveryId,
    /// The subscription that receives it.
    subscription_id: SubscriptionId,
    /// The event.
    event_id: EventId,
    /// The type of the event.
    event_type: String,
    /// What has become of it.
    #[cfg_attr(test, schemars(extend("enum" = ["pending", "delivered", "exhausted", "cancelled"])))]
    status: &'static str,
    /// How many attempts were begun.
    attempt_count: u32,
    /// When the next attempt is due; `null` where there is none.
    next_attempt_at: Option<Timestamp>,
    /// When it was created.
    created_at: Timestamp,
}

/// A delivery with its attempts in order.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DeliveryView<'a> {
    #[serde(flatten)]
    listed: ListedDelivery,
    /// Its attempts, the first one first.
    attempts: Vec<AttemptView<'a>>,
}

/// One attempt at a delivery.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct AttemptView<'a> {
    /// When it began.
    at: Timestamp,
    /// The HTTP status of the answer; `null` where there was no answer.
    status: Option<u16>,
    /// How long it took, in milliseconds.
    latency_ms: i64,
    /// Why it failed, or what was left out; `null` where nothing is to be said.
    error: Option<&'a str>,
    /// The headers of the answer.
    response_headers: IndexMap<&'a str, String>,
    /// The first 16 KB of the answer's body; `null` where there was no answer.
    response_body: Option<&'a str>,
}

/// A delivery as lists show it.
pub fn listed(delivery: &Delivery) -> ListedDelivery {
    ListedDelivery {
        id: delivery.id,
        subscription_id: delivery.subscription_id,
        event_id: delivery.event_id,
        event_type: delivery.event_type.to_string(),
        status: delivery.status().as_str(),
        attempt_count: delivery.attempts,
        next_attempt_at: delivery.next_attempt_at(),
        created_at: delivery.created_at,
    }
}

/// A delivery with its attempts.
pub fn view<'a>(delivery: &Delivery, attempts: &'a [Attempt]) -> DeliveryView<'a> {
    DeliveryView {
        listed: listed(delivery),
        attempts: attempts.iter().map(attempt).collect(),
    }
}

fn attempt(attempt: &Attempt) -> AttemptView<'_> {
    AttemptView {
        at: attempt.at,
        status: attempt.status,
        latency_ms: attempt.latency_ms,
        error: attempt.error.as_deref(),
        response_headers: headers(&attempt.response_headers),
        response_body: attempt.response_body.as_deref(),
    }
}

/// RFC 9110 section 5.3: a repeated header is a list.
fn headers(headers: &[(String, String)]) -> IndexMap<&str, String> {
    let mut joined: IndexMap<&str, String> = IndexMap::new();
    for (name, value) in headers {
        match joined.get_mut(name.as_str()) {
            Some(before) => *before = format!("{before}, {value}"),
            None => {
                joined.insert(name, value.clone());
            }
        }
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
