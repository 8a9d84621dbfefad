//! Which lifecycle events of an execution have subscribers, and the message that has `deliver` make those events. What an
//! event holds and who receives it, `deliver` knows.

use std::time::Duration;

use domain::Execution;
use domain::outbound::LifecycleInterest;
use store::{AwsContext, Message, StoreError};

/// The lifecycle events that have subscribers. Asked at every claim, so that a new subscription counts at once. Where it
/// cannot be read, every event is assumed to have subscribers: `deliver` reads them again.
pub(crate) async fn watched(aws: &AwsContext, execution: &Execution) -> LifecycleInterest {
    match try_watched(aws, execution).await {
        Ok(watched) => watched,
        Err(error) => {
            tracing::warn!(%error, "subscriptions could not be read; every lifecycle event is assumed to have subscribers");
            LifecycleInterest::EVERYTHING
        }
    }
}

/// Reads the workflow's slug only where the answer depends on it.
async fn try_watched(
    aws: &AwsContext,
    execution: &Execution,
) -> Result<LifecycleInterest, StoreError> {
    let (tenant, workflow_id) = (execution.tenant, execution.workflow_id);
    let watches = aws.subscriptions.watches.of(tenant, aws.now()).await?;
    let of_any_slug = watches.iter().filter(|watch| watch.is_of_any_slug());
    let at_least = LifecycleInterest::of(workflow_id, None, of_any_slug);
    let at_most = LifecycleInterest::of(workflow_id, None, watches.iter());
    if at_least == at_most {
        return Ok(at_most);
    }
    let workflow = aws.workflows.find_with_deleted(tenant, workflow_id).await?;
    let slug = workflow.as_ref().map(|workflow| workflow.slug.as_str());
    Ok(LifecycleInterest::of(workflow_id, slug, watches.iter()))
}

/// Asks `deliver` to make the events that the execution's record marks as pending. If the message is lost, the record is
/// due all the same, and the sweep sends it again.
pub(crate) async fn announce(aws: &AwsContext, execution: &Execution) {
    let message = Message::Announce {
        execution_id: execution.id,
    };
    let org = execution.tenant.org;
    aws.delivery_queue
        .send_or_leave_to_sweep(message, org, Duration::ZERO)
        .await;
}
