//! `/v1/workflows`: create, list, show.

use api::page::Page;
use api::resources::workflow::{self, Draft};
use api::{Problem, answer, idempotency};
use domain::limits::MAX_WORKFLOWS;
use domain::{Fingerprint, Slug, Workflow, WorkflowId};
use http_function::Failure;
use lambda_http::{Body, Response};
use serde_json::Value;
use store::InsertOutcome;

use crate::{RequestContext, definition};

/// The id in the path.
pub(crate) fn id(context: &RequestContext<'_>) -> Result<WorkflowId, Problem> {
    context.path_id("workflowId", WorkflowId::parse)
}

/// The workflow with this id, if it belongs to the caller's tenant.
pub(crate) async fn find(
    context: &RequestContext<'_>,
    id: WorkflowId,
) -> Result<Workflow, Failure> {
    let found = context
        .aws
        .workflows
        .find(context.caller.tenant, id)
        .await?;
    found.ok_or_else(|| Problem::not_found().into())
}

/// The definition that new executions of the workflow run.
pub(crate) async fn current_definition(
    context: &RequestContext<'_>,
    workflow: &Workflow,
) -> Result<Value, Failure> {
    let found = context
        .aws
        .workflows
        .definition(workflow.id, workflow.version)
        .await?;
    found.ok_or_else(|| {
        tracing::error!(
            workflow = %workflow.id,
            "the definition of a workflow is missing in the table; the request failed"
        );
        Problem::internal().into()
    })
}

/// Creates a workflow. Two requests at once may exceed the limit by one; it need not be exact.
pub(crate) async fn create(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let draft = workflow::create(context.inbound)?;
    let fingerprint = Fingerprint::of(&draft.body);
    let id = match context.idempotency_scope("workflows")? {
        Some(scope) => WorkflowId::derived(&[&scope]),
        None => WorkflowId::random(context.now, context.aws.random.u128()),
    };
    let (workflow, definition) = first_version(context, id, draft)?;
    check_limit(context, id).await?;
    match context
        .aws
        .workflows
        .create(&workflow, &definition, &fingerprint)
        .await?
    {
        InsertOutcome::New(created) => Ok(answer::created(
            &workflow::location(&created),
            &workflow::view(&created, &definition),
        )),
        InsertOutcome::Repeat(first) => {
            let definition = current_definition(context, &first).await?;
            let view = workflow::view(&first, &definition);
            Ok(answer::repeated(&workflow::location(&first), &view))
        }
        InsertOutcome::KeyReused => Err(idempotency::reused().into()),
        InsertOutcome::SlugTaken => Err(workflow::slug_taken(&workflow.slug).into()),
    }
}

/// Refuses a new workflow of a tenant that has as many as it may; a repeat of the request that created one is not new.
async fn check_limit(context: &RequestContext<'_>, id: WorkflowId) -> Result<(), Failure> {
    let tenant = context.caller.tenant;
    let known = context
        .aws
        .workflows
        .list(tenant, None, MAX_WORKFLOWS)
        .await?;
    if known.len() >= MAX_WORKFLOWS && known.iter().all(|known| known.id != id) {
        return Err(workflow::too_many().into());
    }
    Ok(())
}

fn first_version(
    context: &RequestContext<'_>,
    id: WorkflowId,
    draft: Draft,
) -> Result<(Workflow, Value), Problem> {
    let definition = draft
        .definition
        .map(definition::check_definition)
        .transpose()?;
    let slug = draft
        .slug
        .unwrap_or_else(|| Slug::from_name(&draft.name, id));
    let workflow = Workflow {
        id,
        tenant: context.caller.tenant,
        name: draft.name,
        slug,
        active: draft.active,
        version: 1,
        rate_limit: draft.rate_limit,
        created_at: context.now,
        updated_at: context.now,
        deleted: false,
        revision: 1,
    };
    Ok((workflow, definition.unwrap_or_default()))
}

pub(crate) async fn list(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let paging = workflow::paging(context.inbound)?;
    let after = paging.after.as_ref();
    // One more than the page holds tells whether there is a next page.
    let mut found = context
        .aws
        .workflows
        .list(context.caller.tenant, after, paging.limit + 1)
        .await?;
    let has_more = found.len() > paging.limit;
    found.truncate(paging.limit);
    let next = found.last().filter(|_| has_more);
    let next = next.map(|last| last.slug.clone());
    let page = Page::of_items(
        &found,
        next,
        |workflow| workflow.slug.clone(),
        workflow::listed,
    );
    Ok(answer::list(page))
}

pub(crate) async fn show(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let id = id(context)?;
    let found = find(context, id).await?;
    let definition = current_definition(context, &found).await?;
    Ok(answer::ok(&workflow::view(&found, &definition)))
}
