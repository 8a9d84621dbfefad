//! `/v1/workflows/{workflowId}/triggers`: create, list, delete.

use api::page::Page;
use api::resources::trigger;
use api::{Problem, answer, idempotency};
use domain::limits::MAX_TRIGGERS;
use domain::{Fingerprint, TokenHashes, Trigger, TriggerId, WorkflowId};
use http_function::Failure;
use lambda_http::{Body, Response};
use store::InsertOutcome;

use crate::RequestContext;
use crate::authentication::{AuthenticationChange, change_authentication};
use crate::expressions::check_response;
use crate::tokens::NewToken;
use crate::trigger_changes::with_settings;

fn workflow_id(context: &RequestContext<'_>) -> Result<WorkflowId, Problem> {
    context.path_id("workflowId", WorkflowId::parse)
}

/// Checks that the workflow belongs to the caller's tenant, and so do its triggers.
async fn check_owner(context: &RequestContext<'_>, workflow: WorkflowId) -> Result<(), Failure> {
    let found = context
        .aws
        .workflows
        .find(context.caller.tenant, workflow)
        .await?;
    found.map(drop).ok_or_else(|| Problem::not_found().into())
}

/// The trigger that the path names.
pub(crate) async fn find(context: &RequestContext<'_>) -> Result<Trigger, Failure> {
    let workflow = workflow_id(context)?;
    let id = context.path_id("triggerId", TriggerId::parse)?;
    check_owner(context, workflow).await?;
    let found = context.aws.triggers.find(workflow, id).await?;
    found.ok_or_else(|| Problem::not_found().into())
}

/// Counts a change that is written, so that no container goes on with the configuration of before.
pub(crate) async fn count_change(
    context: &RequestContext<'_>,
    workflow: WorkflowId,
) -> Result<(), Failure> {
    let (aws, buckets) = (context.aws, &context.aws.token_buckets);
    Ok(buckets
        .count_configuration_change(workflow, aws.now())
        .await?)
}

/// Creates a trigger. Two requests at once may exceed the limit by one; it need not be exact.
pub(crate) async fn create(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let workflow = workflow_id(context)?;
    check_owner(context, workflow).await?;
    let mut draft = trigger::create(context.inbound)?;
    check_response(&draft.response)?;
    let collection = format!("workflows/{workflow}/triggers");
    let id = match context.idempotency_scope(&collection)? {
        Some(scope) => TriggerId::derived(&[&scope]),
        None => TriggerId::random(context.now, context.aws.random.u128()),
    };
    let known = context.aws.triggers.list(workflow).await?;
    if known.len() >= MAX_TRIGGERS && known.iter().all(|trigger| trigger.id != id) {
        return Err(trigger::too_many().into());
    }
    let fingerprint = Fingerprint::of(&draft.body);
    let NewToken { token, sealed } = NewToken::make(context, id, draft.profile).await?;
    let AuthenticationChange {
        authentication,
        new_secret,
    } = change_authentication(context, id, draft.authentication.take(), None).await?;
    let hashes = TokenHashes::new(token.hash());
    let tenant = context.caller.tenant;
    let trigger = Trigger {
        sealed_token: Some(sealed),
        authentication,
        ..Trigger::new(id, workflow, tenant, hashes, context.now)
    };
    let trigger = with_settings(trigger, draft);
    match context.aws.triggers.create(&trigger, &fingerprint).await? {
        InsertOutcome::New(created) => {
            let view = trigger::view_with_url(&created, &token, context.base_url());
            let view = trigger::with_secret(view, new_secret.as_ref());
            Ok(answer::created(&trigger::location(&created), &view))
        }
        InsertOutcome::Repeat(first) => Ok(answer::repeated(
            &trigger::location(&first),
            &trigger::view(&first),
        )),
        InsertOutcome::KeyReused => Err(idempotency::reused().into()),
    }
}

pub(crate) async fn list(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let workflow = workflow_id(context)?;
    let paging = trigger::paging(context.inbound)?;
    check_owner(context, workflow).await?;
    let mut triggers = context.aws.triggers.list(workflow).await?;
    triggers.sort_unstable_by_key(|trigger| trigger.id);
    let page = Page::of_list(&triggers, &paging, |trigger| trigger.id, trigger::view);
    Ok(answer::list(page))
}

pub(crate) async fn delete(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let found = find(context).await?;
    context.aws.samples.delete(&found).await?;
    context.aws.triggers.delete(&found).await?;
    count_change(context, found.workflow_id).await?;
    Ok(answer::no_content())
}
