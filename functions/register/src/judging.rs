//! Whether a subscription could be, as far as its text does not tell: who may be called, what was declared, whose the
//! workflows are. It does not know which API asks.

use api::resources::subscription;
use domain::WorkflowId;
use domain::outbound::{EventType, Subscription};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use crate::Call;
use crate::failure::Failure;

/// Reads under way at once.
const CONCURRENT_READS: usize = 16;

/// Refuses what is new in it and cannot be: a URL that deliveries may not go to, a type that nobody declared, another's
/// workflow. What was accepted once stays.
pub(crate) async fn judge(
    call: &Call<'_>,
    new: &Subscription,
    old: Option<&Subscription>,
) -> Result<(), Failure> {
    for (at, event) in new.events.iter().enumerate() {
        let is_old = old.is_some_and(|old| old.events.contains(event));
        if let (EventType::Declared(name), false) = (event, is_old) {
            let found = call.aws.event_types.find(call.caller.tenant, name).await?;
            found.ok_or_else(|| subscription::undeclared(at, name.as_str()))?;
        }
    }
    let is_new = |id: &WorkflowId| old.is_none_or(|old| !old.workflow_ids.contains(id));
    let added = new.workflow_ids.iter().enumerate();
    let checks: Vec<_> = added
        .filter(|(_, id)| is_new(id))
        .map(|(at, id)| owned(call, at, *id))
        .collect();
    stream::iter(checks)
        .buffered(CONCURRENT_READS)
        .try_collect::<()>()
        .await?;
    if old.is_none_or(|old| old.url != new.url) {
        let checked = call.receivers.check(&new.url).await;
        checked.map_err(|refused| subscription::url_refused(&refused.to_string()))?;
    }
    Ok(())
}

async fn owned(call: &Call<'_>, at: usize, id: WorkflowId) -> Result<(), Failure> {
    let found = call.aws.workflows.find(call.caller.tenant, id).await?;
    found
        .map(drop)
        .ok_or_else(|| subscription::no_workflow(at).into())
}
