//! The JSON of subscriptions in answers. It does not know who may see them.

use domain::outbound::{DisabledBecause, Format, Profile, Subscription};
use domain::{DeliveryId, EventId, Secret};
use serde_json::{Map, Value, json};

use super::draft::HIDDEN_VALUE;

/// The answer to a recover request: how many deliveries were restarted; with a cursor, there are more.
pub fn recovery_view(deliveries: usize, next_cursor: Option<String>) -> Value {
    json!({"recovered": deliveries, "nextCursor": next_cursor})
}

/// The answer to a test request: the event and its delivery, which shows the result.
pub fn test_event_view(event: EventId, delivery: DeliveryId) -> Value {
    json!({"eventId": event, "deliveryId": delivery})
}

/// A subscription without its secret.
pub fn view(subscription: &Subscription) -> Value {
    let headers: Map<String, Value> = subscription
        .headers
        .iter()
        .map(|(name, _)| (name.clone(), Value::from(HIDDEN_VALUE)))
        .collect();
    json!({
        "id": subscription.id,
        "profile": profile_name(subscription.profile),
        "url": subscription.url,
        "events": names(subscription),
        "workflowIds": subscription.workflow_ids,
        "slug": subscription.slug,
        "format": subscription.format.name(),
        "template": template(&subscription.format),
        "method": subscription.method.as_str(),
        "headers": headers,
        "enabled": subscription.is_enabled(),
        "disabledReason": subscription.disabled.map(|(reason, _)| DisabledBecause::as_str(reason)),
        "disabledAt": subscription.disabled.map(|(_, at)| at),
        "createdAt": subscription.created_at,
        "updatedAt": subscription.updated_at,
    })
}

/// A subscription with its secret: only for the answer to the request that set the secret.
pub fn view_with_secret(subscription: &Subscription, secret: &Secret) -> Value {
    let mut view = view(subscription);
    view["secret"] = json!(secret.reveal());
    view
}

fn profile_name(profile: Profile) -> &'static str {
    match profile {
        Profile::Native => "native",
        Profile::Refold => "refold",
        Profile::CopyAi => "copyai",
    }
}

pub(super) fn names(subscription: &Subscription) -> Vec<String> {
    subscription
        .events
        .iter()
        .map(ToString::to_string)
        .collect()
}

pub(super) fn template(format: &Format) -> Option<&str> {
    match format {
        Format::Default | Format::Slack => None,
        Format::Custom(template) => Some(template),
    }
}

/// The path of a subscription.
pub fn location(subscription: &Subscription) -> String {
    format!("/v1/subscriptions/{}", subscription.id)
}
