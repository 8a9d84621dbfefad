//! What a delivery is made from: the subscription as it is now, the event, and the keys that sign.

use std::sync::Arc;

use domain::outbound::{CircuitBreaker, Delivery, Event, Subscription};
use domain::signature::{SchemeName, read_secret};
use domain::{SecretOwner, Timestamp};
use store::{StoreError, SubscriptionRecord};

use crate::App;

/// What a delivery is made from.
pub(crate) enum Preparation {
    Ready(Box<Ready>),
    /// The subscription is disabled; the event, where it is still known.
    Disabled(Box<Subscription>, Option<Box<Event>>),
    /// The subscription is gone, or nobody knows any more what it was about.
    Gone,
    /// What it is made from cannot be read, now or ever.
    Damaged,
}

pub(crate) struct Ready {
    pub(crate) record: SubscriptionRecord,
    pub(crate) event: Event,
    /// They sign, the current one first.
    pub(crate) keys: Vec<Vec<u8>>,
    /// How its receiver fared before.
    pub(crate) failing: Option<CircuitBreaker>,
}

/// What cannot be read now is an error, and tried again; what can never be read is said of the delivery, so that it ends
/// and is seen, instead of coming back for ever.
pub(crate) async fn prepare(
    app: &App,
    delivery: &Delivery,
    now: Timestamp,
) -> Result<Preparation, StoreError> {
    match try_prepare(app, delivery, now).await {
        Err(error @ StoreError::BadRecord { .. }) => {
            tracing::error!(%error, "it can never be delivered");
            Ok(Preparation::Damaged)
        }
        prepared => prepared,
    }
}

async fn try_prepare(
    app: &App,
    delivery: &Delivery,
    now: Timestamp,
) -> Result<Preparation, StoreError> {
    let id = delivery.subscription_id;
    let (record, event, failing) = futures::try_join!(
        app.aws.subscriptions.find(delivery.tenant, id),
        app.aws.events.find(delivery.event_id, now),
        app.aws.endpoint_health.find(id, now),
    )?;
    let Some(record) = record else {
        return Ok(Preparation::Gone);
    };
    if !record.subscription.is_enabled() {
        let subscription = Box::new(record.subscription);
        return Ok(Preparation::Disabled(subscription, event.map(Box::new)));
    }
    let Some(event) = event else {
        return Ok(Preparation::Gone);
    };
    let keys = open(app, &record, now).await?;
    Ok(Preparation::Ready(Box::new(Ready {
        record,
        event,
        keys,
        failing,
    })))
}

/// The keys that sign now, the current one first.
async fn open(
    app: &App,
    record: &SubscriptionRecord,
    now: Timestamp,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let owner = SecretOwner::Subscription {
        tenant: record.subscription.tenant,
        id: record.subscription.id,
    };
    let opened = record
        .secrets
        .live(now)
        .map(|sealed| app.vault.decrypt(&owner, sealed, now));
    let opened: Vec<Arc<[u8]>> = futures::future::try_join_all(opened).await?;
    opened.iter().map(|secret| key(record, secret)).collect()
}

fn key(record: &SubscriptionRecord, secret: &[u8]) -> Result<Vec<u8>, StoreError> {
    let text = std::str::from_utf8(secret).unwrap_or_default();
    read_secret(&SchemeName::STANDARD_WEBHOOKS, text).map_err(|error| StoreError::BadRecord {
        key: record.subscription.id.to_string(),
        reason: format!("its secret {error}"),
    })
}
