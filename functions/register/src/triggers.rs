//! `/v1/workflows/{workflowId}/triggers`: create, list, show, delete.

use api::page::Page;
use api::resources::trigger;
use api::{Problem, answer, idempotency};
use domain::limits::MAX_TRIGGERS;
use domain::{Fingerprint, Secret, TokenHashes, Trigger, TriggerId, WorkflowId};
use http_function::Failure;
use lambda_http::{Body, Response};
use store::InsertOutcome;

use crate::RequestContext;
use crate::authentication::{AuthenticationChange, change_authentication};

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

/// Creates a trigger. Two requests at once may exceed the limit by one; it need not be exact.
pub(crate) async fn create(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let workflow = workflow_id(context)?;
    check_owner(context, workflow).await?;
    let draft = trigger::create(context.inbound)?;
    let collection = format!("workflows/{workflow}/triggers");
    let id = match context.idempotency_scope(&collection)? {
        Some(scope) => TriggerId::derived(&[&scope]),
        None => TriggerId::random(context.now, context.aws.random.u128()),
    };
    let known = context.aws.triggers.list(workflow).await?;
    if known.len() >= MAX_TRIGGERS && known.iter().all(|trigger| trigger.id != id) {
        return Err(trigger::too_many().into());
    }
    let token = Secret::from_random(context.aws.random.bytes32());
    let AuthenticationChange {
        authentication,
        new_secret,
    } = change_authentication(context, id, draft.authentication, None).await?;
    let (tenant, hashes) = (context.caller.tenant, TokenHashes::new(token.hash()));
    let trigger = Trigger {
        enabled: draft.enabled,
        ip_allow_list: draft.ip_allow_list,
        methods: draft.methods,
        authentication,
        ..Trigger::new(id, workflow, tenant, hashes, context.now)
    };
    let fingerprint = Fingerprint::of(&draft.body);
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
        InsertOutcome::KeyReused | InsertOutcome::SlugTaken => Err(idempotency::reused().into()),
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

pub(crate) async fn show(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let found = find(context).await?;
    Ok(answer::ok(&trigger::view(&found)))
}

pub(crate) async fn delete(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let found = find(context).await?;
    context.aws.triggers.delete(&found).await?;
    Ok(answer::no_content())
}
