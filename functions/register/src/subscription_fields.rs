//! The fields of a subscription: of a new one, after a change, and what a change means. It reads and writes nothing.

use api::resources::subscription::Draft;
use domain::outbound::{DisabledBecause, Subscription};
use domain::{SubscriptionId, Timestamp};
use store::SubscriptionRecord;

use crate::RequestContext;

/// A new subscription with the fields of a draft.
pub(crate) fn first_revision(
    context: &RequestContext<'_>,
    id: SubscriptionId,
    draft: Draft,
) -> Subscription {
    Subscription {
        id,
        tenant: context.caller.tenant,
        profile: draft.profile,
        url: draft.url,
        events: draft.events,
        workflow_ids: draft.workflow_ids,
        slug: draft.slug,
        format: draft.format,
        method: draft.method,
        headers: draft.headers,
        disabled: disabled(None, draft.enabled, context.now),
        created_at: context.now,
        updated_at: context.now,
        revision: 1,
    }
}

/// Whether earlier failures no longer count: the subscription is enabled again, or has another URL.
pub(crate) fn resets_endpoint_health(old: &Subscription, new: &Subscription) -> bool {
    let is_enabled_again = new.is_enabled() && !old.is_enabled();
    is_enabled_again || new.url != old.url
}

/// The subscription with the fields of a draft.
pub(crate) fn with_draft(
    old: &SubscriptionRecord,
    draft: Draft,
    now: Timestamp,
) -> SubscriptionRecord {
    SubscriptionRecord {
        subscription: Subscription {
            url: draft.url,
            events: draft.events,
            workflow_ids: draft.workflow_ids,
            slug: draft.slug,
            format: draft.format,
            method: draft.method,
            headers: draft.headers,
            ..with_enabled(&old.subscription, draft.enabled, now)
        },
        ..old.clone()
    }
}

/// The subscription, enabled or disabled.
pub(crate) fn with_enabled(old: &Subscription, enabled: bool, now: Timestamp) -> Subscription {
    Subscription {
        disabled: disabled(old.disabled, enabled, now),
        ..old.clone()
    }
}

/// Why and since when the subscription is disabled. A disabled one keeps its reason and time.
fn disabled(
    current: Option<(DisabledBecause, Timestamp)>,
    enabled: bool,
    now: Timestamp,
) -> Option<(DisabledBecause, Timestamp)> {
    match (enabled, current) {
        (true, _) => None,
        (false, Some(current)) => Some(current),
        (false, None) => Some((DisabledBecause::Asked, now)),
    }
}
