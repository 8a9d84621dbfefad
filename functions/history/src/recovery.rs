//! `POST /v1/subscriptions/{id}/recover`: everything that a subscription did not get in some time, once more.

use api::resources::delivery::Place;
use api::resources::subscription::{self, Recovery};
use api::{Problem, answer, hops, page};
use domain::SubscriptionId;
use domain::outbound::Delivery;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use lambda_http::{Body, Response};
use store::{DeliveryQuery, DeliveryStates, RestartCondition, RestartOutcome, StoreError};

use crate::Call;
use crate::deliveries::{place, position, send};
use crate::failure::Failure;

/// Deliveries that are begun anew side by side.
const CONCURRENT: usize = 16;
/// So many that failed are looked for at a time.
const PAGE: usize = 100;
/// A request that has taken so long begins no further page: its client waits no longer than half a minute.
const BUDGET_MS: i64 = 10_000;

/// Page after page of what failed, up to the limit or until the time is up; the cursor leads to the rest. A delivery that is
/// begun anew keeps its place, so pages stay what they are, and whoever repeats one begins nothing twice.
pub(crate) async fn recover(call: &Call<'_>, id: &str) -> Result<Response<Body>, Failure> {
    let hops = hops::counted(call.inbound)?;
    let asked = subscription::recovery(call.inbound)?;
    let id = SubscriptionId::parse(id).map_err(|_| Problem::not_found())?;
    let found = call.aws.subscriptions.find(call.caller.tenant, id).await?;
    let found = found.ok_or_else(Problem::not_found)?;
    if !found.subscription.is_enabled() {
        return Err(subscription::disabled().into());
    }
    let limit = asked.paging.limit;
    let mut query = query(call, id, asked);
    let mut begun = 0;
    loop {
        let page = call.aws.delivery_history.list(&query).await?;
        let room = page.deliveries.len().min(limit - begun);
        let (taken, left) = page.deliveries.split_at(room);
        begun += restart(call, taken, hops).await?;
        query.before = match taken.last() {
            Some(last) if !left.is_empty() => Some(position(Place::of(last))),
            Some(_) | None => page.next,
        };
        let is_late = call.aws.now().millis_since(call.now) >= BUDGET_MS;
        if query.before.is_none() || begun >= limit || is_late {
            break;
        }
    }
    let next = query.before.map(|position| page::cursor(&place(position)));
    Ok(answer::ok(&subscription::recovered(begun, next)))
}

fn query(call: &Call<'_>, id: SubscriptionId, asked: Recovery) -> DeliveryQuery {
    DeliveryQuery {
        tenant: call.caller.tenant,
        subscriptions: vec![id],
        states: DeliveryStates::Failed,
        event: None,
        event_type: None,
        since: Some(asked.since),
        until: asked.until,
        before: asked.paging.after.map(position),
        limit: PAGE,
        now: call.now,
    }
}

/// How many were begun anew.
async fn restart(call: &Call<'_>, failed: &[Delivery], hops: u8) -> Result<usize, StoreError> {
    let restarts: Vec<_> = failed
        .iter()
        .map(|delivery| restart_one(call, delivery, hops))
        .collect();
    let begun: Vec<bool> = stream::iter(restarts)
        .buffer_unordered(CONCURRENT)
        .try_collect()
        .await?;
    Ok(begun.into_iter().filter(|begun| *begun).count())
}

/// `false` where somebody else was faster, or the event is gone.
async fn restart_one(call: &Call<'_>, delivery: &Delivery, hops: u8) -> Result<bool, StoreError> {
    let (tenant, id) = (delivery.tenant, delivery.id);
    if !call
        .aws
        .events
        .extend_event_ttl(delivery.event_id, hops, call.now)
        .await?
    {
        return Ok(false);
    }
    let nonce = call.aws.random.nonce();
    let restarted =
        call.aws
            .deliveries
            .restart(tenant, id, RestartCondition::IfFailed, call.now, &nonce);
    match restarted.await? {
        RestartOutcome::Restarted(restarted) => {
            send(call, &restarted).await;
            Ok(true)
        }
        RestartOutcome::Busy | RestartOutcome::NotFound => Ok(false),
    }
}
