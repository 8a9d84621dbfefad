//! One attempt at a delivery. All that can fail on our side is done before the claim; after it there is one request, and
//! whatever comes of that is recorded.

use domain::outbound::{Delivery, MAX_ATTEMPTS, Stage};
use domain::{DeliveryId, Timestamp};
use store::{DeliveryClaim, OwnedDelivery, StoreError};
use tracing::Span;
use tracing::field::display;

use crate::App;
use crate::circuit::{CircuitState, turn};
use crate::conclude::{conclude, give_up, withdraw};
use crate::disable::tell_others;
use crate::fan_out::send;
use crate::prepare::{Preparation, prepare};
use crate::request::{Made, make};

/// How long until there may be room again to look up a name: some lookups have ended then.
const ROOM_MS: i64 = 10_000;
/// A message that comes early by less than that is sent once more for the rest of the time; clocks differ.
const EARLY_MS: i64 = 60_000;

pub(crate) async fn attempt(
    app: &App,
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
        // Attempt after attempt was lost without an end.
        return withdraw(app, &delivery, Stage::Exhausted { at: now }, now).await;
    }
    match prepare(app, &delivery, now).await? {
        Preparation::Ready(ready) => {
            let turn = turn(app, &delivery, ready.failing.as_ref(), now).await?;
            if turn == CircuitState::Open {
                return Ok(());
            }
            let Some(owned) = claim(app, id, deadline, now).await? else {
                return Ok(());
            };
            match make(app, &owned, &ready, deadline).await {
                Made::Attempt(attempt, outcome) => {
                    conclude(app, owned, (*ready, turn), attempt, outcome).await
                }
                Made::NoRoom => give_back(app, &owned).await,
            }
        }
        Preparation::Damaged => match claim(app, id, deadline, now).await? {
            Some(owned) => give_up(app, &owned).await,
            None => Ok(()),
        },
        Preparation::Disabled(subscription, event) => {
            let hops = event.map_or(0, |event| event.hops);
            tell_others(app, &subscription, hops, now).await?;
            withdraw(app, &delivery, Stage::Cancelled { at: now }, now).await
        }
        Preparation::Gone => withdraw(app, &delivery, Stage::Cancelled { at: now }, now).await,
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
            tracing::info!("somebody else has it");
            Ok(None)
        }
    }
}

async fn is_time(app: &App, delivery: &Delivery, now: Timestamp) -> bool {
    match delivery.stage {
        Stage::Pending { next_attempt_at } if next_attempt_at > now => {
            if next_attempt_at.millis_since(now) <= EARLY_MS {
                send(app, delivery, next_attempt_at, now).await;
            }
            false
        }
        Stage::Attempting { lease_until } => lease_until <= now,
        Stage::Pending { .. } => true,
        Stage::Delivered { .. } | Stage::Exhausted { .. } | Stage::Cancelled { .. } => false,
    }
}

/// As if it had not been claimed: nothing was sent, and the receiver has no part in that.
async fn give_back(app: &App, owned: &OwnedDelivery) -> Result<(), StoreError> {
    let now = app.aws.now();
    let until = now.plus_millis(ROOM_MS);
    let nonce = app.aws.random.nonce();
    let given_back = app
        .aws
        .delivery_attempts
        .give_back(owned, until, now, &nonce);
    if given_back.await? {
        tracing::warn!("no room to look up the receiver's name; it is tried soon");
        send(app, &owned.delivery, until, now).await;
    }
    Ok(())
}
