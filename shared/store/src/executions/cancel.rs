//! Ending an execution from outside: one conditional write, which every later write of its owner
//! then fails on.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use domain::{Ending, Execution, Status, Timestamp};

use crate::dynamodb::attributes::{number, text};
use crate::dynamodb::keys::Key;
use crate::executions::state::{self, State};
use crate::{Count, Nonce, RunsTable, StoreError};

/// What became of a cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    Done,
    /// It had ended before, this way.
    Ended(Status),
    NotFound,
}

/// Whether subscribers may have to be told that it started.
#[derive(Clone, Copy, PartialEq, Eq)]
enum News {
    Told,
    Untold,
}

enum Attempt {
    Over(Cancelled),
    /// It is there and has not ended: what stands in the way is that there is something to tell.
    HasNews,
}

impl RunsTable {
    /// Timeline: may write while the execution has not ended and belongs to the tenant. The epoch
    /// moves on, so that the owner's next write fails; if the owner's last write came first, that
    /// is how it ended. The retry of a write whose answer was lost meets its own nonce. Where subscribers may have to be
    /// told that it started, which a second attempt finds, it stays due at once, and a sweep has them told.
    pub async fn cancel(
        &self,
        execution: &Execution,
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<Cancelled, StoreError> {
        match self
            .end_from_outside(execution, News::Told, now, nonce)
            .await?
        {
            Attempt::Over(cancelled) => Ok(cancelled),
            Attempt::HasNews => match self
                .end_from_outside(execution, News::Untold, now, nonce)
                .await?
            {
                Attempt::Over(cancelled) => Ok(cancelled),
                Attempt::HasNews => Err(StoreError::bad(
                    execution.id.to_string(),
                    "it can neither be cancelled with news nor without",
                )),
            },
        }
    }

    async fn end_from_outside(
        &self,
        execution: &Execution,
        news: News,
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<Attempt, StoreError> {
        let expires_at = now.plus_days(self.retention_days);
        let (condition, change) = match news {
            News::Told => (
                " AND (attribute_not_exists(tell_start) OR attribute_not_exists(started_at))",
                " REMOVE lease_until, resume_at, due_at, due_shard, sent_at, tell_start, woken",
            ),
            News::Untold => (
                "",
                ", due_shard = :due_shard, due_at = :due_at REMOVE lease_until, resume_at, sent_at, woken",
            ),
        };
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(Key::state(execution.id).item()))
            .condition_expression(format!(
                "tenant = :tenant AND attribute_not_exists(ended){condition}"
            ))
            .update_expression(format!(
                "SET #status = :status, ended = :ended, unsuccessful = :unsuccessful, \
                 finished_at = :finished_at, expires_at = :expires_at, nonce = :nonce, \
                 epoch = epoch + :one{change}"
            ))
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":tenant", text(execution.tenant))
            .expression_attribute_values(":nonce", text(nonce))
            .expression_attribute_values(":one", number(1))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        for (name, value) in state::ended(Ending::Cancelled, now, expires_at) {
            update = update.expression_attribute_values(format!(":{name}"), value);
        }
        if news == News::Untold {
            for (name, value) in state::due(execution.id.shard(), now) {
                update = update.expression_attribute_values(format!(":{name}"), value);
            }
        }
        let error = match update.send().await {
            Ok(_) => {
                self.metrics.count(Count::Cancelled, 1);
                return Ok(Attempt::Over(Cancelled::Done));
            }
            Err(error) => error,
        };
        let Some(UpdateItemError::ConditionalCheckFailedException(met)) = error.as_service_error()
        else {
            return Err(StoreError::unavailable("cancel an execution", error));
        };
        let Some(item) = met.item().filter(|item| !item.is_empty()) else {
            return Ok(Attempt::Over(Cancelled::NotFound));
        };
        let found = State::read(item)?;
        if found.execution.tenant != execution.tenant {
            return Ok(Attempt::Over(Cancelled::NotFound));
        }
        if &found.nonce == nonce {
            return Ok(Attempt::Over(Cancelled::Done));
        }
        Ok(match found.execution.finished_at() {
            Some(_) => Attempt::Over(Cancelled::Ended(found.execution.status())),
            None => Attempt::HasNews,
        })
    }
}
