//! What is shown of a subscription. It does not know who may see it.

use domain::outbound::{DisabledBecause, Format, Profile, Subscription};
use domain::{DeliveryId, EventId, Secret};
use serde_json::{Map, Value, json};

use super::draft::NOT_SHOWN;

/// What a recovery has begun to send again; with a cursor there is more.
pub fn recovered(deliveries: usize, next_cursor: Option<String>) -> Value {
    json!({"recovered": deliveries, "nextCursor": next_cursor})
}

/// A test that is on its way: what came of it, its delivery tells.
pub fn tested(event: EventId, delivery: DeliveryId) -> Value {
    json!({"eventId": event, "deliveryId": delivery})
}

/// A subscription without its secret.
pub fn view(subscription: &Subscription) -> Value {
    let headers: Map<String, Value> = subscription
        .headers
        .iter()
        .map(|(name, _)| (name.clone(), Value::from(NOT_SHOWN)))
        .collect();
    json!({
        "id": subscription.id,
        "profile": profile(subscription.form),
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

/// A subscription with its secret: only where that was just made.
pub fn view_with_secret(subscription: &Subscription, secret: &Secret) -> Value {
    let mut view = view(subscription);
    view["secret"] = json!(secret.reveal());
    view
}

fn profile(form: Profile) -> &'static str {
    match form {
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

pub fn location(subscription: &Subscription) -> String {
    format!("/v1/subscriptions/{}", subscription.id)
}
