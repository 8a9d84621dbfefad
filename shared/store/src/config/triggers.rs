//! Triggers of workflows.

use aws_sdk_dynamodb::types::{ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use domain::{Fingerprint, Trigger, TriggerId, WorkflowId};

use crate::config::hook_ids;
use crate::config::trigger_item::{changes, read, write};
use crate::dynamodb::attributes::{Item, Row, number, text};
use crate::dynamodb::conditional_write::{ConditionalWrite, conditional};
use crate::dynamodb::keys::{Key, TRIGGER, workflow_pk};
use crate::dynamodb::table::Table;
use crate::dynamodb::transaction::TransactionOutcome;
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

    /// Creates a trigger, and the look-up of its hook id where its profile has hook ids. May write where there is none with
    /// this id. A repetition with the same `Idempotency-Key` finds its own record; the token of the first request stays the
    /// valid one.
    pub async fn create(
        &self,
        trigger: &Trigger,
        fingerprint: &Fingerprint,
    ) -> Result<InsertOutcome<Trigger>, StoreError> {
        let mut item = write(trigger);
        item.insert("fingerprint".into(), text(fingerprint.as_str()));
        let Some(found) = self.put_new(item, trigger).await? else {
            return Ok(InsertOutcome::New(trigger.clone()));
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

    /// Puts a trigger where there is none with its id; otherwise the item that is there.
    async fn put_new(&self, item: Item, trigger: &Trigger) -> Result<Option<Item>, StoreError> {
        const OPERATION: &str = "create a trigger";
        let look_up = hook_ids::changes(&self.table, None, Some(trigger));
        if look_up.is_empty() {
            let put = self
                .table
                .put(item)
                .condition_expression("attribute_not_exists(pk)")
                .return_values_on_condition_check_failure(
                    ReturnValuesOnConditionCheckFailure::AllOld,
                );
            return Ok(match conditional(OPERATION, put.send().await)? {
                ConditionalWrite::Written(_) => None,
                ConditionalWrite::ConditionFailed(found) => Some(found.unwrap_or_default()),
            });
        }
        let mut writes = vec![self.table.put_new(item)];
        writes.extend(look_up);
        Ok(match self.table.transact(OPERATION, writes).await? {
            TransactionOutcome::Committed => None,
            TransactionOutcome::ConditionFailed { found, .. } => Some(found),
        })
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

    /// Changes a trigger, and the look-up of its hook id where that changes. May write while its revision is the one that
    /// was read; of two racing changes one wins, and the other gets `Conflict`, as does one whose trigger was deleted
    /// meanwhile. The repetition of a write whose answer was lost finds what it wrote.
    pub async fn update(&self, old: &Trigger, new: &Trigger) -> Result<UpdateOutcome, StoreError> {
        const OPERATION: &str = "change a trigger";
        let look_up = hook_ids::changes(&self.table, Some(old), Some(new));
        if look_up.is_empty() {
            let update = changes(new)
                .apply(self.table.update(&Key::trigger(old.workflow_id, old.id)))
                .condition_expression("revision = :seen")
                .expression_attribute_values(":seen", number(old.revision))
                .return_values_on_condition_check_failure(
                    ReturnValuesOnConditionCheckFailure::AllOld,
                );
            let write = conditional(OPERATION, update.send().await)?;
            let found = write.found().map(read).transpose()?;
            let is_changed = write.is_written() || found.as_ref() == Some(new);
            return Ok(UpdateOutcome::of(is_changed));
        }
        let mut writes = vec![self.replace(old, new)];
        writes.extend(look_up);
        Ok(match self.table.transact(OPERATION, writes).await? {
            TransactionOutcome::Committed => UpdateOutcome::Updated,
            TransactionOutcome::ConditionFailed { found, .. } => {
                UpdateOutcome::of(!found.is_empty() && read(&found)? == *new)
            }
        })
    }

    /// The write of a change, under the same condition, for a transaction.
    fn replace(&self, old: &Trigger, new: &Trigger) -> TransactWriteItem {
        let update = Update::builder()
            .table_name(self.table.name())
            .set_key(Some(Key::trigger(old.workflow_id, old.id).item()))
            .condition_expression("revision = :seen")
            .expression_attribute_values(":seen", number(old.revision))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let update = changes(new)
            .apply_in_transaction(update)
            .build()
            .expect("table, key and update are given");
        TransactWriteItem::builder().update(update).build()
    }

    /// Deletes a trigger with the look-up of its hook id. Deleting one that is gone already is no error.
    pub async fn delete(&self, trigger: &Trigger) -> Result<(), StoreError> {
        let look_up = hook_ids::changes(&self.table, Some(trigger), None);
        if look_up.is_empty() {
            return self.delete_record(trigger).await;
        }
        let key = Key::trigger(trigger.workflow_id, trigger.id);
        let mut writes = vec![self.table.delete_always(&key)];
        writes.extend(look_up);
        self.table
            .transact("delete a trigger", writes)
            .await
            .map(drop)
    }

    /// Deletes a trigger and leaves the look-up of its hook id, because its workflow is deleted.
    pub(crate) async fn delete_record(&self, trigger: &Trigger) -> Result<(), StoreError> {
        self.table
            .delete(&Key::trigger(trigger.workflow_id, trigger.id))
            .send()
            .await
            .map(drop)
            .map_err(|error| StoreError::unavailable("delete a trigger", error))
    }
}
