//! Checks what the fields of a subscription refer to: its URL, its event types, its workflows. It does not know which
//! profile a request has.

use api::resources::subscription;
use domain::WorkflowId;
use domain::outbound::{EventType, Subscription};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use http_function::Failure;

use crate::RequestContext;

/// Reads that run at once.
const CONCURRENT_READS: usize = 16;

/// Refuses a new URL that deliveries may not go to, a new event type that is not declared, and a new workflow that does
/// not belong to the tenant. What the old subscription refers to already is not checked again.
pub(crate) async fn validate_references(
    context: &RequestContext<'_>,
    new: &Subscription,
    old: Option<&Subscription>,
) -> Result<(), Failure> {
    for (index, event) in new.events.iter().enumerate() {
        let is_old = old.is_some_and(|old| old.events.contains(event));
        if let (EventType::Declared(name), false) = (event, is_old) {
            let found = context
                .aws
                .event_types
                .find(context.caller.tenant, name)
                .await?;
            found.ok_or_else(|| subscription::undeclared(index, name.as_str()))?;
        }
    }
    let is_new = |id: &WorkflowId| old.is_none_or(|old| !old.workflow_ids.contains(id));
    let added = new.workflow_ids.iter().enumerate();
    let checks: Vec<_> = added
        .filter(|(_, id)| is_new(id))
        .map(|(index, id)| check_workflow(context, index, *id))
        .collect();
    stream::iter(checks)
        .buffered(CONCURRENT_READS)
        .try_collect::<()>()
        .await?;
    if old.is_none_or(|old| old.url != new.url) {
        let checked = context.app.receivers.check(&new.url).await;
        checked.map_err(|refused| subscription::url_refused(&refused.to_string()))?;
    }
    Ok(())
}

async fn check_workflow(
    context: &RequestContext<'_>,
    index: usize,
    id: WorkflowId,
) -> Result<(), Failure> {
    let found = context
        .aws
        .workflows
        .find(context.caller.tenant, id)
        .await?;
    found
        .map(drop)
        .ok_or_else(|| subscription::no_workflow(index).into())
}
