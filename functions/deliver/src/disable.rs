//! Disables a subscription whose receiver is gone or has failed for days, and announces that to the org's other
//! subscriptions. The deliveries that it misses are recorded as cancelled, so that they can be recovered.

use std::time::Duration;

use domain::outbound::{DisabledBecause, Event, EventType, Subject, Subscription};
use domain::{EventId, Fingerprint, Timestamp};
use serde_json::json;
use store::{Count, InsertOutcome, Message, StoreError, SubscriptionRecord, UpdateOutcome};

use crate::App;

/// How often disabling is retried when the subscription changes at the same time.
const MAX_ROUNDS: u32 = 4;

/// Disables the subscription as it is now, unless its URL has changed since the attempt began: the answer of the old
/// receiver says nothing about the new one. After a crash before the announcement, the next attempt of the delivery finds
/// the disabled subscription and announces it.
pub(crate) async fn disable(
    app: &App,
    mut record: SubscriptionRecord,
    because: DisabledBecause,
    hops: u8,
    now: Timestamp,
) -> Result<(), StoreError> {
    for _ in 0..MAX_ROUNDS {
        let disabled = disabled(&record, because, now);
        let subscriptions = &app.aws.subscriptions;
        if subscriptions.update(&record, &disabled).await? == UpdateOutcome::Updated {
            tracing::warn!(subscription = %record.subscription.id, ?because, "subscription disabled");
            app.aws.metrics.count(Count::SubscriptionsDisabled, 1);
            return announce_disabled(app, &disabled.subscription, hops, now).await;
        }
        let Subscription { id, tenant, .. } = record.subscription;
        match subscriptions.find(tenant, id).await? {
            Some(current) if current.subscription.url != record.subscription.url => return Ok(()),
            Some(current) if current.subscription.is_enabled() => record = current,
            // Another attempt, or the owner, has disabled it in between.
            Some(current) => return announce_disabled(app, &current.subscription, hops, now).await,
            None => return Ok(()),
        }
    }
    Err(StoreError::Unavailable {
        operation: "disable a subscription",
        cause: "the subscription changed in every round".to_owned(),
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

/// Publishes the event that deliveries have disabled this subscription, to the org's other subscriptions. Doing it again
/// makes no second event. Publishes nothing for a subscription that its owner disabled. `hops` are those of the event that
/// could not be delivered, so that a loop of such notices ends.
pub(crate) async fn announce_disabled(
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

/// The same subscription, disabled at the same time, always makes the same event. It names the receiver's host only: the
/// path of many receivers' URLs is a secret of the subscription's owner.
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
