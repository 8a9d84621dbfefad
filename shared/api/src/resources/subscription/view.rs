//! The JSON of subscriptions in answers. It does not know who may see them.

use domain::outbound::{DisabledBecause, Format, Profile, ReceiverHealth, Subscription};
use domain::{DeliveryId, EventId, Secret, SubscriptionId, Timestamp, WorkflowId};
use indexmap::IndexMap;
use serde::Serialize;

use super::draft::HIDDEN_VALUE;

/// How many deliveries were restarted.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RecoveryView {
    /// How many deliveries were restarted.
    recovered: usize,
    /// What `cursor` has to be for the rest; `null` where there is none.
    next_cursor: Option<String>,
}

/// A test event, and its delivery, which shows the result.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TestEventView {
    /// The event.
    event_id: EventId,
    /// Its delivery.
    delivery_id: DeliveryId,
}

/// A subscription without its secret.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SubscriptionView<'a> {
    /// Its id.
    id: SubscriptionId,
    /// The API that it was created with.
    #[cfg_attr(test, schemars(extend("enum" = ["native", "refold", "copyai"])))]
    profile: &'static str,
    /// Where deliveries go.
    url: &'a str,
    /// The event types that are delivered.
    events: Vec<String>,
    /// The workflows whose events are delivered; empty for all.
    workflow_ids: &'a [WorkflowId],
    /// The slug that events must have; `null` for any.
    slug: Option<&'a str>,
    /// The form of the body.
    #[cfg_attr(test, schemars(extend("enum" = ["default", "slack", "custom"])))]
    format: &'static str,
    /// The template of the body; `null` but for the format `custom`.
    template: Option<&'a str>,
    /// The method of requests.
    #[cfg_attr(test, schemars(extend("enum" = ["POST", "PUT", "PATCH"])))]
    method: &'static str,
    /// Headers that are added to requests; their values are shown as `***`.
    headers: IndexMap<&'a str, &'static str>,
    /// Whether events are delivered.
    enabled: bool,
    /// Why it is disabled: a client asked for it, the receiver answered 410, or it failed for days; `null` where it is not.
    #[cfg_attr(test, schemars(extend("enum" = ["asked", "gone", "failing", null])))]
    disabled_reason: Option<&'static str>,
    /// Since when it is disabled; `null` where it is not.
    disabled_at: Option<Timestamp>,
    /// Since when every attempt has failed; `null` where the last one did not, and where it is disabled.
    failing_since: Option<Timestamp>,
    /// Until when its deliveries are postponed, because three attempts in a row timed out; `null` where they are not. Then one
    /// delivery tries the receiver.
    paused_until: Option<Timestamp>,
    /// When it was created.
    created_at: Timestamp,
    /// When it was last changed.
    updated_at: Timestamp,
}

/// A subscription with its secret: only in the answer to the request that set the secret.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SubscriptionWithSecretView<'a> {
    #[serde(flatten)]
    subscription: SubscriptionView<'a>,
    /// The secret that deliveries are signed with. A repeat under the same `Idempotency-Key` does not show it again.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
}

/// The answer to a recover request: how many deliveries were restarted; with a cursor, there are more.
pub fn recovery_view(deliveries: usize, next_cursor: Option<String>) -> RecoveryView {
    RecoveryView {
        recovered: deliveries,
        next_cursor,
    }
}

/// The answer to a test request.
pub fn test_event_view(event: EventId, delivery: DeliveryId) -> TestEventView {
    TestEventView {
        event_id: event,
        delivery_id: delivery,
    }
}

/// A subscription as answers show it, with what is known of its receiver.
pub fn view(subscription: &Subscription, health: ReceiverHealth) -> SubscriptionView<'_> {
    let headers = subscription.headers.iter();
    SubscriptionView {
        id: subscription.id,
        profile: profile_name(subscription.profile),
        url: &subscription.url,
        events: names(subscription),
        workflow_ids: &subscription.workflow_ids,
        slug: subscription.slug.as_deref(),
        format: subscription.format.name(),
        template: template(&subscription.format),
        method: subscription.method.as_str(),
        headers: headers
            .map(|(name, _)| (name.as_str(), HIDDEN_VALUE))
            .collect(),
        enabled: subscription.is_enabled(),
        disabled_reason: subscription
            .disabled
            .map(|(reason, _)| DisabledBecause::as_str(reason)),
        disabled_at: subscription.disabled.map(|(_, at)| at),
        failing_since: health.failing_since,
        paused_until: health.paused_until,
        created_at: subscription.created_at,
        updated_at: subscription.updated_at,
    }
}

/// A subscription with its secret: only for the answer to the request that set the secret.
pub fn view_with_secret<'a>(
    subscription: &'a Subscription,
    health: ReceiverHealth,
    secret: &'a Secret,
) -> SubscriptionWithSecretView<'a> {
    SubscriptionWithSecretView {
        subscription: view(subscription, health),
        secret: Some(secret.reveal()),
    }
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
