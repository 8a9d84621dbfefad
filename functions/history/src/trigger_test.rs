//! `POST /v1/workflows/{workflowId}/triggers/{triggerId}/test`: runs the workflow with the trigger's sample, never with an
//! earlier request. It runs whether trigger and workflow are active or not: this is how they are tried out. The rate
//! limit applies as for a webhook.

use api::resources::{execution, trigger};
use api::{Problem, hops, idempotency};
use domain::{
    ExecutionId, Fingerprint, InvalidEvent, Sample, Trigger, TriggerId, WebhookRequest, WorkflowId,
};
use http_function::Failure;
use lambda_http::{Body, Response};
use store::{InitialStatus, NewExecution, TokenOutcome};

use crate::RequestContext;
use crate::replay::{answered, record, take_token};

pub(crate) async fn run_test(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let (tenant, aws) = (context.caller.tenant, context.aws);
    let workflow = context.path_id("workflowId", WorkflowId::parse)?;
    let id = context.path_id("triggerId", TriggerId::parse)?;
    let hops = hops::checked_hops(context.inbound)?;
    let body = execution::test(context.inbound)?;
    let key = idempotency::key(context.inbound)?;
    let workflow = aws.workflows.find(tenant, workflow).await?;
    let workflow = workflow.ok_or_else(Problem::not_found)?;
    let trigger = aws.triggers.find(workflow.id, id).await?;
    let trigger = trigger.ok_or_else(Problem::not_found)?;
    let sample = aws.samples.find(&trigger).await?;
    let sample = sample.ok_or_else(trigger::no_sample)?;
    let request = test_request(context, &trigger, sample)?.after_hops(hops);
    let receipt = match take_token(context, &workflow).await? {
        TokenOutcome::Taken(receipt) => receipt,
        TokenOutcome::Empty { retry_after_ms } | TokenOutcome::DaySpent { retry_after_ms } => {
            return Err(Problem::rate_limited(retry_after_ms).into());
        }
    };
    let derived = key.map(|key| {
        let scope = key.scoped(tenant, &format!("triggers/{id}/test"));
        ExecutionId::derived(&[&scope])
    });
    let random = || ExecutionId::random(context.now, aws.random.u128());
    let new = NewExecution {
        id: derived.unwrap_or_else(random),
        tenant,
        workflow_id: workflow.id,
        workflow_version: workflow.version,
        trigger_id: trigger.id,
        delivery_id: None,
        parent_id: None,
        is_test: true,
        is_edited: false,
        fingerprint: Some(&Fingerprint::of(&body)),
        request: &request,
        initial_status: InitialStatus::Queued,
        credits: aws.orgs.credit_account(&workflow, context.now).await?,
    };
    let recorded = record(context, &new, receipt).await?;
    answered(&new, &recorded)
}

/// The sample as if it came now, read with the parameters that the trigger has now.
fn test_request(
    context: &RequestContext<'_>,
    trigger: &Trigger,
    sample: Sample,
) -> Result<WebhookRequest, Problem> {
    let mut request = sample.request;
    request.received_at = context.now;
    let parameters = domain::read_parameters(&request, &trigger.parameters);
    request.parameters = parameters.map_err(|error| match error {
        InvalidEvent::Parameters(missing) => Problem::missing_parameters(&missing),
        // It was read when the sample was made.
        InvalidEvent::Body(_) => Problem::internal(),
    })?;
    Ok(request)
}
