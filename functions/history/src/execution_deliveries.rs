//! The deliveries of an execution's lifecycle events. The ids of events and deliveries are derived, so no index is
//! read.

use domain::outbound::{Delivery, Event, LifecycleEvent};
use domain::{DeliveryId, Execution, Status};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use store::StoreError;

use crate::RequestContext;

/// Reads that run at once.
const CONCURRENT_READS: usize = 16;

/// The deliveries of an execution, the oldest first: to every subscription that existed at any time since the execution
/// was created. Without subscriptions, nothing is read.
pub(crate) async fn execution_deliveries(
    context: &RequestContext<'_>,
    execution: &Execution,
) -> Result<Vec<Delivery>, StoreError> {
    let subscriptions = context
        .aws
        .subscriptions
        .ids_since(execution.tenant, execution.created_at);
    let events = lifecycle_events(execution);
    let ids: Vec<DeliveryId> = subscriptions
        .await?
        .into_iter()
        .flat_map(|subscription| {
            let event =
                move |lifecycle_event: &LifecycleEvent| Event::id_of(execution, *lifecycle_event);
            events
                .iter()
                .map(move |lifecycle_event| Delivery::id_for(event(lifecycle_event), subscription))
        })
        .collect();
    let mut found: Vec<Delivery> = stream::iter(ids)
        .map(|id| context.aws.deliveries.find(id, context.now))
        .buffer_unordered(CONCURRENT_READS)
        .try_filter_map(async |delivery| Ok(delivery))
        .try_collect()
        .await?;
    found.sort_unstable_by_key(|delivery| (delivery.created_at, delivery.id));
    Ok(found)
}

/// The lifecycle events that the execution has had so far.
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
