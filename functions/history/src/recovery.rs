//! `POST /v1/subscriptions/{id}/recover`: everything that a subscription did not get in some time, once more.

use api::resources::subscription::{self, Recovery};
use api::{Problem, answer, page};
use aws::{DeliveryQuery, Restarted, StoreError};
use domain::SubscriptionId;
use domain::outbound::Delivery;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use lambda_http::{Body, Response};

use crate::Call;
use crate::deliveries::{place, position, send};
use crate::failure::Failure;

/// Deliveries that are begun anew side by side.
const CONCURRENT: usize = 16;

/// One page of what failed; the cursor leads to the rest. A delivery that is begun anew keeps its place, so pages stay what
/// they are, and whoever repeats one begins nothing twice.
pub(crate) async fn recover(call: &Call<'_>, id: &str) -> Result<Response<Body>, Failure> {
    let asked = subscription::recovery(call.inbound)?;
    let id = SubscriptionId::parse(id).map_err(|_| Problem::not_found())?;
    let found = call.aws.config.subscription(call.caller.tenant, id).await?;
    let found = found.ok_or_else(Problem::not_found)?;
    if !found.subscription.is_enabled() {
        return Err(subscription::disabled().into());
    }
    let page = call.aws.runs.deliveries(&query(call, id, asked)).await?;
    let failed: Vec<_> = page
        .deliveries
        .iter()
        .filter(|delivery| delivery.has_failed())
        .map(|delivery| restart(call, delivery))
        .collect();
    let begun: Vec<bool> = stream::iter(failed)
        .buffer_unordered(CONCURRENT)
        .try_collect()
        .await?;
    let begun = begun.into_iter().filter(|begun| *begun).count();
    let next = page.next.map(|position| page::cursor(&place(position)));
    Ok(answer::ok(&subscription::recovered(begun, next)))
}

fn query(call: &Call<'_>, id: SubscriptionId, asked: Recovery) -> DeliveryQuery {
    DeliveryQuery {
        tenant: call.caller.tenant,
        subscriptions: vec![id],
        // Two of the four states count as failed, so they are told apart here.
        status: None,
        event: None,
        event_type: None,
        since: Some(asked.since),
        until: asked.until,
        before: asked.paging.after.map(position),
        limit: asked.paging.limit,
        now: call.now,
    }
}

/// `false` where somebody else was faster.
async fn restart(call: &Call<'_>, delivery: &Delivery) -> Result<bool, StoreError> {
    let runs = &call.aws.runs;
    let nonce = call.aws.random.nonce();
    let restarted = runs.restart_delivery(delivery.tenant, delivery.id, call.now, &nonce);
    match restarted.await? {
        Restarted::Done(restarted) => {
            send(call, &restarted).await;
            Ok(true)
        }
        Restarted::Busy | Restarted::NotFound => Ok(false),
    }
}
