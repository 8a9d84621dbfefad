//! Triggers of workflows.

use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use domain::{Fingerprint, Trigger, TriggerId, WorkflowId};

use crate::config::trigger_item::{changes, read, write};
use crate::dynamodb::attributes::{Row, number, text};
use crate::dynamodb::conditional_write::{ConditionalWrite, conditional};
use crate::dynamodb::keys::{Key, TRIGGER, workflow_pk};
use crate::dynamodb::table::Table;
use crate::{InsertOutcome, StoreError, UpdateOutcome};

/// The triggers of all workflows.
#[derive(Clone)]
pub struct Triggers {
    table: Table,
}

impl Triggers {
    pub(crate) fn new(table: Table) -> Self {
        Self { table }
    }

    /// Creates a trigger. May write where there is none with this id. A repetition with the same `Idempotency-Key` finds
    /// its own record; the token of the first request stays the valid one.
    pub async fn create(
        &self,
        trigger: &Trigger,
        fingerprint: &Fingerprint,
    ) -> Result<InsertOutcome<Trigger>, StoreError> {
        let mut item = write(trigger);
        item.insert("fingerprint".into(), text(fingerprint.as_str()));
        let put = self
            .table
            .put(item)
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let found = match conditional("create a trigger", put.send().await)? {
            ConditionalWrite::Written(_) => return Ok(InsertOutcome::New(trigger.clone())),
            ConditionalWrite::ConditionFailed(found) => found.unwrap_or_default(),
        };
        let known = read(&found)?;
        Ok(
            if Row(&found).text("fingerprint")? != fingerprint.as_str() {
                InsertOutcome::KeyReused
            } else if known.token.current == trigger.token.current {
                // The first attempt of this write, whose answer was lost.
                InsertOutcome::New(known)
            } else {
                InsertOutcome::Repeat(known)
            },
        )
    }

    /// All triggers of a workflow, in the order of their ids.
    pub async fn list(&self, workflow: WorkflowId) -> Result<Vec<Trigger>, StoreError> {
        let pk = workflow_pk(workflow);
        let items = self.table.read_prefix(&pk, TRIGGER).await?;
        items.iter().map(read).collect()
    }

    /// One trigger of a workflow.
    pub async fn find(
        &self,
        workflow: WorkflowId,
        id: TriggerId,
    ) -> Result<Option<Trigger>, StoreError> {
        let item = self.table.read(&Key::trigger(workflow, id)).await?;
        item.as_ref().map(read).transpose()
    }

    /// Changes a trigger. May write while its revision is the one that was read; of two racing changes one wins, and the
    /// other gets `Conflict`, as does one whose trigger was deleted meanwhile. The repetition of a write whose answer
    /// was lost finds what it wrote.
    pub async fn update(&self, old: &Trigger, new: &Trigger) -> Result<UpdateOutcome, StoreError> {
        let update = changes(new)
            .apply(self.table.update(&Key::trigger(old.workflow_id, old.id)))
            .condition_expression("revision = :seen")
            .expression_attribute_values(":seen", number(old.revision))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let write = conditional("change a trigger", update.send().await)?;
        let found = write.found().map(read).transpose()?;
        let is_changed = write.is_written() || found.as_ref() == Some(new);
        Ok(UpdateOutcome::of(is_changed))
    }

    /// Deletes a trigger. Deleting one that is gone already is no error.
    pub async fn delete(&self, trigger: &Trigger) -> Result<(), StoreError> {
        self.table
            .delete(&Key::trigger(trigger.workflow_id, trigger.id))
            .send()
            .await
            .map(drop)
            .map_err(|error| StoreError::unavailable("delete a trigger", error))
    }
}
