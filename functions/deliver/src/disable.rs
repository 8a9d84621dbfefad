//! Disabling a subscription whose receiver is gone or has failed for days. The org's other subscriptions are told; what
//! happens meanwhile is recorded for a recovery.

use std::time::Duration;

use aws::{Changed, Count, Created, Message, StoreError, SubscriptionRecord};
use domain::outbound::{DisabledBecause, Event, EventType, Subject, Subscription};
use domain::{EventId, Fingerprint, Timestamp};
use serde_json::json;

use crate::App;

/// The notice is recorded first, under an id that is derived from what is disabled, so that a crash in between loses
/// neither: the attempt is made again, and finds both undone or the notice done already.
pub(crate) async fn disable(
    app: &App,
    record: SubscriptionRecord,
    because: DisabledBecause,
    now: Timestamp,
) -> Result<(), StoreError> {
    let old = &record.subscription;
    let notice = notice(old, because, now);
    let fingerprint = Fingerprint::of(&notice.data);
    let published = app.aws.runs.publish(&notice, &fingerprint, now).await?;
    let disabled = SubscriptionRecord {
        subscription: Subscription {
            disabled: Some((because, now)),
            updated_at: now,
            revision: old.revision + 1,
            ..old.clone()
        },
        ..record.clone()
    };
    match app
        .aws
        .config
        .update_subscription(&record, &disabled)
        .await?
    {
        Changed::Done => {
            tracing::warn!(subscription = %old.id, ?because, "disabled");
            app.aws.metrics.count(Count::SubscriptionsDisabled, 1);
        }
        // Its owner was faster, and whatever they did, it was after they could have seen it fail.
        Changed::Conflict | Changed::SlugTaken => return Ok(()),
    }
    if let Created::New(notice) = published {
        let message = Message::FanOut {
            event_id: notice.id,
        };
        let sent = app
            .aws
            .deliveries
            .send(message, old.tenant.org, Duration::ZERO);
        if let Err(error) = sent.await {
            tracing::warn!(%error, "others are told later");
        }
    }
    Ok(())
}

fn notice(subscription: &Subscription, because: DisabledBecause, now: Timestamp) -> Event {
    let revision = subscription.revision.to_string();
    Event {
        id: EventId::derived(&["disabled", &subscription.id.to_string(), &revision]),
        tenant: subscription.tenant,
        event_type: EventType::SubscriptionDisabled,
        at: now,
        subject: Subject {
            except: Some(subscription.id),
            ..Subject::default()
        },
        hops: 0,
        data: json!({
            "subscriptionId": subscription.id,
            "url": subscription.url,
            "reason": because.as_str(),
            "disabledAt": now,
        }),
    }
}
