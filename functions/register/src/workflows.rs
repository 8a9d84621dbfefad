//! `/v1/workflows`: create, list, show.

use api::page::Page;
use api::resources::workflow::{self, Draft};
use api::{Problem, answer, idempotency};
use domain::limits::MAX_WORKFLOWS;
use domain::{Fingerprint, Org, Slug, Workflow, WorkflowId};
use http_function::Failure;
use lambda_http::{Body, Response};
use serde_json::Value;
use store::WorkflowCreation;

use crate::workflow_changes::CHANGE_ATTEMPTS;
use crate::{RequestContext, definition, webhook_lookup};

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

/// The caller's org, as it is now.
pub(crate) async fn org(context: &RequestContext<'_>) -> Result<Org, Failure> {
    let record = context.aws.orgs.find(context.caller.tenant.org).await?;
    Ok(record.org)
}

/// Creates a workflow. Two requests at once may exceed the limit by one; it need not be exact, but that of active
/// workflows is.
pub(crate) async fn create(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let mut org = org(context).await?;
    let draft = workflow::create(context.inbound, org.limits.default_rate_limit)?;
    let fingerprint = Fingerprint::of(&draft.body);
    let id = match context.idempotency_scope("workflows")? {
        Some(scope) => WorkflowId::derived(&[&scope]),
        None => WorkflowId::random(context.now, context.aws.random.u128()),
    };
    let (mut workflow, definition) = first_version(context, id, draft).await?;
    check_limit(context, id).await?;
    for _ in 0..CHANGE_ATTEMPTS {
        workflow.has_org_limits = org.limits.apply_to_executions();
        let workflows = &context.aws.workflows;
        let created = workflows.create(&org, &workflow, &definition, &fingerprint);
        match created.await? {
            WorkflowCreation::OrgChanged => org = self::org(context).await?,
            created => return answer_created(context, created, &workflow, &definition).await,
        }
    }
    Err(workflow::conflict().into())
}

async fn answer_created(
    context: &RequestContext<'_>,
    created: WorkflowCreation,
    asked: &Workflow,
    definition: &Value,
) -> Result<Response<Body>, Failure> {
    match created {
        WorkflowCreation::New(created) => Ok(answer::created(
            &workflow::location(&created),
            &workflow::view(&created, definition),
        )),
        WorkflowCreation::Repeat(first) => {
            let definition = current_definition(context, &first).await?;
            let view = workflow::view(&first, &definition);
            Ok(answer::repeated(&workflow::location(&first), &view))
        }
        WorkflowCreation::KeyReused => Err(idempotency::reused().into()),
        WorkflowCreation::SlugTaken => Err(workflow::slug_taken(&asked.slug).into()),
        WorkflowCreation::PlanLimit { limit } => Err(workflow::plan_limit(limit).into()),
        WorkflowCreation::OrgChanged => Err(workflow::conflict().into()),
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

async fn first_version(
    context: &RequestContext<'_>,
    id: WorkflowId,
    draft: Draft,
) -> Result<(Workflow, Value), Problem> {
    let definition = match draft.definition {
        Some(document) => Some(definition::check_definition(document).await?),
        None => None,
    };
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
        has_org_limits: false,
        created_at: context.now,
        updated_at: context.now,
        deleted: false,
        revision: 1,
    };
    Ok((workflow, definition.unwrap_or_default()))
}

pub(crate) async fn list(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    if let Some(webhook) = workflow::webhook_reference(context.inbound)? {
        let found = webhook_lookup::find_workflow(context, &webhook).await?;
        let found = Vec::from_iter(found);
        let slug = |workflow: &Workflow| workflow.slug.clone();
        let page = Page::of_items(&found, None, slug, workflow::listed);
        return Ok(answer::list(page));
    }
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
