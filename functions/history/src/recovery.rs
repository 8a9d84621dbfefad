//! `POST /v1/subscriptions/{subscriptionId}/recover`: restarts the failed deliveries of a subscription in a range of
//! time.

use api::page::write_cursor;
use api::resources::subscription::{self, RecoverRequest};
use api::{Problem, answer, hops};
use domain::SubscriptionId;
use domain::outbound::Delivery;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use http_function::Failure;
use lambda_http::{Body, Response};
use store::{DeliveryQuery, DeliveryStates, RestartCondition, RestartOutcome, StoreError};

use crate::RequestContext;
use crate::deliveries::{cursor_of, enqueue};

/// Deliveries that are restarted at once.
const CONCURRENT_RESTARTS: usize = 16;
/// Failed deliveries that are read at a time.
const PAGE_ITEMS: usize = 100;
/// A request that has taken this long reads no further page, so that it ends before API Gateway's time-out of 30 s.
const BUDGET_MS: i64 = 10_000;

/// Restarts failed deliveries page by page, up to the limit or until the time is up; the cursor of the answer leads to
/// the rest. A restarted delivery keeps its position in the list and is not failed any more, so a repeated request
/// restarts nothing twice.
pub(crate) async fn recover(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let hops = hops::checked_hops(context.inbound)?;
    let request = subscription::recover(context.inbound)?;
    let id = context.path_id("subscriptionId", SubscriptionId::parse)?;
    let found = context
        .aws
        .subscriptions
        .find(context.caller.tenant, id)
        .await?;
    let found = found.ok_or_else(Problem::not_found)?;
    if !found.subscription.is_enabled() {
        return Err(subscription::disabled().into());
    }
    let limit = request.paging.limit;
    let mut query = query(context, id, request);
    let mut restarted = 0;
    loop {
        let page = context.aws.delivery_history.list(&query).await?;
        let count = page.deliveries.len().min(limit - restarted);
        let (taken, rest) = page.deliveries.split_at(count);
        restarted += restart_all(context, taken, hops).await?;
        query.before = match taken.last() {
            Some(last) if !rest.is_empty() => Some(cursor_of(last)),
            Some(_) | None => page.next,
        };
        let is_late = context.aws.now().millis_since(context.now) >= BUDGET_MS;
        if query.before.is_none() || restarted >= limit || is_late {
            break;
        }
    }
    let next = query.before.as_ref().map(write_cursor);
    Ok(answer::ok(&subscription::recovery_view(restarted, next)))
}

fn query(
    context: &RequestContext<'_>,
    id: SubscriptionId,
    request: RecoverRequest,
) -> DeliveryQuery {
    DeliveryQuery {
        tenant: context.caller.tenant,
        subscriptions: vec![id],
        states: DeliveryStates::Failed,
        event: None,
        event_type: None,
        since: Some(request.since),
        until: request.until,
        before: request.paging.after,
        limit: PAGE_ITEMS,
        now: context.now,
    }
}

/// Restarts deliveries side by side; returns how many were restarted.
async fn restart_all(
    context: &RequestContext<'_>,
    failed: &[Delivery],
    hops: u8,
) -> Result<usize, StoreError> {
    let restarts: Vec<_> = failed
        .iter()
        .map(|delivery| restart_one(context, delivery, hops))
        .collect();
    let restarted: Vec<bool> = stream::iter(restarts)
        .buffer_unordered(CONCURRENT_RESTARTS)
        .try_collect()
        .await?;
    Ok(restarted.into_iter().filter(|done| *done).count())
}

/// Whether the delivery was restarted: not where another request restarted it, or its event has expired.
async fn restart_one(
    context: &RequestContext<'_>,
    delivery: &Delivery,
    hops: u8,
) -> Result<bool, StoreError> {
    let (tenant, id) = (delivery.tenant, delivery.id);
    if !context
        .aws
        .events
        .extend_event_ttl(delivery.event_id, hops, context.now)
        .await?
    {
        return Ok(false);
    }
    let nonce = context.aws.random.nonce();
    let restarted =
        context
            .aws
            .deliveries
            .restart(tenant, id, RestartCondition::IfFailed, context.now, &nonce);
    match restarted.await? {
        RestartOutcome::Restarted(restarted) => {
            enqueue(context, &restarted).await;
            Ok(true)
        }
        RestartOutcome::Busy | RestartOutcome::NotFound => Ok(false),
    }
}
