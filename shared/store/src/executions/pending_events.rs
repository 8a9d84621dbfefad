//! What an execution has come to that subscribers have not been told: read from its state, and crossed off when they
//! are.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use domain::outbound::LifecycleEvent;
use domain::{Ending, Execution, ExecutionId, Phase, Timestamp};
use serde_json::Value;

use crate::dynamodb::attributes::{moment, text};
use crate::dynamodb::keys::Key;
use crate::executions::checkpoint::{Checkpoint, wait_is_over};
use crate::executions::state::{State, TELL_END, TELL_START};
use crate::{Nonce, RunsTable, StoreError, config_table};

/// What is to be told of an execution.
#[derive(Debug)]
pub struct PendingEvents {
    pub execution: Execution,
    /// In the order in which it happened; empty where nothing is left.
    pub lifecycle_events: Vec<LifecycleEvent>,
    /// How many workflows have called each other to get here.
    pub hops: u8,
    pub output: Option<Value>,
    pub error: Option<Value>,
    seen: Nonce,
}

impl RunsTable {
    /// `None` where the execution is gone, or nobody has to come back for news of it.
    pub async fn news(&self, id: ExecutionId) -> Result<Option<PendingEvents>, StoreError> {
        let item = config_table::read(&self.client, &self.table, &Key::state(id)).await?;
        let state = item.as_ref().map(State::read).transpose()?;
        let Some(state) = state.filter(State::has_news) else {
            return Ok(None);
        };
        let lifecycle_events = lifecycle_events(&state);
        let is_over = lifecycle_events
            .iter()
            .any(|one| *one != LifecycleEvent::Started);
        let (request, packed) = futures::try_join!(self.read_request(&state), async {
            match is_over {
                true => self.read_checkpoint(&state).await,
                false => Ok(None),
            }
        })?;
        let checkpoint = Checkpoint::unpack(&state, packed, &request.body)?;
        Ok(Some(PendingEvents {
            lifecycle_events,
            hops: request.hops(),
            output: checkpoint.output,
            error: checkpoint.error,
            seen: state.nonce,
            execution: state.execution,
        }))
    }

    /// Timeline: crosses off what was told, while the state is the one that was read: its worker may have come to its
    /// end meanwhile, and then there is more to tell. `false` there. Doing it again changes nothing.
    pub async fn mark_fanned_out(
        &self,
        news: &PendingEvents,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut change = format!("REMOVE {TELL_START}");
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(Key::state(news.execution.id).item()))
            .condition_expression("nonce = :seen")
            .expression_attribute_values(":seen", text(&news.seen));
        match news.execution.phase {
            Phase::Ended { .. } => {
                change = format!("{change}, {TELL_END}, due_at, due_shard, sent_at, redrives");
            }
            // It was due early, should the message that brought us here be lost.
            Phase::Waiting { resume_at } => {
                change = format!("SET due_at = :due_at {change}");
                let due_at = wait_is_over(resume_at, now);
                // Whoever wakes it leaves its nonce, and moves both.
                update = update
                    .condition_expression("nonce = :seen AND resume_at = :resume_at")
                    .expression_attribute_values(":resume_at", moment(resume_at))
                    .expression_attribute_values(":due_at", moment(due_at));
            }
            Phase::Queued | Phase::Running { .. } => {}
        }
        match update.update_expression(change).send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(StoreError::unavailable("note that news are told", error)),
            },
        }
    }
}

fn lifecycle_events(state: &State) -> Vec<LifecycleEvent> {
    let has_started = state.tell_start && state.execution.started_at.is_some();
    let end = match state.execution.phase {
        Phase::Ended { ending, .. } if state.tell_end => match ending {
            Ending::Succeeded => Some(LifecycleEvent::Completed),
            Ending::Failed => Some(LifecycleEvent::Failed),
            Ending::Cancelled | Ending::Rejected => None,
        },
        Phase::Ended { .. } | Phase::Queued | Phase::Running { .. } | Phase::Waiting { .. } => None,
    };
    has_started
        .then_some(LifecycleEvent::Started)
        .into_iter()
        .chain(end)
        .collect()
}
