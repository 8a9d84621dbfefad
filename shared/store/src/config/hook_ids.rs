//! The look-up of hook ids: webhook URLs of some profiles name no workflow, so an item under the hash of the hook id does. It
//! is written and deleted together with the trigger whose token the hook id is. Where a workflow is deleted, it stays, so
//! that the hook id is still told apart from an unknown one.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{SecretHash, Tenant, Timestamp, Trigger, TriggerId, WorkflowId};

use crate::StoreError;
use crate::config::triggers::Triggers;
use crate::config::workflows::Workflows;
use crate::dynamodb::attributes::{Row, VERSION, number, text};
use crate::dynamodb::keys::Key;
use crate::dynamodb::table::Table;

/// The hook ids of all triggers.
#[derive(Clone)]
pub struct HookIds {
    table: Table,
    workflows: Workflows,
    triggers: Triggers,
}

/// What a tenant's hook id stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum HookOwner {
    /// A trigger, which is there.
    Trigger(Box<Trigger>),
    /// A trigger of a workflow that was deleted.
    DeletedWorkflow,
    /// None of this tenant.
    Unknown,
}

/// The trigger that a hook id was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HookTarget {
    /// Its workflow, which may be deleted.
    pub workflow_id: WorkflowId,
    /// The trigger, whose token may be another one by now.
    pub trigger_id: TriggerId,
}

impl HookIds {
    pub(crate) fn new(table: Table, workflows: Workflows) -> Self {
        Self {
            triggers: Triggers::new(table.clone()),
            workflows,
            table,
        }
    }

    /// What a hook id stands for, for the tenant that owns it.
    pub async fn owner(
        &self,
        tenant: Tenant,
        hook_id: &SecretHash,
        now: Timestamp,
    ) -> Result<HookOwner, StoreError> {
        let Some(target) = self.find(hook_id).await? else {
            return Ok(HookOwner::Unknown);
        };
        let workflow = target.workflow_id;
        match self.workflows.find_with_deleted(tenant, workflow).await? {
            None => return Ok(HookOwner::Unknown),
            Some(workflow) if workflow.deleted => return Ok(HookOwner::DeletedWorkflow),
            Some(_) => {}
        }
        let found = self.triggers.find(workflow, target.trigger_id).await?;
        let is_current =
            |trigger: &Trigger| trigger.profile.has_hook_id() && trigger.token.accept(hook_id, now);
        let found = found.filter(is_current).map(Box::new);
        Ok(found.map_or(HookOwner::Unknown, HookOwner::Trigger))
    }

    /// The trigger that a hook id was made for; `None` for a hook id that is unknown, reset or deleted.
    pub async fn find(&self, hook_id: &SecretHash) -> Result<Option<HookTarget>, StoreError> {
        let Some(item) = self.table.read(&Key::hook_id(hook_id)).await? else {
            return Ok(None);
        };
        let row = Row::checked(&item)?;
        Ok(Some(HookTarget {
            workflow_id: row.parsed("workflow_id")?,
            trigger_id: row.parsed("trigger_id")?,
        }))
    }
}

/// The writes that bring the look-up from one state of a trigger to the next; `None` where it does not exist before or
/// afterwards. A hook id is 128 random bits, so no two triggers ever write the same item.
pub(crate) fn changes(
    table: &Table,
    old: Option<&Trigger>,
    new: Option<&Trigger>,
) -> Vec<TransactWriteItem> {
    let (old_ids, new_ids) = (hook_ids(old), hook_ids(new));
    let added = new_ids.iter().filter(|id| !old_ids.contains(id));
    let removed = old_ids.iter().filter(|id| !new_ids.contains(id));
    let put = |(id, trigger): (&SecretHash, &Trigger)| {
        let mut item = Key::hook_id(id).item();
        item.extend([
            ("v".to_owned(), number(VERSION)),
            ("workflow_id".to_owned(), text(trigger.workflow_id)),
            ("trigger_id".to_owned(), text(trigger.id)),
        ]);
        table.put_always(item)
    };
    let puts = added.filter_map(|id| new.map(|trigger| put((id, trigger))));
    let deletes = removed.map(|id| table.delete_always(&Key::hook_id(id)));
    puts.chain(deletes).collect()
}

fn hook_ids(trigger: Option<&Trigger>) -> Vec<SecretHash> {
    let trigger = trigger.filter(|trigger| trigger.profile.has_hook_id());
    trigger.map_or(Vec::new(), |trigger| trigger.token.hashes().collect())
}
