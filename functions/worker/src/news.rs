//! Who wants to be told of an execution, and passing on that there is something to tell. What is told to whom, and how,
//! `deliver` knows.

use std::time::Duration;

use domain::Execution;
use domain::outbound::LifecycleInterest;
use store::{AwsContext, Message, StoreError};

/// Asked anew at every claim, so that a subscription counts as soon as it is made. Where the answer does not come,
/// everything counts as watched: `deliver` asks again, and crosses off what nobody wants.
pub(crate) async fn watched(aws: &AwsContext, execution: &Execution) -> LifecycleInterest {
    match try_watched(aws, execution).await {
        Ok(watched) => watched,
        Err(error) => {
            tracing::warn!(%error, "who subscribes is not known; everything counts as watched");
            LifecycleInterest::EVERYTHING
        }
    }
}

/// The workflow's slug is looked up only where it decides.
async fn try_watched(
    aws: &AwsContext,
    execution: &Execution,
) -> Result<LifecycleInterest, StoreError> {
    let (tenant, workflow_id) = (execution.tenant, execution.workflow_id);
    let records = aws.subscriptions.list(tenant).await?;
    let subscriptions = records.iter().map(|record| &record.subscription);
    let to_any_slug = subscriptions.clone().filter(|one| one.slug.is_none());
    let at_least = LifecycleInterest::of(workflow_id, None, to_any_slug);
    let at_most = LifecycleInterest::of(workflow_id, None, subscriptions.clone());
    if at_least == at_most {
        return Ok(at_most);
    }
    let workflow = aws.workflows.find_with_deleted(tenant, workflow_id).await?;
    let slug = workflow.as_ref().map(|workflow| workflow.slug.as_str());
    Ok(LifecycleInterest::of(workflow_id, slug, subscriptions))
}

/// A message that is not sent is not lost: the execution is due, and found by that.
pub(crate) async fn announce(aws: &AwsContext, execution: &Execution) {
    let message = Message::Announce {
        execution_id: execution.id,
    };
    let org = execution.tenant.org;
    aws.delivery_queue
        .send_or_leave_to_sweep(message, org, Duration::ZERO)
        .await;
}
