//! Deleting an execution that has ended.

use domain::{ExecutionId, Tenant, Timestamp};

use crate::dynamodb::attributes::{flag, text};
use crate::dynamodb::conditional_write::conditional;
use crate::dynamodb::keys::Key;
use crate::executions::child_keys::ChildKeys;
use crate::executions::state_attributes::DELETING;
use crate::executions::state_item::StateItem;
use crate::{Executions, StoreError};

/// What became of deleting an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeleteOutcome {
    /// It is gone.
    Deleted,
    /// There is none with this id, or it has expired.
    NotFound,
    /// It still runs or waits.
    NotEnded,
    /// Its events are not published to subscribers yet.
    EventsPending,
    /// The time was up before all its children were deleted. Nobody sees the execution any more, and the next request
    /// goes on where this one ended.
    Unfinished,
}

/// Executions with more pages of steps are marked before they are deleted, which is one more write. So few pages are
/// deleted with one batch.
const UNMARKED_PAGES: u64 = 20;

impl Executions {
    /// Deletes an execution that has ended, its children first, so that a delete that breaks off can be repeated. One
    /// with many children is marked first, so that nobody sees half of it.
    ///
    /// The state item may be deleted while its generation is the one that was read. If it expired meanwhile and the
    /// same delivery was recorded again, that record stays, and so do its children, which are of another generation.
    pub async fn delete(
        &self,
        tenant: Tenant,
        id: ExecutionId,
        now: Timestamp,
        is_time_up: impl Fn() -> bool,
    ) -> Result<DeleteOutcome, StoreError> {
        let state = self.items.state(id).await?;
        let state = state
            .filter(|state| state.execution.tenant == tenant && !state.execution.is_expired(now));
        let Some(state) = state else {
            return Ok(DeleteOutcome::NotFound);
        };
        if state.execution.finished_at().is_none() {
            return Ok(DeleteOutcome::NotEnded);
        }
        if state.has_pending_events() {
            return Ok(DeleteOutcome::EventsPending);
        }
        let mut children = ChildKeys::new(&self.table, &state);
        if state.pages > UNMARKED_PAGES && !state.is_being_deleted {
            self.mark_as_being_deleted(&state).await?;
        }
        while !children.is_at_end() {
            if is_time_up() {
                return Ok(DeleteOutcome::Unfinished);
            }
            self.items.delete_next_children(&mut children).await?;
        }
        let delete = self
            .table
            .delete(&Key::state(id))
            .condition_expression("attribute_not_exists(pk) OR generation = :generation")
            .expression_attribute_values(":generation", text(&state.generation));
        conditional("delete an execution", delete.send().await)?;
        Ok(DeleteOutcome::Deleted)
    }

    /// May write while the generation is the one that was read; where it is not, only children of an execution that
    /// nobody sees are left to delete.
    async fn mark_as_being_deleted(&self, state: &StateItem) -> Result<(), StoreError> {
        let update = self
            .table
            .update(&Key::state(state.execution.id))
            .update_expression("SET #deleting = :true")
            .condition_expression("generation = :generation")
            .expression_attribute_names("#deleting", DELETING)
            .expression_attribute_values(":true", flag(true))
            .expression_attribute_values(":generation", text(&state.generation));
        conditional("delete an execution", update.send().await).map(drop)
    }
}
