//! Waking an execution before its time, because something that it waits for may have ended. It does not know what that
//! is, nor how the execution learns of it.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use domain::{ExecutionId, Phase, Timestamp};

use crate::dynamodb::attributes::{OF_THIS_VERSION, VERSION, moment, number, text};
use crate::dynamodb::conditional_write::{ConditionalWrite, conditional};
use crate::dynamodb::due_attributes::wait_due_at;
use crate::dynamodb::keys::Key;
use crate::executions::state_attributes::WOKEN;
use crate::executions::state_item::StateItem;
use crate::{Executions, StoreError};

/// What became of a wake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WakeOutcome {
    /// The execution was waiting, and its wait is over: it can be claimed.
    WaitEnded,
    /// The execution was queued or running. It is marked as woken; its owner finds the mark when it writes a wait.
    Marked,
    /// It has ended, or there is none with this id.
    Ended,
}

/// How often both conditional writes are tried, where the status of the execution changes between them.
const ATTEMPTS: usize = 4;

/// What ending a wait found.
enum Wait {
    Ended,
    /// The execution is queued or running.
    NotWaiting(Box<StateItem>),
    /// It has ended, or there is none.
    NoExecution,
}

impl Executions {
    /// Ends the wait of an execution that waits, or marks one that does not.
    ///
    /// No order of events loses a wake. Before a claim, the claim asks for everything pending anyway, and removes the
    /// mark. After the claim and before the owner writes a wait, the owner finds the mark once it has written the wait.
    /// After that, the wake ends the wait.
    pub async fn wake(&self, id: ExecutionId, now: Timestamp) -> Result<WakeOutcome, StoreError> {
        for _ in 0..ATTEMPTS {
            match self.end_wait(id, now).await? {
                Wait::Ended => return Ok(WakeOutcome::WaitEnded),
                Wait::NoExecution => return Ok(WakeOutcome::Ended),
                Wait::NotWaiting(seen) => {
                    if self.mark_woken(&seen).await? {
                        return Ok(WakeOutcome::Marked);
                    }
                }
            }
        }
        Err(StoreError::Unavailable {
            operation: "wake an execution",
            cause: "its status changed with every attempt".to_owned(),
        })
    }

    /// May write while the execution waits for a later time. The loser finds out what it does instead. Should the
    /// message that follows be lost, the due index has the execution claimed soon.
    async fn end_wait(&self, id: ExecutionId, now: Timestamp) -> Result<Wait, StoreError> {
        let update = self
            .update_state(id)
            .condition_expression(format!(
                "#status = :waiting AND resume_at > :now AND {OF_THIS_VERSION}"
            ))
            .update_expression("SET resume_at = :now, due_at = :due_at, due_shard = :shard")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":waiting", text("waiting"))
            .expression_attribute_values(":now", moment(now))
            .expression_attribute_values(":due_at", moment(wait_due_at(now, now)))
            .expression_attribute_values(":shard", text(id.shard()));
        let found = match conditional("wake an execution", update.send().await)? {
            ConditionalWrite::Written(_) => return Ok(Wait::Ended),
            ConditionalWrite::ConditionFailed(found) => found,
        };
        let Some(state) = found.as_ref().map(StateItem::read).transpose()? else {
            return Ok(Wait::NoExecution);
        };
        Ok(match state.execution.phase {
            // Its wait is over already.
            Phase::Waiting { .. } => Wait::Ended,
            Phase::Ended { .. } => Wait::NoExecution,
            Phase::Queued | Phase::Running { .. } => Wait::NotWaiting(Box::new(state)),
        })
    }

    /// May write while the execution has the status that was seen; `false` where it has changed.
    async fn mark_woken(&self, seen: &StateItem) -> Result<bool, StoreError> {
        let update = self
            .update_state(seen.execution.id)
            .condition_expression(format!(
                "#status = :seen AND generation = :generation AND {OF_THIS_VERSION}"
            ))
            .update_expression("SET #woken = :one")
            .expression_attribute_names("#status", "status")
            .expression_attribute_names("#woken", WOKEN)
            .expression_attribute_values(":seen", text(seen.execution.status()))
            .expression_attribute_values(":generation", text(&seen.generation))
            .expression_attribute_values(":one", number(1));
        let write = conditional("wake an execution", update.send().await)?;
        Ok(write.is_written())
    }

    fn update_state(&self, id: ExecutionId) -> UpdateItemFluentBuilder {
        self.table
            .update(&Key::state(id))
            .expression_attribute_values(":version", number(VERSION))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}
