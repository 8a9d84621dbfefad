//! Workflows and their versions.

use domain::{Fingerprint, Org, Tenant, Trigger, Workflow, WorkflowId};
use serde_json::Value;

use crate::config::org_item::{ActivationRefusal, count_activation, count_deactivation, refusal};
use crate::config::samples::Samples;
use crate::config::trigger_item;
use crate::config::triggers::Triggers;
use crate::config::workflow_item::{put_version, read, replace, slug_item, write};
use crate::config::workflow_names::put_entry;
use crate::dynamodb::attributes::{Row, VERSION, number, text};
use crate::dynamodb::keys::{AFTER_TRIGGERS, Key, META, workflow_pk};
use crate::dynamodb::table::Table;
use crate::dynamodb::transaction::TransactionOutcome;
use crate::{StoreError, WorkflowCreation, WorkflowUpdate};

/// The workflows of all tenants.
#[derive(Clone)]
pub struct Workflows {
    pub(super) table: Table,
    triggers: Triggers,
    samples: Samples,
}

impl Workflows {
    /// The workflows in a table of that name, for the operator's command.
    pub fn in_table(client: aws_sdk_dynamodb::Client, table: String) -> Self {
        Self::new(Table::new(client, table))
    }

    pub(crate) fn new(table: Table) -> Self {
        Self {
            triggers: Triggers::new(table.clone()),
            samples: Samples::new(table.clone()),
            table,
        }
    }

    /// Creates a workflow of an org: its record, its first version, its slug and the number of active workflows in one
    /// transaction. May write where there is neither a workflow with this id nor one with this slug, and where an active
    /// one has a place among those of the org. A repetition with the same `Idempotency-Key` finds its own record and reads
    /// the first outcome from it; of two workflows with the same slug one wins.
    pub async fn create(
        &self,
        org: &Org,
        workflow: &Workflow,
        definition: &Value,
        fingerprint: &Fingerprint,
    ) -> Result<WorkflowCreation, StoreError> {
        let mut item = write(workflow);
        item.insert("fingerprint".into(), text(fingerprint.as_str()));
        let mut writes = vec![
            self.table.put_new(item),
            self.table.put_new(slug_item(workflow)),
            put_version(&self.table, workflow, definition)?,
        ];
        writes.extend(put_entry(&self.table, workflow, definition));
        let org_position = writes.len();
        if workflow.active {
            writes.push(count_activation(&self.table, org));
        }
        match self.table.transact("create a workflow", writes).await? {
            TransactionOutcome::Committed => Ok(WorkflowCreation::New(workflow.clone())),
            TransactionOutcome::ConditionFailed { position: 0, found } => {
                let row = Row::checked(&found)?;
                let known = read(row)?;
                let same = row.text("fingerprint")? == fingerprint.as_str();
                Ok(if same && !known.deleted {
                    WorkflowCreation::Repeat(known)
                } else {
                    WorkflowCreation::KeyReused
                })
            }
            TransactionOutcome::ConditionFailed { position, found } if position == org_position => {
                Ok(match refusal(Row(&found))? {
                    ActivationRefusal::PlanLimit { limit } => WorkflowCreation::PlanLimit { limit },
                    ActivationRefusal::OrgChanged => WorkflowCreation::OrgChanged,
                })
            }
            TransactionOutcome::ConditionFailed { .. } => Ok(WorkflowCreation::SlugTaken),
        }
    }

    /// `None` for a workflow of another tenant, and for a deleted one.
    pub async fn find(
        &self,
        tenant: Tenant,
        id: WorkflowId,
    ) -> Result<Option<Workflow>, StoreError> {
        let workflow = self.find_with_deleted(tenant, id).await?;
        Ok(workflow.filter(|workflow| !workflow.deleted))
    }

    /// The same with deleted workflows: their executions may still run, and their events may still be delivered.
    pub async fn find_with_deleted(
        &self,
        tenant: Tenant,
        id: WorkflowId,
    ) -> Result<Option<Workflow>, StoreError> {
        let item = self.table.read(&Key::workflow(id)).await?;
        let workflow = item
            .as_ref()
            .map(|item| read(Row::checked(item)?))
            .transpose()?;
        Ok(workflow.filter(|workflow| workflow.tenant == tenant))
    }

    /// A workflow, deleted or not, and its triggers, in one consistent read; in more where they have more than 1 MB.
    pub async fn find_with_triggers(
        &self,
        id: WorkflowId,
    ) -> Result<Option<(Workflow, Vec<Trigger>)>, StoreError> {
        let query = self
            .table
            .query()
            .key_condition_expression("pk = :pk AND sk BETWEEN :meta AND :end")
            .expression_attribute_values(":pk", text(workflow_pk(id)))
            .expression_attribute_values(":meta", text(META))
            .expression_attribute_values(":end", text(AFTER_TRIGGERS))
            .consistent_read(true);
        let (mut items, mut from) = (Vec::new(), None);
        loop {
            let sent = query.clone().set_exclusive_start_key(from).send().await;
            let page = sent.map_err(|error| {
                StoreError::unavailable("read a workflow's configuration", error)
            })?;
            items.extend(page.items.unwrap_or_default());
            from = page.last_evaluated_key;
            if from.is_none() {
                break;
            }
        }
        let Some((meta, rest)) = items.split_first() else {
            return Ok(None);
        };
        let triggers = rest
            .iter()
            .map(trigger_item::read)
            .collect::<Result<_, _>>()?;
        // A trigger whose workflow has no record any more is good for nothing.
        let row = Row::checked(meta)?;
        if row.text("sk")? != META {
            return Ok(None);
        }
        Ok(Some((read(row)?, triggers)))
    }

    /// The document of a version, which never changes once it is written.
    pub async fn definition(
        &self,
        id: WorkflowId,
        version: u64,
    ) -> Result<Option<Value>, StoreError> {
        let found = self.version(id, version).await?;
        Ok(found.map(|(_, definition)| definition))
    }

    /// Changes a workflow of an org: its record, and where they change its slug, its version and the number of active
    /// workflows, in one transaction. May write while the revision is the one that was read; of two racing changes one
    /// wins, and the other gets `Conflict`. A new slug may be written where no other workflow has it; a workflow may
    /// become active where it has a place among those of the org.
    pub async fn update(
        &self,
        org: &Org,
        old: &Workflow,
        new: &Workflow,
        definition: Option<&Value>,
    ) -> Result<WorkflowUpdate, StoreError> {
        let mut writes = vec![replace(&self.table, old, new)];
        if old.slug != new.slug {
            writes.push(self.table.put_new(slug_item(new)));
            writes.push(self.table.delete_always(&Key::slug(old.tenant, &old.slug)));
        }
        if let Some(definition) = definition {
            writes.push(put_version(&self.table, new, definition)?);
            writes.extend(put_entry(&self.table, new, definition));
        }
        let org_position = writes.len();
        match (old.active, new.active) {
            (false, true) => writes.push(count_activation(&self.table, org)),
            (true, false) => writes.push(count_deactivation(&self.table, org.id)),
            (false, false) | (true, true) => {}
        }
        match self.table.transact("change a workflow", writes).await? {
            TransactionOutcome::Committed => Ok(WorkflowUpdate::Updated),
            TransactionOutcome::ConditionFailed { position: 1, .. } if old.slug != new.slug => {
                Ok(WorkflowUpdate::SlugTaken)
            }
            TransactionOutcome::ConditionFailed { position, found } if position == org_position => {
                Ok(match refusal(Row(&found))? {
                    ActivationRefusal::PlanLimit { limit } => WorkflowUpdate::PlanLimit { limit },
                    ActivationRefusal::OrgChanged => WorkflowUpdate::Conflict,
                })
            }
            TransactionOutcome::ConditionFailed { .. } => Ok(WorkflowUpdate::Conflict),
        }
    }

    /// Marks whether the limits of its org apply to a workflow. May write under the same condition as a change; `false`
    /// where another request changed the workflow.
    pub async fn mark_org_limits(&self, old: &Workflow, apply: bool) -> Result<bool, StoreError> {
        let new = Workflow {
            has_org_limits: apply,
            revision: old.revision + 1,
            ..old.clone()
        };
        let writes = vec![replace(&self.table, old, &new)];
        let outcome = self.table.transact("mark a workflow", writes).await?;
        Ok(matches!(outcome, TransactionOutcome::Committed))
    }

    /// Marks a workflow as deleted and deletes its triggers with their samples, but for the look-ups of their hook ids. Its
    /// record and its versions stay, so that its executions can finish and its history can be read. May write under the
    /// same condition as a change; `false` where another request changed the workflow.
    pub async fn delete(&self, old: &Workflow) -> Result<bool, StoreError> {
        let deleted = Workflow {
            deleted: true,
            active: false,
            revision: old.revision + 1,
            ..old.clone()
        };
        let mut tombstone = Key::workflow_tombstone(old.tenant, old.id).item();
        tombstone.insert("v".into(), number(VERSION));
        tombstone.insert("workflow_id".into(), text(old.id));
        let mut writes = vec![
            replace(&self.table, old, &deleted),
            self.table.delete_always(&Key::slug(old.tenant, &old.slug)),
            self.table.put_new(tombstone),
        ];
        if old.active {
            writes.push(count_deactivation(&self.table, old.tenant.org));
        }
        match self.table.transact("delete a workflow", writes).await? {
            TransactionOutcome::Committed => {}
            TransactionOutcome::ConditionFailed { .. } => return Ok(false),
        }
        // A trigger of a deleted workflow is refused, so a crash here leaves only garbage.
        for trigger in self.triggers.list(old.id).await? {
            if trigger.sampled_at.is_some() {
                self.samples.delete(&trigger).await?;
            }
            self.triggers.delete_record(&trigger).await?;
        }
        Ok(true)
    }
}
