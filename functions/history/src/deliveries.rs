//! `/v1/deliveries`: list deliveries, show one with its attempts, retry one.

use std::time::Duration;

use api::page::Page;
use api::resources::delivery::{self, Filter};
use api::{Problem, answer, hops};
use domain::outbound::Delivery;
use domain::{Cursor, DeliveryId, SubscriptionId};
use http_function::Failure;
use lambda_http::{Body, Response};
use store::{DeliveryQuery, DeliveryStates, Message, RestartCondition, RestartOutcome};

use crate::RequestContext;

fn id(context: &RequestContext<'_>) -> Result<DeliveryId, Problem> {
    context.path_id("deliveryId", DeliveryId::parse)
}

pub(crate) async fn list(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let filter = delivery::filter(context.inbound)?;
    let subscriptions = subscriptions(context, &filter).await?;
    let query = query(context, filter, subscriptions);
    let found = context.aws.delivery_history.list(&query).await?;
    let page = Page::of_items(&found.deliveries, found.next, cursor_of, delivery::listed);
    Ok(answer::list(page))
}

/// The subscription of the filter, or all of the tenant's: also deleted ones, while their deliveries are kept.
async fn subscriptions(
    context: &RequestContext<'_>,
    filter: &Filter,
) -> Result<Vec<SubscriptionId>, Failure> {
    let tenant = context.caller.tenant;
    let kept_since = context.aws.deliveries.kept_since(context.now);
    let Some(requested) = filter.subscription else {
        let since = filter
            .since
            .map_or(kept_since, |since| since.max(kept_since));
        return Ok(context.aws.subscriptions.ids_since(tenant, since).await?);
    };
    let known = context
        .aws
        .subscriptions
        .ids_since(tenant, kept_since)
        .await?;
    if known.contains(&requested) {
        Ok(vec![requested])
    } else {
        Err(Problem::not_found().into())
    }
}

fn query(
    context: &RequestContext<'_>,
    filter: Filter,
    subscriptions: Vec<SubscriptionId>,
) -> DeliveryQuery {
    DeliveryQuery {
        tenant: context.caller.tenant,
        subscriptions,
        states: filter
            .status
            .map_or(DeliveryStates::Any, DeliveryStates::Only),
        event: filter.event,
        event_type: filter.event_type,
        since: filter.since,
        until: filter.until,
        before: filter.paging.after,
        limit: filter.paging.limit,
        now: context.now,
    }
}

/// The position of a delivery in the list.
pub(crate) fn cursor_of(delivery: &Delivery) -> Cursor<DeliveryId> {
    Cursor {
        created_at: delivery.created_at,
        id: delivery.id,
    }
}

pub(crate) async fn show(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let id = id(context)?;
    let found = context
        .aws
        .deliveries
        .detail(context.caller.tenant, id, context.now);
    let (delivery, attempts) = found.await?.ok_or_else(Problem::not_found)?;
    Ok(answer::ok(&delivery::view(&delivery, &attempts)))
}

/// Restarts the schedule of a delivery, whatever its status: a delivered one is sent again, too.
pub(crate) async fn retry(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let id = id(context)?;
    let hops = hops::checked_hops(context.inbound)?;
    let tenant = context.caller.tenant;
    let found = context
        .aws
        .deliveries
        .detail(tenant, id, context.now)
        .await?;
    let (found, attempts) = found.ok_or_else(Problem::not_found)?;
    let subscription = context
        .aws
        .subscriptions
        .find(tenant, found.subscription_id)
        .await?;
    let subscription = subscription.ok_or_else(delivery::subscription_gone)?;
    if !subscription.subscription.is_enabled() {
        return Err(api::resources::subscription::disabled().into());
    }
    if !context
        .aws
        .events
        .extend_event_ttl(found.event_id, hops, context.now)
        .await?
    {
        return Err(delivery::event_gone().into());
    }
    let nonce = context.aws.random.nonce();
    let restarted =
        context
            .aws
            .deliveries
            .restart(tenant, id, RestartCondition::Any, context.now, &nonce);
    match restarted.await? {
        RestartOutcome::Restarted(restarted) => {
            enqueue(context, &restarted).await;
            let location = delivery::location(id);
            Ok(answer::accepted(
                &location,
                &delivery::view(&restarted, &attempts),
            ))
        }
        RestartOutcome::Busy => Err(delivery::under_way().into()),
        RestartOutcome::NotFound => Err(Problem::not_found().into()),
    }
}

/// Sends the delivery to the queue. If that fails, the delivery is still due, and a sweep sends it.
pub(crate) async fn enqueue(context: &RequestContext<'_>, delivery: &Delivery) {
    let message = Message::Deliver {
        delivery_id: delivery.id,
    };
    let queue = &context.aws.delivery_queue;
    queue
        .send_or_leave_to_sweep(message, delivery.subscription_id, Duration::ZERO)
        .await;
}
