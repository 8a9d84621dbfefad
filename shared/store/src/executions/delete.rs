//! Deleting an execution that has ended.

use domain::{ExecutionId, Tenant, Timestamp};

use crate::dynamodb::attributes::text;
use crate::dynamodb::conditional_write::conditional;
use crate::dynamodb::keys::Key;
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
}

impl Executions {
    /// Deletes an execution that has ended, its children first, so that a delete that breaks off can be repeated.
    ///
    /// The state item may be deleted while its generation is the one that was read. If it expired meanwhile and the
    /// same delivery was recorded again, that record stays, and so do its children, which are of another generation.
    pub async fn delete(
        &self,
        tenant: Tenant,
        id: ExecutionId,
        now: Timestamp,
    ) -> Result<DeleteOutcome, StoreError> {
        let Some(state) = self.items.state_of(tenant, id, now).await? else {
            return Ok(DeleteOutcome::NotFound);
        };
        if state.execution.finished_at().is_none() {
            return Ok(DeleteOutcome::NotEnded);
        }
        if state.has_pending_events() {
            return Ok(DeleteOutcome::EventsPending);
        }
        self.items.delete_children(&state).await?;
        let delete = self
            .table
            .delete(&Key::state(id))
            .condition_expression("attribute_not_exists(pk) OR generation = :generation")
            .expression_attribute_values(":generation", text(&state.generation));
        conditional("delete an execution", delete.send().await)?;
        Ok(DeleteOutcome::Deleted)
    }
}
