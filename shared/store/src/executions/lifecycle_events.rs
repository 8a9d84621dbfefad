//! Events of an execution that are not published yet: read from its state item, and marked as published there.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use domain::outbound::LifecycleEvent;
use domain::{Ending, Execution, ExecutionId, Phase, Timestamp, WebhookRequest};
use serde_json::Value;

use crate::dynamodb::attributes::{moment, text};
use crate::dynamodb::conditional_write::conditional;
use crate::dynamodb::due_attributes::{DUE_ATTRIBUTES, REDRIVES, wait_due_at};
use crate::dynamodb::keys::Key;
use crate::dynamodb::table::Table;
use crate::dynamodb::update_expression::UpdateExpression;
use crate::executions::checkpoint::Checkpoint;
use crate::executions::children::ExecutionItems;
use crate::executions::state_attributes::{END_EVENT_PENDING, START_EVENT_PENDING};
use crate::executions::state_item::StateItem;
use crate::{Nonce, StoreError};

/// The events of executions that have to be published.
#[derive(Clone)]
pub struct LifecycleEvents {
    table: Table,
    items: ExecutionItems,
}

/// The events of one execution that are not published yet.
#[derive(Debug)]
pub struct PendingEvents {
    /// Its status and times.
    pub execution: Execution,
    /// In the order in which they happened; empty where nothing is left to publish.
    pub lifecycle_events: Vec<LifecycleEvent>,
    /// The request that the execution began with.
    pub request: WebhookRequest,
    /// The output, where an event of the end is among them and the execution succeeded.
    pub output: Option<Value>,
    /// The error, where an event of the end is among them and the execution failed.
    pub error: Option<Value>,
    seen: Nonce,
}

impl LifecycleEvents {
    pub(crate) fn new(table: Table) -> Self {
        Self {
            items: ExecutionItems::new(table.clone()),
            table,
        }
    }

    /// `None` where the execution is gone, or has no pending events.
    pub async fn pending(&self, id: ExecutionId) -> Result<Option<PendingEvents>, StoreError> {
        let state = self.items.state(id).await?;
        let Some(state) = state.filter(StateItem::has_pending_events) else {
            return Ok(None);
        };
        let lifecycle_events = lifecycle_events(&state);
        let has_end = lifecycle_events
            .iter()
            .any(|event| *event != LifecycleEvent::Started);
        let (request, checkpoint) = match has_end {
            true => self.items.request_and_checkpoint(&state).await?,
            false => (self.items.request(&state).await?, Checkpoint::default()),
        };
        Ok(Some(PendingEvents {
            lifecycle_events,
            request,
            output: checkpoint.output,
            error: checkpoint.error,
            seen: state.nonce,
            execution: state.execution,
        }))
    }

    /// Records that the events are published. May write while the state item is the one that was read; `false` where
    /// its worker has written since, because there may be another event to publish then. A repetition changes nothing.
    pub async fn mark_fanned_out(
        &self,
        published: &PendingEvents,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut changes = UpdateExpression::default();
        changes.remove(START_EVENT_PENDING);
        let execution = &published.execution;
        let update = self.table.update(&Key::state(execution.id));
        let update = match execution.phase {
            Phase::Ended { .. } => {
                changes.remove(END_EVENT_PENDING);
                changes.remove_all(&DUE_ATTRIBUTES);
                changes.remove(REDRIVES);
                unchanged(update)
            }
            // It was due early, in case the message that led here was lost.
            Phase::Waiting { resume_at } => {
                changes.set("due_at", moment(wait_due_at(resume_at, now)));
                unchanged_wait(update, resume_at)
            }
            Phase::Queued | Phase::Running { .. } => unchanged(update),
        };
        let update = update.expression_attribute_values(":seen", text(&published.seen));
        let sent = changes.apply(update).send().await;
        let write = conditional("mark the events of an execution as published", sent)?;
        Ok(write.is_written())
    }
}

fn unchanged(update: UpdateItemFluentBuilder) -> UpdateItemFluentBuilder {
    update.condition_expression("nonce = :seen")
}

/// A wake leaves the nonce as it is, and changes `resume_at` and `due_at`.
fn unchanged_wait(
    update: UpdateItemFluentBuilder,
    resume_at: Timestamp,
) -> UpdateItemFluentBuilder {
    update
        .condition_expression("nonce = :seen AND resume_at = :resume_at")
        .expression_attribute_values(":resume_at", moment(resume_at))
}

fn lifecycle_events(state: &StateItem) -> Vec<LifecycleEvent> {
    let has_started = state.start_event_pending && state.execution.started_at.is_some();
    let end = match state.execution.phase {
        Phase::Ended { ending, .. } if state.end_event_pending => match ending {
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
