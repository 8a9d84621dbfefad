//! Waking an execution before its time, because something that it waits for may be over. It does not know what, nor
//! how the execution learns of it.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use domain::{ExecutionId, Phase, Timestamp};

use crate::dynamodb::attributes::{moment, number, text};
use crate::dynamodb::keys::Key;
use crate::executions::checkpoint::wait_is_over;
use crate::executions::state::{self, State};
use crate::{Owned, RunsTable, StoreError, config_table};

/// What became of a wake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// It waited, and its wait is over: claim it.
    Now,
    /// Somebody is about to go on with it, or does; who sets it aside finds the mark.
    Noted,
    /// It has ended, or was never there.
    Gone,
}

/// An execution that waits and does not wait at once, or the other way round, is tried anew so often.
const ATTEMPTS: usize = 4;

impl RunsTable {
    /// Timeline: ends the wait of an execution that waits, or leaves a mark on one that does not. The mark is taken off
    /// by the next claim, which looks at everything that was pending anyway. So a wake is lost in no order: it comes
    /// before a claim, and the claim looks; or after it and before the wait is written, and the owner finds the mark
    /// when it has written it; or after that, and ends the wait.
    pub async fn wake(&self, id: ExecutionId, now: Timestamp) -> Result<Woken, StoreError> {
        for _ in 0..ATTEMPTS {
            let Some(seen) = self.end_wait(id, now).await? else {
                return Ok(Woken::Now);
            };
            match seen {
                Seen::Gone => return Ok(Woken::Gone),
                Seen::Active(seen) => {
                    if self.mark(&seen).await? {
                        return Ok(Woken::Noted);
                    }
                }
            }
        }
        Err(StoreError::Unavailable {
            operation: "wake an execution",
            cause: "others were changing it".to_owned(),
        })
    }

    /// Whether somebody wanted to wake it since it was claimed. To be asked once the wait is written.
    pub async fn is_marked(&self, owned: &Owned) -> Result<bool, StoreError> {
        let key = Key::state(owned.execution.id);
        let item = config_table::read(&self.client, &self.table, &key).await?;
        Ok(item.is_some_and(|item| item.contains_key(state::WOKEN)))
    }

    /// `None`: its wait is over. Should the message that says so be lost, the due index returns soon.
    async fn end_wait(&self, id: ExecutionId, now: Timestamp) -> Result<Option<Seen>, StoreError> {
        let update = self
            .update(id)
            .condition_expression("#status = :waiting AND resume_at > :now")
            .update_expression("SET resume_at = :now, due_at = :due_at, due_shard = :shard")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":waiting", text("waiting"))
            .expression_attribute_values(":now", moment(now))
            .expression_attribute_values(":due_at", moment(wait_is_over(now, now)))
            .expression_attribute_values(":shard", text(id.shard()));
        let Some(met) = refused(update).await? else {
            return Ok(None);
        };
        let Some(state) = met else {
            return Ok(Some(Seen::Gone));
        };
        match state.execution.phase {
            // It is due already.
            Phase::Waiting { .. } => Ok(None),
            Phase::Ended { .. } => Ok(Some(Seen::Gone)),
            Phase::Queued | Phase::Running { .. } => Ok(Some(Seen::Active(state))),
        }
    }

    /// `false` where it has moved on since it was seen.
    async fn mark(&self, seen: &State) -> Result<bool, StoreError> {
        let update = self
            .update(seen.execution.id)
            .condition_expression("#status = :seen AND generation = :generation")
            .update_expression("SET #woken = :one")
            .expression_attribute_names("#status", "status")
            .expression_attribute_names("#woken", state::WOKEN)
            .expression_attribute_values(":seen", text(seen.execution.status()))
            .expression_attribute_values(":generation", text(&seen.generation))
            .expression_attribute_values(":one", number(1));
        Ok(refused(update).await?.is_none())
    }

    fn update(&self, id: ExecutionId) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(Key::state(id).item()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}

enum Seen {
    Gone,
    Active(Box<State>),
}

/// `None` where it was written; else what the write met.
async fn refused(
    update: UpdateItemFluentBuilder,
) -> Result<Option<Option<Box<State>>>, StoreError> {
    let error = match update.send().await {
        Ok(_) => return Ok(None),
        Err(error) => error,
    };
    match error.as_service_error() {
        Some(UpdateItemError::ConditionalCheckFailedException(met)) => met
            .item()
            .filter(|item| !item.is_empty())
            .map(|item| State::read(item).map(Box::new))
            .transpose()
            .map(Some),
        _ => Err(StoreError::unavailable("wake an execution", error)),
    }
}
