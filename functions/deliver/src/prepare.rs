//! Reads what an attempt needs: the subscription as it is now, the event, the signing keys, and the endpoint's health.

use std::sync::Arc;

use domain::outbound::{CircuitBreaker, Delivery, Event, Subscription};
use domain::signature::{SchemeName, read_secret};
use domain::{SecretOwner, Timestamp};
use store::{StoreError, SubscriptionRecord};

use crate::App;

/// The outcome of preparing an attempt.
pub(crate) enum Preparation {
    Ready(Box<Ready>),
    /// The subscription is disabled; with the event, if it still exists.
    Disabled(Box<Subscription>, Option<Box<Event>>),
    /// The subscription or the event no longer exists.
    Gone,
    /// A record that the attempt needs is damaged, so no attempt can ever be made.
    Damaged,
}

/// All that the request of an attempt is made from.
pub(crate) struct Ready {
    pub(crate) record: SubscriptionRecord,
    pub(crate) event: Event,
    /// The signing keys, the current one first.
    pub(crate) keys: Vec<Vec<u8>>,
    /// The endpoint's circuit breaker; `None` where it has not failed since its last success.
    pub(crate) breaker: Option<CircuitBreaker>,
}

/// Reads what an attempt needs. A table that does not answer is an error, and the message is retried. A damaged record is
/// [`Preparation::Damaged`], so that the delivery ends instead of being retried for ever.
pub(crate) async fn prepare(
    app: &App,
    delivery: &Delivery,
    now: Timestamp,
) -> Result<Preparation, StoreError> {
    match try_prepare(app, delivery, now).await {
        Err(error @ StoreError::BadRecord { .. }) => {
            tracing::error!(%error, "a record of the delivery is damaged; the delivery ends");
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
    let (record, event, breaker) = futures::try_join!(
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
    let keys = signing_keys(app, &record, now).await?;
    Ok(Preparation::Ready(Box::new(Ready {
        record,
        event,
        keys,
        breaker,
    })))
}

/// Decrypts the signing keys that are valid now, the current one first.
async fn signing_keys(
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
        .map(|sealed| app.cipher.decrypt(&owner, sealed, now));
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
