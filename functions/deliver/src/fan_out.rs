//! Fans an event out: records the event, then a delivery for each subscription that wants it, under an id derived from
//! both. Where no subscription wants it, nothing is written.

use domain::outbound::{Delivery, Event, Stage, Subscription};
use domain::{EventId, Timestamp};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use store::{StoreError, SubscriptionRecord};

use crate::App;
use crate::messages::send_delivery;

/// How many deliveries of one event are recorded at the same time.
const MAX_CONCURRENT: usize = 16;

/// Where an event comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// It was just made from an execution's record, and is recorded before its first delivery.
    New,
    /// An org published it, which recorded it.
    Recorded,
}

/// Fans out a published event, and marks it as fanned out.
pub(crate) async fn fan_out_published(app: &App, id: EventId) -> Result<(), StoreError> {
    let now = app.aws.now();
    let Some(event) = app.aws.events.find(id, now).await? else {
        return Ok(());
    };
    let subscribers = app.aws.subscriptions.subscribers(event.tenant).await?;
    fan_out(app, &event, &subscribers.readable, Source::Recorded, now).await?;
    subscribers.check_all_readable()?;
    app.aws.events.mark_fanned_out(id).await
}

/// Afterwards each subscription that wants the event has a delivery of it. Doing it again changes nothing.
pub(crate) async fn fan_out(
    app: &App,
    event: &Event,
    records: &[SubscriptionRecord],
    source: Source,
    now: Timestamp,
) -> Result<(), StoreError> {
    let subscriptions = records.iter().map(|record| &record.subscription);
    let wanting: Vec<&Subscription> = subscriptions
        .filter(|subscription| subscription.wants(event))
        .collect();
    if wanting.is_empty() {
        return Ok(());
    }
    if source == Source::New {
        app.aws.events.record(event).await?;
    }
    let recording: Vec<_> = wanting
        .into_iter()
        .map(|subscription| record_delivery(app, event, subscription, now))
        .collect();
    stream::iter(recording)
        .buffer_unordered(MAX_CONCURRENT)
        .try_collect::<()>()
        .await
}

/// Records a delivery and enqueues its first attempt. That of a disabled subscription is recorded as cancelled, so that
/// it can be recovered later.
async fn record_delivery(
    app: &App,
    event: &Event,
    subscription: &Subscription,
    now: Timestamp,
) -> Result<(), StoreError> {
    let stage = if subscription.is_enabled() {
        Stage::Pending {
            next_attempt_at: now,
        }
    } else {
        Stage::Cancelled { at: now }
    };
    let delivery = Delivery {
        id: Delivery::id_for(event.id, subscription.id),
        tenant: event.tenant,
        subscription_id: subscription.id,
        event_id: event.id,
        event_type: event.event_type.clone(),
        created_at: now,
        attempts: 0,
        tries: 0,
        stage,
    };
    let nonce = app.aws.random.nonce();
    let is_new = app.aws.deliveries.record(&delivery, now, &nonce).await?;
    if is_new && subscription.is_enabled() {
        send_delivery(app, &delivery, now, now).await;
    }
    Ok(())
}
