//! Lists of executions, newest first.

use std::collections::HashMap;

use domain::{Execution, ExecutionId, Shard, Status, Tenant, Timestamp, TriggerId, WorkflowId};

use crate::dynamodb::attributes::text;
use crate::dynamodb::keys::{Key, history_pk};
use crate::executions::history_index::{Position, Stretch};
use crate::executions::state::State;
use crate::{RunsTable, StoreError, config_table};

/// Which executions, and how many.
#[derive(Clone, Debug)]
pub struct ListQuery {
    pub tenant: Tenant,
    pub workflows: Vec<WorkflowId>,
    pub trigger: Option<TriggerId>,
    pub status: Option<Status>,
    /// Created at or after.
    pub since: Option<Timestamp>,
    /// Created before.
    pub until: Option<Timestamp>,
    /// The last one that the reader has.
    pub before: Option<Position<ExecutionId>>,
    pub limit: usize,
    pub now: Timestamp,
}

/// Some executions, and where the next ones begin. It may be short, or empty, and yet have a next.
#[derive(Debug)]
pub struct Page {
    pub executions: Vec<Execution>,
    pub next: Option<Position<ExecutionId>>,
}

impl RunsTable {
    /// The index lags a little behind; the records that it names are read as they are now.
    pub async fn list(&self, query: &ListQuery) -> Result<Page, StoreError> {
        let (positions, next) = self.positions(&stretch(query)).await?;
        let reads = positions
            .iter()
            .map(|position| self.read_execution(query, position.id));
        let found = futures::future::try_join_all(reads).await?;
        Ok(Page {
            executions: found.into_iter().flatten().collect(),
            next,
        })
    }

    async fn read_execution(
        &self,
        query: &ListQuery,
        id: ExecutionId,
    ) -> Result<Option<Execution>, StoreError> {
        let item = config_table::read(&self.client, &self.table, &Key::state(id)).await?;
        let found = item.as_ref().map(State::read).transpose()?;
        let found = found.map(|state| state.execution);
        Ok(found.filter(|execution| {
            execution.tenant == query.tenant
                && !execution.is_expired(query.now)
                && query
                    .status
                    .is_none_or(|status| execution.status() == status)
        }))
    }
}

fn stretch(query: &ListQuery) -> Stretch<ExecutionId> {
    let mut filters = Vec::new();
    let mut values = HashMap::new();
    if let Some(trigger) = query.trigger {
        filters.push("trigger_id = :trigger");
        values.insert(":trigger".to_owned(), text(trigger));
    }
    // A success looks in the index like what has not ended: the records tell them apart.
    match query.status {
        Some(status @ (Status::Failed | Status::Cancelled | Status::Rejected)) => {
            filters.push("unsuccessful = :status");
            values.insert(":status".to_owned(), text(status));
        }
        Some(Status::Queued | Status::Running | Status::Waiting | Status::Succeeded) => {
            filters.push("attribute_not_exists(unsuccessful)");
        }
        None => {}
    }
    Stretch {
        partitions: query
            .workflows
            .iter()
            .flat_map(|workflow| Shard::all().map(move |shard| history_pk(workflow, shard)))
            .collect(),
        since: query.since,
        until: query.until,
        before: query.before,
        limit: query.limit,
        filters,
        values,
    }
}
