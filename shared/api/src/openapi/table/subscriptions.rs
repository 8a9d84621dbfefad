//! The operations on subscriptions, event types, events and deliveries.

use domain::Scope;
use serde_json::json;

use super::super::operation::Operation;
use super::super::parameters::{id, one_of, paging, since_and_until, text};
use crate::resources::delivery::{DeliveryView, ListedDelivery};
use crate::resources::delivery_request::DeliveryRequestView;
use crate::resources::event_type::{self, EventTypeView};
use crate::resources::outbound_event::{self, EventView};
use crate::resources::subscription::{
    self, RecoveryView, SubscriptionView, SubscriptionWithSecretView, TestEventView,
};
use crate::status::Code;

const TAG: &str = "Subscriptions";
const EVENTS: &str = "Events";

pub(super) fn operations() -> Vec<Operation> {
    let mut operations = settings();
    operations.extend(switches());
    operations.extend(types());
    operations.extend(events());
    operations
}

fn settings() -> Vec<Operation> {
    let path = "/v1/subscriptions/{subscriptionId}";
    vec![
        Operation::new(
            "GET",
            "/v1/subscriptions",
            "listSubscriptions",
            "List subscriptions",
        )
        .tag(TAG)
        .lists::<SubscriptionView<'_>>(),
        Operation::new(
            "POST",
            "/v1/subscriptions",
            "createSubscription",
            "Create a subscription",
        )
        .tag(TAG)
        .says("The answer has the secret that deliveries are signed with.")
        .takes::<subscription::NewFields>(
            &["url", "events"],
            json!({"url": "https://receiver.example.com/events", "events": ["workflow.failed"]}),
        )
        .idempotent()
        .creates::<SubscriptionWithSecretView<'_>>()
        .refuses(&[Code::UrlNotAllowed, Code::LimitReached]),
        Operation::new("GET", path, "getSubscription", "Show a subscription")
            .tag(TAG)
            .shows::<SubscriptionView<'_>>("The subscription."),
        Operation::new("PATCH", path, "changeSubscription", "Change a subscription")
            .tag(TAG)
            .says("The body is a JSON merge patch (RFC 7396).")
            .takes::<subscription::Fields>(&[], json!({"headers": {"X-Team": "billing"}}))
            .shows::<SubscriptionView<'_>>("The subscription as it is now.")
            .refuses(&[Code::UrlNotAllowed, Code::Conflict]),
        Operation::new(
            "DELETE",
            path,
            "deleteSubscription",
            "Delete a subscription",
        )
        .tag(TAG)
        .deletes(),
    ]
}

fn switches() -> Vec<Operation> {
    let now = "The subscription as it is now.";
    vec![
        Operation::new(
            "POST",
            "/v1/subscriptions/{subscriptionId}/enable",
            "enableSubscription",
            "Deliver events to a subscription",
        )
        .tag(TAG)
        .shows::<SubscriptionView<'_>>(now)
        .refuses(&[Code::Conflict, Code::InvalidField, Code::UrlNotAllowed]),
        Operation::new(
            "POST",
            "/v1/subscriptions/{subscriptionId}/disable",
            "disableSubscription",
            "Deliver no events to a subscription",
        )
        .tag(TAG)
        .shows::<SubscriptionView<'_>>(now)
        .refuses(&[Code::Conflict, Code::InvalidField, Code::UrlNotAllowed]),
        Operation::new(
            "POST",
            "/v1/subscriptions/{subscriptionId}/test",
            "testSubscription",
            "Send a test event to a subscription",
        )
        .tag(TAG)
        .idempotent()
        .counts_hops()
        .accepts::<TestEventView>()
        .refuses(&[Code::SubscriptionDisabled]),
        Operation::new(
            "POST",
            "/v1/subscriptions/{subscriptionId}/rotate-secret",
            "rotateSubscriptionSecret",
            "Give a subscription a new secret",
        )
        .tag(TAG)
        .may_take::<subscription::RotationFields>(json!({"overlapSeconds": 3600}))
        .shows::<SubscriptionWithSecretView<'_>>("The subscription with its new secret.")
        .refuses(&[Code::Conflict, Code::UrlNotAllowed]),
        Operation::new(
            "POST",
            "/v1/subscriptions/{subscriptionId}/recover",
            "recoverSubscription",
            "Send what failed or was missed",
        )
        .tag(TAG)
        .of_history()
        .query(
            since_and_until()
                .into_iter()
                .enumerate()
                .map(|(at, parameter)| match at {
                    0 => parameter.required(),
                    _ => parameter,
                }),
        )
        .query(paging(1_000, 1_000))
        .counts_hops()
        .shows::<RecoveryView>("How many deliveries were restarted.")
        .refuses(&[Code::InvalidCursor, Code::SubscriptionDisabled]),
    ]
}

fn types() -> Vec<Operation> {
    let path = "/v1/event-types/{eventType}";
    vec![
        Operation::new(
            "GET",
            "/v1/event-types",
            "listEventTypes",
            "List event types",
        )
        .tag(EVENTS)
        .says("Sluice's own and the org's.")
        .lists::<EventTypeView<'_>>(),
        Operation::new("GET", path, "getEventType", "Show an event type")
            .tag(EVENTS)
            .shows::<EventTypeView<'_>>("The event type."),
        Operation::new("PUT", path, "declareEventType", "Declare an event type")
            .tag(EVENTS)
            .may_take::<event_type::Fields>(json!({
                "description": "An invoice was paid.",
                "schema": {"type": "object", "required": ["id"]},
            }))
            .shows::<EventTypeView<'_>>("Its declaration was replaced.")
            .creates::<EventTypeView<'_>>()
            .refuses(&[
                Code::InvalidParameter,
                Code::InvalidSchema,
                Code::LimitReached,
            ]),
        Operation::new(
            "DELETE",
            path,
            "deleteEventType",
            "Delete an event type of the org",
        )
        .tag(EVENTS)
        .deletes()
        .refuses(&[Code::EventTypeInUse]),
    ]
}

fn events() -> Vec<Operation> {
    vec![
        Operation::new("POST", "/v1/events", "publishEvent", "Publish an event")
            .tag(EVENTS)
            .scope(Scope::Publish)
            .takes::<outbound_event::Fields>(
                &["type"],
                json!({"type": "invoice.paid", "data": {"id": 4711}}),
            )
            .idempotent()
            .counts_hops()
            .creates::<EventView<'_>>()
            .refuses(&[Code::EventTooLarge]),
        Operation::new("GET", "/v1/events/{eventId}", "getEvent", "Show an event")
            .tag(EVENTS)
            .shows::<EventView<'_>>("The event."),
        Operation::new(
            "GET",
            "/v1/deliveries",
            "listDeliveries",
            "List deliveries, the newest first",
        )
        .tag(EVENTS)
        .of_history()
        .says("Without `subscriptionId` it asks every subscription of the org, deleted ones too, 16 queries of the index each: with one subscription 18 requests to DynamoDB and 10 read units, with 20 of them 322 and 164, and one of each for every delivery that it shows.")
        .query([
            id(
                "subscriptionId",
                "Deliveries to this subscription.",
                "SubscriptionId",
            ),
            one_of(
                "status",
                "Deliveries with this status.",
                &["pending", "delivered", "exhausted", "cancelled"],
            ),
            id("eventId", "Deliveries of this event.", "EventId"),
            text(
                "eventType",
                "Deliveries of events of this type.",
                "workflow.failed",
            ),
        ])
        .query(since_and_until())
        .lists::<ListedDelivery>()
        .refuses(&[Code::NotFound]),
        Operation::new(
            "GET",
            "/v1/deliveries/{deliveryId}",
            "getDelivery",
            "Show a delivery with its attempts",
        )
        .tag(EVENTS)
        .of_history()
        .shows::<DeliveryView<'_>>("The delivery."),
        Operation::new(
            "GET",
            "/v1/deliveries/{deliveryId}/request",
            "getDeliveryRequest",
            "Show what a delivery sends",
        )
        .tag(EVENTS)
        .of_history()
        .says("Made anew from the event and the subscription as it is now, as an attempt makes it.")
        .shows::<DeliveryRequestView>("The request, without what is secret.")
        .refuses(&[Code::EventExpired]),
        Operation::new(
            "POST",
            "/v1/deliveries/{deliveryId}/retry",
            "retryDelivery",
            "Attempt a delivery once more, from the beginning of its schedule",
        )
        .tag(EVENTS)
        .of_history()
        .counts_hops()
        .accepts::<DeliveryView<'_>>()
        .refuses(&[
            Code::SubscriptionDisabled,
            Code::EventExpired,
            Code::DeliveryUnderWay,
        ]),
    ]
}
