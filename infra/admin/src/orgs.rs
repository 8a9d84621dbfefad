//! Sets what an org may use, and has its workflows look at it where it limits what they run.

use domain::{Environment, OrgId, Tenant, WorkflowId};
use serde_json::{Value, json};
use store::{OrgRecord, Orgs, StoreError, UpdateOutcome, Workflows};

use crate::org_change::{InvalidOrgChange, OrgChange};

/// How often a write is tried where another one changes the same record meanwhile.
const ATTEMPTS: usize = 5;
/// How often the workflows are gone through: a workflow whose slug changes during the first pass can be missed in it.
const PASSES: usize = 3;

/// Why an org was not set, or only in part.
#[derive(Debug, thiserror::Error)]
pub enum SetOrgError {
    /// The change is refused.
    #[error(transparent)]
    Invalid(#[from] InvalidOrgChange),
    /// DynamoDB did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Others changed the same record at each attempt. What was set stays set; the same command completes it.
    #[error("{0} was changed by others at the same moment; run the command again")]
    Conflict(String),
}

/// Writes the org first and marks its workflows afterwards. A workflow that becomes active in between does so under the
/// condition that it has seen the org as it is, so none is missed.
pub async fn set_org(
    orgs: &Orgs,
    workflows: &Workflows,
    id: OrgId,
    change: &OrgChange,
) -> Result<OrgRecord, SetOrgError> {
    let record = write(orgs, id, change).await?;
    let apply = record.org.limits.apply_to_executions();
    for _ in 0..PASSES {
        if mark_all(workflows, id, apply).await? == 0 {
            break;
        }
    }
    Ok(record)
}

/// The org as JSON, for the operator.
pub fn show(record: &OrgRecord) -> Value {
    let limits = &record.org.limits;
    let rate = limits.default_rate_limit;
    json!({
        "id": record.org.id,
        "name": record.org.name,
        "plan": record.org.plan.as_str(),
        "webhookTriggers": limits.webhook_triggers,
        "activeWorkflows": {"used": record.active_workflows, "limit": limits.active_workflows},
        "defaultRateLimit": {
            "capacity": rate.capacity_tokens(),
            "refillPerSecond": rate.refill_per_second(),
        },
        "webhooksPerMinute": limits.webhooks_per_minute,
        "webhooksPerDay": limits.webhooks_per_day,
        "monthlyCredits": limits.monthly_credits,
    })
}

async fn write(orgs: &Orgs, id: OrgId, change: &OrgChange) -> Result<OrgRecord, SetOrgError> {
    for _ in 0..ATTEMPTS {
        let old = orgs.find(id).await?;
        let org = change.apply(&old.org)?;
        if orgs.set(&org).await? == UpdateOutcome::Updated {
            return Ok(OrgRecord { org, ..old });
        }
    }
    Err(SetOrgError::Conflict(id.to_string()))
}

/// Marks the workflows of both environments; how many were not marked before.
async fn mark_all(workflows: &Workflows, org: OrgId, apply: bool) -> Result<usize, SetOrgError> {
    let mut marked = 0;
    for environment in [Environment::Test, Environment::Live] {
        let tenant = Tenant { org, environment };
        for workflow in workflows.ids_with_deleted(tenant).await? {
            marked += usize::from(mark(workflows, tenant, workflow, apply).await?);
        }
    }
    Ok(marked)
}

async fn mark(
    workflows: &Workflows,
    tenant: Tenant,
    id: WorkflowId,
    apply: bool,
) -> Result<bool, SetOrgError> {
    for _ in 0..ATTEMPTS {
        let found = workflows.find(tenant, id).await?;
        let Some(workflow) = found.filter(|found| found.has_org_limits != apply) else {
            return Ok(false);
        };
        if workflows.mark_org_limits(&workflow, apply).await? {
            return Ok(true);
        }
    }
    Err(SetOrgError::Conflict(id.to_string()))
}
