//! One event to everybody who wants it: the event first, then a delivery for each subscription, under ids that are
//! derived from both. Nobody wants it: nothing is written.

use std::time::Duration;

use domain::outbound::{Delivery, Event, Stage, Subscription};
use domain::{EventId, Timestamp};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use store::{Message, StoreError, SubscriptionRecord};

use crate::App;

/// Deliveries of one event that are recorded side by side.
const CONCURRENT: usize = 16;

/// Whether an event is recorded already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    First,
    /// It is: an org published it.
    Recorded,
}

/// Tells of an event that was published, and crosses it off.
pub(crate) async fn fan_out(app: &App, id: EventId) -> Result<(), StoreError> {
    let now = app.aws.now();
    let Some(event) = app.aws.events.find(id, now).await? else {
        return Ok(());
    };
    let subscribers = app.aws.subscriptions.subscribers(event.tenant).await?;
    tell(app, &event, &subscribers.readable, Told::Recorded, now).await?;
    subscribers.check_all_readable()?;
    app.aws.events.mark_fanned_out(id).await
}

/// Afterwards everybody who wants it has a delivery.
pub(crate) async fn tell(
    app: &App,
    event: &Event,
    records: &[SubscriptionRecord],
    told: Told,
    now: Timestamp,
) -> Result<(), StoreError> {
    let subscriptions = records.iter().map(|record| &record.subscription);
    let wanting: Vec<&Subscription> = subscriptions
        .filter(|subscription| subscription.wants(event))
        .collect();
    if wanting.is_empty() {
        return Ok(());
    }
    if told == Told::First {
        app.aws.events.record(event).await?;
    }
    let begun: Vec<_> = wanting
        .into_iter()
        .map(|subscription| begin(app, event, subscription, now))
        .collect();
    stream::iter(begun)
        .buffer_unordered(CONCURRENT)
        .try_collect::<()>()
        .await
}

/// A disabled subscription misses it, and can have it recovered.
async fn begin(
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
        send(app, &delivery, now, now).await;
    }
    Ok(())
}

/// Has it looked at then, which is no further away than the queue can wait. A message that is not sent is not lost: the
/// delivery is due, and found by that. Each subscription is a group of its own, so that a slow receiver holds up nobody else.
pub(crate) async fn send(app: &App, delivery: &Delivery, at: Timestamp, now: Timestamp) {
    let message = Message::Deliver {
        delivery_id: delivery.id,
    };
    let group = delivery.subscription_id;
    let delay = Duration::from_millis(u64::try_from(at.millis_since(now)).unwrap_or(0));
    app.aws
        .delivery_queue
        .send_or_leave_to_sweep(message, group, delay)
        .await;
}
