//! `GET /v1/workflows?webhook=…`: the workflow of a webhook URL.

use api::resources::workflow::WebhookReference;
use domain::{Secret, Workflow};
use http_function::Failure;

use crate::RequestContext;

/// The caller's workflow that a webhook triggers, if there is one.
pub(crate) async fn find_workflow(
    context: &RequestContext<'_>,
    webhook: &WebhookReference,
) -> Result<Option<Workflow>, Failure> {
    let (tenant, workflows) = (context.caller.tenant, &context.aws.workflows);
    Ok(match webhook {
        WebhookReference::Workflow(id) => workflows.find(tenant, *id).await?,
        WebhookReference::Trigger(id) => workflows.find_of_trigger(tenant, *id).await?,
        WebhookReference::HookId(hook_id) => find_of_hook_id(context, hook_id).await?,
    })
}

/// The look-up of a hook id outlives its workflow, so the trigger has to accept it still.
async fn find_of_hook_id(
    context: &RequestContext<'_>,
    hook_id: &Secret,
) -> Result<Option<Workflow>, Failure> {
    let (aws, hash) = (context.aws, hook_id.hash());
    let Some(target) = aws.hook_ids.find(&hash).await? else {
        return Ok(None);
    };
    let tenant = context.caller.tenant;
    let workflow = aws.workflows.find(tenant, target.workflow_id).await?;
    let Some(workflow) = workflow else {
        return Ok(None);
    };
    let trigger = aws.triggers.find(workflow.id, target.trigger_id).await?;
    let accepts = trigger.is_some_and(|trigger| trigger.token.accept(&hash, context.now));
    Ok(accepts.then_some(workflow))
}
