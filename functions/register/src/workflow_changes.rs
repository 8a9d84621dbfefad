//! Changes of a workflow: patch, activate, deactivate, delete.

use api::resources::workflow::{self, Draft};
use api::{Problem, answer};
use domain::limits::MAX_WORKFLOW_VERSIONS;
use domain::{Org, Slug, Workflow};
use http_function::Failure;
use lambda_http::{Body, Response};
use serde_json::Value;
use store::WorkflowUpdate;

use crate::triggers::count_change;
use crate::workflows::{current_definition, find, id, org};
use crate::{RequestContext, definition};

/// How often a change is tried where other requests change the same resource meanwhile.
pub(crate) const CHANGE_ATTEMPTS: usize = 5;

/// Applies the patch to the current workflow, and again where another request changed it meanwhile.
pub(crate) async fn patch(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let id = id(context)?;
    for _ in 0..CHANGE_ATTEMPTS {
        let old = find(context, id).await?;
        let old_definition = current_definition(context, &old).await?;
        let org = org(context).await?;
        let default = org.limits.default_rate_limit;
        let draft = workflow::change(context.inbound, &old, &old_definition, default)?;
        let (new, definition) = with_draft(&old, &old_definition, draft).await?;
        match save(context, &org, &old, new, definition.as_ref()).await? {
            SaveOutcome::Saved(new) => {
                let definition = definition.unwrap_or(old_definition);
                return Ok(answer::ok(&workflow::view(&new, &definition)));
            }
            SaveOutcome::Conflict => {}
        }
    }
    Err(workflow::conflict().into())
}

/// The workflow with the fields of the draft, and its new definition. A definition that equals the current one makes no
/// new version.
async fn with_draft(
    old: &Workflow,
    old_definition: &Value,
    draft: Draft,
) -> Result<(Workflow, Option<Value>), Problem> {
    let checked = match draft.definition {
        Some(document) => Some(definition::check_definition(document).await?),
        None => None,
    };
    let definition = checked.filter(|definition| definition != old_definition);
    if definition.is_some() && old.version >= MAX_WORKFLOW_VERSIONS {
        return Err(workflow::too_many_versions());
    }
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

pub(crate) async fn activate(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    set_active(context, true).await
}

pub(crate) async fn deactivate(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    set_active(context, false).await
}

async fn set_active(context: &RequestContext<'_>, active: bool) -> Result<Response<Body>, Failure> {
    let id = id(context)?;
    for _ in 0..CHANGE_ATTEMPTS {
        let old = find(context, id).await?;
        let org = org(context).await?;
        let new = Workflow {
            active,
            ..old.clone()
        };
        match save(context, &org, &old, new, None).await? {
            SaveOutcome::Saved(new) => {
                let definition = current_definition(context, &new).await?;
                return Ok(answer::ok(&workflow::view(&new, &definition)));
            }
            SaveOutcome::Conflict => {}
        }
    }
    Err(workflow::conflict().into())
}

/// The outcome of writing a change.
enum SaveOutcome {
    Saved(Workflow),
    /// Another request changed the workflow meanwhile.
    Conflict,
}

/// Writes a changed workflow. A change that changes nothing is not written, but counted: it may be the repetition of one that
/// was not. A workflow that becomes active learns whether
/// the limits of its org apply to it; those of the others are marked by the operator's command.
async fn save(
    context: &RequestContext<'_>,
    org: &Org,
    old: &Workflow,
    new: Workflow,
    definition: Option<&Value>,
) -> Result<SaveOutcome, Failure> {
    if new == *old {
        count_change(context, old.id).await?;
        return Ok(SaveOutcome::Saved(new));
    }
    let new = Workflow {
        updated_at: context.now,
        revision: old.revision + 1,
        has_org_limits: match new.active && !old.active {
            true => org.limits.apply_to_executions(),
            false => old.has_org_limits,
        },
        ..new
    };
    let workflows = &context.aws.workflows;
    match workflows.update(org, old, &new, definition).await? {
        WorkflowUpdate::Updated => {
            count_change(context, old.id).await?;
            Ok(SaveOutcome::Saved(new))
        }
        WorkflowUpdate::Conflict => Ok(SaveOutcome::Conflict),
        WorkflowUpdate::SlugTaken => Err(workflow::slug_taken(&new.slug).into()),
        WorkflowUpdate::PlanLimit { limit } => Err(workflow::plan_limit(limit).into()),
    }
}

pub(crate) async fn delete(context: &RequestContext<'_>) -> Result<Response<Body>, Failure> {
    let id = id(context)?;
    for _ in 0..CHANGE_ATTEMPTS {
        let old = find(context, id).await?;
        if context.aws.workflows.delete(&old).await? {
            count_change(context, id).await?;
            return Ok(answer::no_content());
        }
    }
    Err(workflow::conflict().into())
}
