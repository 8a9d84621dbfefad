//! `/v1/workflows`: create, list, show, change, activate, deactivate, delete.

use api::resources::workflow::{self, Draft};
use api::{Problem, answer, idempotency, page};
use domain::{Fingerprint, Slug, Workflow, WorkflowId};
use lambda_http::{Body, Response};
use serde_json::Value;
use store::{InsertOutcome, UpdateOutcome};

use crate::failure::Failure;
use crate::{Call, definition, method_not_allowed};

/// How often a change is applied anew when somebody else was faster.
pub(crate) const CHANGE_ATTEMPTS: usize = 5;

pub(crate) async fn route(
    call: &Call<'_>,
    method: &str,
    path: &[&str],
) -> Result<Response<Body>, Failure> {
    match (path, method) {
        ([], "POST") => create(call).await,
        ([], "GET") => list(call).await,
        ([], _) => method_not_allowed("GET, POST"),
        ([id], "GET") => show(call, parse(id)?).await,
        ([id], "PATCH") => patch(call, parse(id)?).await,
        ([id], "DELETE") => delete(call, parse(id)?).await,
        ([_], _) => method_not_allowed("GET, PATCH, DELETE"),
        ([id, "activate"], "POST") => switch(call, parse(id)?, true).await,
        ([id, "deactivate"], "POST") => switch(call, parse(id)?, false).await,
        ([_, "activate" | "deactivate"], _) => method_not_allowed("POST"),
        _ => Err(Problem::not_found().into()),
    }
}

fn parse(id: &str) -> Result<WorkflowId, Problem> {
    WorkflowId::parse(id).map_err(|_| Problem::not_found())
}

async fn find(call: &Call<'_>, id: WorkflowId) -> Result<Workflow, Failure> {
    let found = call.aws.workflows.find(call.caller.tenant, id).await?;
    found.ok_or_else(|| Problem::not_found().into())
}

/// The definition that new executions of this workflow get.
async fn current_definition(call: &Call<'_>, workflow: &Workflow) -> Result<Value, Failure> {
    let found = call
        .aws
        .workflows
        .definition(workflow.id, workflow.version)
        .await?;
    found.ok_or_else(|| {
        tracing::error!(workflow = %workflow.id, "a workflow has no definition");
        Problem::internal().into()
    })
}

async fn create(call: &Call<'_>) -> Result<Response<Body>, Failure> {
    let draft = workflow::create(call.inbound)?;
    let fingerprint = Fingerprint::of(&draft.body);
    let id = match call.idempotency_scope("workflows")? {
        Some(scope) => WorkflowId::derived(&[&scope]),
        None => WorkflowId::random(call.now, call.aws.random.u128()),
    };
    let (made, document) = first_version(call, id, draft)?;
    match call
        .aws
        .workflows
        .create(&made, &document, &fingerprint)
        .await?
    {
        InsertOutcome::New(made) => Ok(answer::created(
            &workflow::location(&made),
            &workflow::view(&made, &document),
        )),
        InsertOutcome::Repeat(made) => {
            let document = current_definition(call, &made).await?;
            let view = workflow::view(&made, &document);
            Ok(answer::repeated(&workflow::location(&made), &view))
        }
        InsertOutcome::KeyReused => Err(idempotency::reused().into()),
        InsertOutcome::SlugTaken => Err(workflow::slug_taken(&made.slug).into()),
    }
}

fn first_version(
    call: &Call<'_>,
    id: WorkflowId,
    draft: Draft,
) -> Result<(Workflow, Value), Problem> {
    let document = draft.definition.map(definition::checked).transpose()?;
    let slug = draft
        .slug
        .unwrap_or_else(|| Slug::from_name(&draft.name, id));
    let made = Workflow {
        id,
        tenant: call.caller.tenant,
        name: draft.name,
        slug,
        active: draft.active,
        version: 1,
        rate_limit: draft.rate_limit,
        created_at: call.now,
        updated_at: call.now,
        deleted: false,
        revision: 1,
    };
    Ok((made, document.unwrap_or_default()))
}

async fn list(call: &Call<'_>) -> Result<Response<Body>, Failure> {
    let paging = workflow::paging(call.inbound)?;
    let after = paging.after.as_ref();
    // One more than asked for tells whether there is a next page.
    let mut found = call
        .aws
        .workflows
        .list(call.caller.tenant, after, paging.limit + 1)
        .await?;
    let more = found.len() > paging.limit;
    found.truncate(paging.limit);
    let next = found
        .last()
        .filter(|_| more)
        .map(|last| page::cursor(&last.slug));
    let items = found.iter().map(workflow::listed).collect();
    Ok(answer::list(items, next))
}

async fn show(call: &Call<'_>, id: WorkflowId) -> Result<Response<Body>, Failure> {
    let found = find(call, id).await?;
    let definition = current_definition(call, &found).await?;
    Ok(answer::ok(&workflow::view(&found, &definition)))
}

/// Applies the patch to the workflow as it is now, and again if somebody else was faster.
async fn patch(call: &Call<'_>, id: WorkflowId) -> Result<Response<Body>, Failure> {
    for _ in 0..CHANGE_ATTEMPTS {
        let old = find(call, id).await?;
        let old_definition = current_definition(call, &old).await?;
        let draft = workflow::change(call.inbound, &old, &old_definition)?;
        let (new, definition) = changed(&old, &old_definition, draft)?;
        match save(call, &old, new, definition.as_ref()).await? {
            Saved::Done(new) => {
                let definition = definition.unwrap_or(old_definition);
                return Ok(answer::ok(&workflow::view(&new, &definition)));
            }
            Saved::Conflict => {}
        }
    }
    Err(workflow::conflict().into())
}

/// The workflow as the draft wants it, and its new definition where it has one: a definition that
/// is the same makes no new version.
fn changed(
    old: &Workflow,
    old_definition: &Value,
    draft: Draft,
) -> Result<(Workflow, Option<Value>), Problem> {
    let checked = draft.definition.map(definition::checked).transpose()?;
    let definition = checked.filter(|definition| definition != old_definition);
    let new = Workflow {
        slug: draft
            .slug
            .unwrap_or_else(|| Slug::from_name(&draft.name, old.id)),
        name: draft.name,
        active: draft.active,
        rate_limit: draft.rate_limit,
        version: old.version + u64::from(definition.is_some()),
        ..old.clone()
    };
    Ok((new, definition))
}

async fn switch(call: &Call<'_>, id: WorkflowId, active: bool) -> Result<Response<Body>, Failure> {
    for _ in 0..CHANGE_ATTEMPTS {
        let old = find(call, id).await?;
        let new = Workflow {
            active,
            ..old.clone()
        };
        match save(call, &old, new, None).await? {
            Saved::Done(new) => {
                let definition = current_definition(call, &new).await?;
                return Ok(answer::ok(&workflow::view(&new, &definition)));
            }
            Saved::Conflict => {}
        }
    }
    Err(workflow::conflict().into())
}

enum Saved {
    Done(Workflow),
    Conflict,
}

/// What changes nothing is not written.
async fn save(
    call: &Call<'_>,
    old: &Workflow,
    new: Workflow,
    definition: Option<&Value>,
) -> Result<Saved, Failure> {
    if new == *old {
        return Ok(Saved::Done(new));
    }
    let new = Workflow {
        updated_at: call.now,
        revision: old.revision + 1,
        ..new
    };
    match call.aws.workflows.update(old, &new, definition).await? {
        UpdateOutcome::Updated => Ok(Saved::Done(new)),
        UpdateOutcome::Conflict => Ok(Saved::Conflict),
        UpdateOutcome::SlugTaken => Err(workflow::slug_taken(&new.slug).into()),
    }
}

async fn delete(call: &Call<'_>, id: WorkflowId) -> Result<Response<Body>, Failure> {
    for _ in 0..CHANGE_ATTEMPTS {
        let old = find(call, id).await?;
        match call.aws.workflows.delete(&old).await? {
            UpdateOutcome::Updated => return Ok(answer::no_content()),
            UpdateOutcome::Conflict | UpdateOutcome::SlugTaken => {}
        }
    }
    Err(workflow::conflict().into())
}
