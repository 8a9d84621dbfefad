//! `/v1/deliveries`: what was sent to whom, with its attempts; and one of them again.

use std::time::Duration;

use api::resources::delivery::{self, Filter, Place};
use api::{Problem, answer, hops, page};
use domain::outbound::Delivery;
use domain::{Cursor, DeliveryId, SubscriptionId};
use lambda_http::{Body, Response};
use store::{DeliveryQuery, DeliveryStates, Message, RestartCondition, RestartOutcome};

use crate::failure::Failure;
use crate::{Call, method_not_allowed};

pub(crate) async fn route(
    call: &Call<'_>,
    method: &str,
    path: &[&str],
) -> Result<Response<Body>, Failure> {
    match (path, method) {
        ([], "GET") => list(call).await,
        ([], _) => method_not_allowed("GET"),
        ([id], "GET") => show(call, parse(id)?).await,
        ([_], _) => method_not_allowed("GET"),
        ([id, "retry"], "POST") => retry(call, parse(id)?).await,
        ([_, "retry"], _) => method_not_allowed("POST"),
        _ => Err(Problem::not_found().into()),
    }
}

fn parse(id: &str) -> Result<DeliveryId, Problem> {
    DeliveryId::parse(id).map_err(|_| Problem::not_found())
}

async fn list(call: &Call<'_>) -> Result<Response<Body>, Failure> {
    let filter = delivery::filter(call.inbound)?;
    let subscriptions = subscriptions(call, &filter).await?;
    let query = query(call, filter, subscriptions);
    let found = call.aws.delivery_history.list(&query).await?;
    let next = found.next.map(|position| page::cursor(&place(position)));
    let items = found.deliveries.iter().map(delivery::listed).collect();
    Ok(answer::list(items, next))
}

/// The subscription that is asked for, or all of the caller's; deleted ones have deliveries, too, for as long as those are
/// kept.
async fn subscriptions(call: &Call<'_>, filter: &Filter) -> Result<Vec<SubscriptionId>, Failure> {
    let (subscriptions, tenant) = (&call.aws.subscriptions, call.caller.tenant);
    let kept_since = call.aws.deliveries.kept_since(call.now);
    let Some(asked) = filter.subscription else {
        let since = filter
            .since
            .map_or(kept_since, |since| since.max(kept_since));
        return Ok(subscriptions.ids_since(tenant, since).await?);
    };
    let known = subscriptions.ids_since(tenant, kept_since).await?;
    if known.contains(&asked) {
        Ok(vec![asked])
    } else {
        Err(Problem::not_found().into())
    }
}

fn query(call: &Call<'_>, filter: Filter, subscriptions: Vec<SubscriptionId>) -> DeliveryQuery {
    DeliveryQuery {
        tenant: call.caller.tenant,
        subscriptions,
        states: filter
            .status
            .map_or(DeliveryStates::Any, DeliveryStates::Only),
        event: filter.event,
        event_type: filter.event_type,
        since: filter.since,
        until: filter.until,
        before: filter.paging.after.map(position),
        limit: filter.paging.limit,
        now: call.now,
    }
}

pub(crate) fn place(position: Cursor<DeliveryId>) -> Place {
    Place {
        created_at: position.created_at,
        id: position.id,
    }
}

pub(crate) fn position(place: Place) -> Cursor<DeliveryId> {
    Cursor {
        created_at: place.created_at,
        id: place.id,
    }
}

async fn show(call: &Call<'_>, id: DeliveryId) -> Result<Response<Body>, Failure> {
    let found = call.aws.deliveries.detail(call.caller.tenant, id, call.now);
    let (delivery, attempts) = found.await?.ok_or_else(Problem::not_found)?;
    Ok(answer::ok(&delivery::view(&delivery, &attempts)))
}

/// Begins its schedule anew, wherever it stands: what was delivered is sent once more, too.
async fn retry(call: &Call<'_>, id: DeliveryId) -> Result<Response<Body>, Failure> {
    let hops = hops::counted(call.inbound)?;
    let tenant = call.caller.tenant;
    let found = call.aws.deliveries.detail(tenant, id, call.now).await?;
    let (found, attempts) = found.ok_or_else(Problem::not_found)?;
    let subscription = call
        .aws
        .subscriptions
        .find(tenant, found.subscription_id)
        .await?;
    let subscription = subscription.ok_or_else(delivery::subscription_gone)?;
    if !subscription.subscription.is_enabled() {
        return Err(api::resources::subscription::disabled().into());
    }
    if !call
        .aws
        .events
        .extend_event_ttl(found.event_id, hops, call.now)
        .await?
    {
        return Err(delivery::event_gone().into());
    }
    let nonce = call.aws.random.nonce();
    let restarted =
        call.aws
            .deliveries
            .restart(tenant, id, RestartCondition::Any, call.now, &nonce);
    match restarted.await? {
        RestartOutcome::Restarted(restarted) => {
            send(call, &restarted).await;
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

/// A message that is not sent is not lost: the delivery is due, and found by that.
pub(crate) async fn send(call: &Call<'_>, delivery: &Delivery) {
    let message = Message::Deliver {
        delivery_id: delivery.id,
    };
    let queue = &call.aws.delivery_queue;
    queue
        .send_or_leave_to_sweep(message, delivery.subscription_id, Duration::ZERO)
        .await;
}
