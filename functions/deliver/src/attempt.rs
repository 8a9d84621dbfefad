//! One attempt at a delivery. Everything that can fail on our side is done before the claim. After the claim one request
//! is sent, and its outcome is recorded.

use domain::outbound::{Delivery, MAX_ATTEMPTS, Stage};
use domain::{DeliveryId, Timestamp};
use store::{DeliveryClaim, OwnedDelivery, StoreError};
use tracing::Span;
use tracing::field::display;

use crate::App;
use crate::circuit::{CircuitState, check_circuit};
use crate::conclude::{conclude, end_without_attempt, exhaust};
use crate::disable::announce_disabled;
use crate::messages::send_delivery;
use crate::org_slots::OrgSlots;
use crate::postpone::postpone;
use crate::prepare::{Preparation, Ready, prepare};
use crate::request::{RequestResult, send_request};

/// How long a delivery is postponed when too many DNS lookups are under way; some of them have ended by then.
const LOOKUP_RETRY_MS: i64 = 10_000;
/// How long a delivery is postponed at least when its org has no free slot in the batch, and the jitter on top of that.
const SLOT_RETRY_MS: i64 = 5_000;
/// A message that arrives at most this much too early is sent again for the rest of the time, because clocks differ.
const MAX_EARLY_MS: i64 = 60_000;

/// Attempts a delivery, if it is due and no other attempt is under way.
pub(crate) async fn attempt(
    app: &App,
    slots: &OrgSlots,
    id: DeliveryId,
    deadline: Timestamp,
) -> Result<(), StoreError> {
    let now = app.aws.now();
    let Some(delivery) = app.aws.deliveries.find(id, now).await? else {
        return Ok(());
    };
    Span::current().record("subscription", display(delivery.subscription_id));
    if !is_time(app, &delivery, now).await {
        return Ok(());
    }
    if delivery.tries >= MAX_ATTEMPTS {
        // Every attempt was interrupted by a crash.
        return end_without_attempt(app, &delivery, Stage::Exhausted { at: now }, now).await;
    }
    let Some(_slot) = slots.acquire(delivery.tenant.org).await else {
        return postpone_without_slot(app, &delivery).await;
    };
    let now = app.aws.now();
    match prepare(app, &delivery, now).await? {
        Preparation::Ready(ready) => attempt_prepared(app, &delivery, *ready, deadline, now).await,
        Preparation::Damaged => match claim(app, id, deadline, now).await? {
            Some(owned) => exhaust(app, &owned).await,
            None => Ok(()),
        },
        Preparation::Disabled(subscription, event) => {
            let hops = event.map_or(0, |event| event.hops);
            announce_disabled(app, &subscription, hops, now).await?;
            end_without_attempt(app, &delivery, Stage::Cancelled { at: now }, now).await
        }
        Preparation::Gone => {
            end_without_attempt(app, &delivery, Stage::Cancelled { at: now }, now).await
        }
    }
}

async fn attempt_prepared(
    app: &App,
    delivery: &Delivery,
    ready: Ready,
    deadline: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let circuit = check_circuit(app, delivery, ready.breaker.as_ref(), now).await?;
    if circuit == CircuitState::Open {
        return Ok(());
    }
    let Some(owned) = claim(app, delivery.id, deadline, now).await? else {
        return Ok(());
    };
    match send_request(app, &owned, &ready, deadline).await {
        RequestResult::Attempted { attempt, outcome } => {
            conclude(app, owned, ready, circuit, attempt, outcome).await
        }
        RequestResult::TooManyLookups => give_back(app, &owned).await,
    }
}

async fn claim(
    app: &App,
    id: DeliveryId,
    deadline: Timestamp,
    now: Timestamp,
) -> Result<Option<OwnedDelivery>, StoreError> {
    let nonce = app.aws.random.nonce();
    match app
        .aws
        .delivery_attempts
        .claim(id, deadline, now, &nonce)
        .await?
    {
        DeliveryClaim::Owned(owned) => Ok(Some(*owned)),
        DeliveryClaim::Refused(_) => {
            tracing::info!(
                "the delivery is claimed by another attempt or has ended; nothing to do"
            );
            Ok(None)
        }
    }
}

/// Lets other orgs' deliveries have the rest of this batch's time.
async fn postpone_without_slot(app: &App, delivery: &Delivery) -> Result<(), StoreError> {
    let now = app.aws.now();
    let jitter_ms = SLOT_RETRY_MS * i64::from(app.jitter()) / i64::from(u16::MAX);
    let until = now.plus_millis(SLOT_RETRY_MS + jitter_ms);
    if postpone(app, delivery, until, now).await? {
        tracing::info!(
            "the org's slots in this batch are taken: the delivery is postponed until {until}"
        );
    }
    Ok(())
}

/// Whether the delivery is due. Sends the message again where it is due shortly.
async fn is_time(app: &App, delivery: &Delivery, now: Timestamp) -> bool {
    match delivery.stage {
        Stage::Pending { next_attempt_at } if next_attempt_at > now => {
            if next_attempt_at.millis_since(now) <= MAX_EARLY_MS {
                send_delivery(app, delivery, next_attempt_at, now).await;
            }
            false
        }
        Stage::Attempting { lease_until } => lease_until <= now,
        Stage::Pending { .. } => true,
        Stage::Delivered { .. } | Stage::Exhausted { .. } | Stage::Cancelled { .. } => false,
    }
}

/// Undoes the claim, because nothing was sent; the attempt does not count.
async fn give_back(app: &App, owned: &OwnedDelivery) -> Result<(), StoreError> {
    let now = app.aws.now();
    let until = now.plus_millis(LOOKUP_RETRY_MS);
    let nonce = app.aws.random.nonce();
    let given_back = app
        .aws
        .delivery_attempts
        .give_back(owned, until, now, &nonce);
    if given_back.await? {
        tracing::warn!(
            "too many DNS lookups are under way; the delivery is attempted again at {until}"
        );
        send_delivery(app, &owned.delivery, until, now).await;
    }
    Ok(())
}
