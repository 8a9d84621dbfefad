//! Whom an execution was told to. No index is asked: the ids of its events and of their deliveries are derived.

use domain::outbound::{Delivery, Event, LifecycleEvent};
use domain::{DeliveryId, Execution, Status};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use store::StoreError;

use crate::Call;

/// Reads under way at once.
const CONCURRENT_READS: usize = 16;

/// The deliveries, the oldest first: to subscriptions that are there, or were at any time since it was recorded. Nothing is
/// read where there is no subscription.
pub(crate) async fn deliveries(
    call: &Call<'_>,
    execution: &Execution,
) -> Result<Vec<Delivery>, StoreError> {
    let told = call
        .aws
        .subscriptions
        .ids_since(execution.tenant, execution.created_at);
    let happened = lifecycle_events(execution);
    let ids: Vec<DeliveryId> = told
        .await?
        .into_iter()
        .flat_map(|to| {
            let event =
                move |lifecycle_event: &LifecycleEvent| Event::id_of(execution, *lifecycle_event);
            happened
                .iter()
                .map(move |lifecycle_event| Delivery::id_for(event(lifecycle_event), to))
        })
        .collect();
    let mut found: Vec<Delivery> = stream::iter(ids)
        .map(|id| call.aws.deliveries.find(id, call.now))
        .buffer_unordered(CONCURRENT_READS)
        .try_filter_map(async |delivery| Ok(delivery))
        .try_collect()
        .await?;
    found.sort_unstable_by_key(|delivery| (delivery.created_at, delivery.id));
    Ok(found)
}

/// What it can have told of so far.
fn lifecycle_events(execution: &Execution) -> Vec<LifecycleEvent> {
    let end = match execution.status() {
        Status::Succeeded => Some(LifecycleEvent::Completed),
        Status::Failed => Some(LifecycleEvent::Failed),
        Status::Queued
        | Status::Running
        | Status::Waiting
        | Status::Cancelled
        | Status::Rejected => None,
    };
    let start = execution.started_at.map(|_| LifecycleEvent::Started);
    start.into_iter().chain(end).collect()
}
