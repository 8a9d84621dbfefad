//! What the owner of an execution may do: claim it, read its request and checkpoint, and record its progress.

use domain::{Timestamp, WebhookRequest};

use crate::client::metrics::{Metrics, Timing};
use crate::dynamodb::keys::Key;
use crate::dynamodb::table::Table;
use crate::executions::children::ExecutionItems;
use crate::executions::state_attributes::WOKEN;
use crate::{Count, NextState, OwnedExecution, StoreError};

/// Claims and checkpoints of executions.
#[derive(Clone)]
pub struct ExecutionLeases {
    pub(crate) table: Table,
    pub(crate) items: ExecutionItems,
    pub(crate) retention_days: i64,
    pub(crate) metrics: Metrics,
}

impl ExecutionLeases {
    pub(crate) fn new(table: Table, retention_days: i64, metrics: Metrics) -> Self {
        Self {
            items: ExecutionItems::new(table.clone()),
            table,
            retention_days,
            metrics,
        }
    }

    /// The request of an execution that was claimed, and the bytes of its item, where it is one of its own.
    pub async fn request(
        &self,
        owned: &OwnedExecution,
    ) -> Result<(WebhookRequest, Option<usize>), StoreError> {
        self.items.read_request(&owned.state).await
    }

    /// Whether a wake came since the execution was claimed. To be asked once its wait is written.
    pub async fn was_woken(&self, owned: &OwnedExecution) -> Result<bool, StoreError> {
        let item = self.table.read(&Key::state(owned.execution.id)).await?;
        Ok(item.is_some_and(|item| item.contains_key(WOKEN)))
    }

    /// Counts an end, and how long it took.
    pub(crate) fn measure_end(&self, owned: &OwnedExecution, next: &NextState, now: Timestamp) {
        let count = match next {
            NextState::Succeeded { .. } => Count::Succeeded,
            NextState::Failed { .. } => Count::Failed,
            NextState::Running | NextState::Queued | NextState::Waiting { .. } => return,
        };
        self.metrics.count(count, 1);
        if let Some(started_at) = owned.execution.started_at {
            self.metrics.time(Timing::RunTime, started_at, now);
        }
    }

    /// TTL removes children at a time that was set when they were written. Before an execution continues past it, or
    /// waits past it, that time is extended.
    pub(crate) async fn extend_children_ttl(
        &self,
        owned: &mut OwnedExecution,
        next: &NextState,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let active_until = match next {
            NextState::Waiting { resume_at } => *resume_at,
            NextState::Running
            | NextState::Queued
            | NextState::Succeeded { .. }
            | NextState::Failed { .. } => now,
        };
        let needed = active_until.plus_days(self.retention_days);
        if needed <= owned.state.children_until {
            return Ok(());
        }
        let until = needed.plus_days(1);
        let extended = self.items.extend_children_ttl(&owned.state, needed, until);
        owned.state.children_until = extended.await?;
        Ok(())
    }
}
