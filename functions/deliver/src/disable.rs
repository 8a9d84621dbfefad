//! Disabling a subscription whose receiver is gone or has failed for days. The org's other subscriptions are told; what
//! happens meanwhile is recorded for a recovery.

use std::time::Duration;

use domain::outbound::{DisabledBecause, Event, EventType, Subject, Subscription};
use domain::{EventId, Fingerprint, Timestamp};
use serde_json::json;
use store::{Count, InsertOutcome, Message, StoreError, SubscriptionRecord, UpdateOutcome};

use crate::App;

/// Its owner may change it while we judge it.
const ROUNDS: u32 = 4;

/// Disables it as it is now, unless its owner has sent its deliveries elsewhere since the attempt began: what the old
/// receiver answered says nothing of the new one. A crash before others are told is made good by whoever attempts the
/// delivery again and meets a disabled subscription.
pub(crate) async fn disable(
    app: &App,
    mut record: SubscriptionRecord,
    because: DisabledBecause,
    hops: u8,
    now: Timestamp,
) -> Result<(), StoreError> {
    for _ in 0..ROUNDS {
        let disabled = disabled(&record, because, now);
        if app.aws.subscriptions.update(&record, &disabled).await? == UpdateOutcome::Updated {
            tracing::warn!(subscription = %record.subscription.id, ?because, "disabled");
            app.aws.metrics.count(Count::SubscriptionsDisabled, 1);
            return tell_others(app, &disabled.subscription, hops, now).await;
        }
        let Subscription { id, tenant, .. } = record.subscription;
        match app.aws.subscriptions.find(tenant, id).await? {
            Some(current) if current.subscription.url != record.subscription.url => return Ok(()),
            Some(current) if current.subscription.is_enabled() => record = current,
            // An attempt beside ours was faster, or its owner was.
            Some(current) => return tell_others(app, &current.subscription, hops, now).await,
            None => return Ok(()),
        }
    }
    Err(StoreError::Unavailable {
        operation: "disable a subscription",
        cause: "it was changed again and again".to_owned(),
    })
}

fn disabled(
    record: &SubscriptionRecord,
    because: DisabledBecause,
    now: Timestamp,
) -> SubscriptionRecord {
    let old = &record.subscription;
    SubscriptionRecord {
        subscription: Subscription {
            disabled: Some((because, now)),
            updated_at: now,
            revision: old.revision + 1,
            ..old.clone()
        },
        ..record.clone()
    }
}

/// Tells the org's other subscriptions that deliveries have disabled this one; whoever repeats it tells nothing new. Says
/// nothing of one that its owner disabled. `hops` are those of the event that could not be delivered: whoever reacts to the
/// notice by what leads here again is stopped, as in any circle.
pub(crate) async fn tell_others(
    app: &App,
    subscription: &Subscription,
    hops: u8,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some((because @ (DisabledBecause::Gone | DisabledBecause::Failing), at)) =
        subscription.disabled
    else {
        return Ok(());
    };
    let notice = notice(subscription, because, hops, at);
    let fingerprint = Fingerprint::of(&notice.data);
    if let InsertOutcome::New(notice) = app.aws.events.publish(&notice, &fingerprint, now).await? {
        let message = Message::FanOut {
            event_id: notice.id,
        };
        let org = subscription.tenant.org;
        app.aws
            .delivery_queue
            .send_or_leave_to_sweep(message, org, Duration::ZERO)
            .await;
    }
    Ok(())
}

/// The same subscription, disabled at the same time: the same event. Where its URL leads to is its owner's secret, as the
/// path of many is all that a receiver asks for; others learn the host.
fn notice(subscription: &Subscription, because: DisabledBecause, hops: u8, at: Timestamp) -> Event {
    let disabled_at_ms = at.as_millis().to_string();
    Event {
        id: EventId::derived(&["disabled", &subscription.id.to_string(), &disabled_at_ms]),
        tenant: subscription.tenant,
        event_type: EventType::SubscriptionDisabled,
        at,
        subject: Subject {
            except: Some(subscription.id),
            ..Subject::default()
        },
        hops,
        data: json!({
            "subscriptionId": subscription.id,
            "url": subscription.origin(),
            "reason": because.as_str(),
            "disabledAt": at,
        }),
    }
}
