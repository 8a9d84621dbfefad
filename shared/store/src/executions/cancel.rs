//! Cancelling an execution: one conditional write, after which every later write of its owner fails.

use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use domain::{Ending, Execution, Status, Timestamp};

use crate::dynamodb::attributes::{OF_THIS_VERSION, VERSION, number, text};
use crate::dynamodb::conditional_write::{ConditionalWrite, conditional};
use crate::dynamodb::due_attributes::due_at;
use crate::dynamodb::keys::Key;
use crate::dynamodb::update_expression::UpdateExpression;
use crate::executions::state_attributes::{UNTIL_ENDED, UNTIL_FANNED_OUT, ended};
use crate::executions::state_item::StateItem;
use crate::{Count, Executions, Nonce, StoreError};

/// What became of cancelling an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelOutcome {
    /// This request cancelled it.
    Cancelled,
    /// It had ended before, with this status.
    AlreadyEnded(Status),
    /// There is none with this id.
    NotFound,
}

/// Whether the event that the execution started may still have to be published.
#[derive(Clone, Copy, PartialEq, Eq)]
enum StartEvent {
    NotPending,
    Pending,
}

/// How one attempt to cancel ended.
enum Attempt {
    Finished(CancelOutcome),
    /// It has not ended, and its start event is pending.
    StartEventIsPending,
}

impl Executions {
    /// Cancels an execution. Where its start event is pending, which a second attempt finds out, the execution stays due
    /// at once, and a sweep has the event published.
    pub async fn cancel(
        &self,
        execution: &Execution,
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<CancelOutcome, StoreError> {
        for start_event in [StartEvent::NotPending, StartEvent::Pending] {
            let attempt = self.try_cancel(execution, start_event, now, nonce).await?;
            if let Attempt::Finished(outcome) = attempt {
                return Ok(outcome);
            }
        }
        Err(StoreError::bad(
            execution.id.to_string(),
            "it can be cancelled neither with a pending start event nor without",
        ))
    }

    /// May write while the execution has not ended and belongs to the tenant, and, for `NotPending`, has no start event
    /// to publish. The epoch grows, so that the owner's next write fails. If the owner's last write came first, that is
    /// how the execution ended, and the cancel finds it so. The repetition of a write whose answer was lost finds its
    /// own nonce.
    async fn try_cancel(
        &self,
        execution: &Execution,
        start_event: StartEvent,
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<Attempt, StoreError> {
        let expires_at = now.plus_days(self.retention_days);
        let mut changes = UpdateExpression::default();
        changes.set_all(ended(Ending::Cancelled, now, expires_at));
        changes.set("nonce", text(nonce));
        changes.increase("epoch", number(1));
        changes.remove_all(&UNTIL_ENDED);
        let condition = match start_event {
            StartEvent::NotPending => {
                changes.remove_all(&UNTIL_FANNED_OUT);
                "tenant = :tenant AND attribute_not_exists(ended) AND \
                 (attribute_not_exists(start_event_pending) OR attribute_not_exists(started_at))"
            }
            StartEvent::Pending => {
                changes.set_all(due_at(execution.id.shard(), now));
                changes.remove("sent_at");
                "tenant = :tenant AND attribute_not_exists(ended)"
            }
        };
        let update = changes
            .apply(self.table.update(&Key::state(execution.id)))
            .condition_expression(format!("{condition} AND {OF_THIS_VERSION}"))
            .expression_attribute_values(":version", number(VERSION))
            .expression_attribute_values(":tenant", text(execution.tenant))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let write = conditional("cancel an execution", update.send().await)?;
        if write.is_written() {
            self.metrics.count(Count::Cancelled, 1);
        }
        attempt(&write, execution, nonce)
    }
}

fn attempt<T>(
    write: &ConditionalWrite<T>,
    execution: &Execution,
    nonce: &Nonce,
) -> Result<Attempt, StoreError> {
    if write.took_effect(nonce) {
        return Ok(Attempt::Finished(CancelOutcome::Cancelled));
    }
    let found = write.found().map(StateItem::read).transpose()?;
    let found = found.map(|state| state.execution);
    let Some(found) = found.filter(|found| found.tenant == execution.tenant) else {
        return Ok(Attempt::Finished(CancelOutcome::NotFound));
    };
    Ok(match found.finished_at() {
        Some(_) => Attempt::Finished(CancelOutcome::AlreadyEnded(found.status())),
        None => Attempt::StartEventIsPending,
    })
}
