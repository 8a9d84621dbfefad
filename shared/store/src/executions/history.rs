//! Lists of executions, newest first.

use std::collections::HashMap;

use domain::{
    Cursor, Execution, ExecutionId, Shard, Status, Tenant, Timestamp, TriggerId, WorkflowId,
};

use crate::StoreError;
use crate::dynamodb::attributes::text;
use crate::dynamodb::history_index::{HistoryIndex, IndexRange};
use crate::dynamodb::keys::history_pk;
use crate::dynamodb::table::Table;
use crate::executions::children::ExecutionItems;

/// The history of executions.
#[derive(Clone)]
pub struct ExecutionHistory {
    index: HistoryIndex,
    items: ExecutionItems,
}

/// Which executions, and how many.
#[derive(Clone, Debug)]
pub struct ExecutionQuery {
    /// Whose executions.
    pub tenant: Tenant,
    /// Of which workflows.
    pub workflows: Vec<WorkflowId>,
    /// Only those that this trigger accepted.
    pub trigger: Option<TriggerId>,
    /// Only those that have this status now.
    pub status: Option<Status>,
    /// Created at or after.
    pub since: Option<Timestamp>,
    /// Created before.
    pub until: Option<Timestamp>,
    /// The last execution of the page before.
    pub before: Option<Cursor<ExecutionId>>,
    /// How many at the most.
    pub limit: usize,
    /// Executions that have expired by then are left out.
    pub now: Timestamp,
}

/// Some executions, and where the next page starts. A page may be short or empty and still have a next one.
#[derive(Debug)]
pub struct ExecutionPage {
    /// Newest first.
    pub executions: Vec<Execution>,
    /// The cursor of the next page; `None` at the end of the list.
    pub next: Option<Cursor<ExecutionId>>,
}

impl ExecutionHistory {
    pub(crate) fn new(table: Table) -> Self {
        Self {
            index: HistoryIndex::new(table.clone()),
            items: ExecutionItems::new(table),
        }
    }

    /// One page of executions. The index lags a little behind; the records that it names are read as they are now.
    pub async fn list(&self, query: &ExecutionQuery) -> Result<ExecutionPage, StoreError> {
        let page = self.index.page(&index_range(query)).await?;
        let executions = self.at(query.tenant, page.cursors, query.now).await?;
        let has_status = |execution: &Execution| {
            let status = query.status;
            status.is_none_or(|status| execution.status() == status)
        };
        Ok(ExecutionPage {
            executions: executions.into_iter().filter(has_status).collect(),
            next: page.next,
        })
    }

    /// The entries of one page in the index alone, without reading a record: for counting, and for pages by number.
    pub async fn entries(
        &self,
        query: &ExecutionQuery,
    ) -> Result<(Vec<Cursor<ExecutionId>>, Option<Cursor<ExecutionId>>), StoreError> {
        let page = self.index.page(&index_range(query)).await?;
        Ok((page.cursors, page.next))
    }

    /// The executions that entries of the index name, as they are now.
    pub async fn at(
        &self,
        tenant: Tenant,
        entries: impl IntoIterator<Item = Cursor<ExecutionId>>,
        now: Timestamp,
    ) -> Result<Vec<Execution>, StoreError> {
        let reads = entries
            .into_iter()
            .map(|entry| self.items.state_of(tenant, entry.id, now));
        let states = futures::future::try_join_all(reads).await?;
        let executions = states.into_iter().flatten().map(|state| state.execution);
        Ok(executions.collect())
    }
}

fn index_range(query: &ExecutionQuery) -> IndexRange<ExecutionId> {
    let mut filters = Vec::new();
    let mut values = HashMap::new();
    if let Some(trigger) = query.trigger {
        filters.push("trigger_id = :trigger");
        values.insert(":trigger".to_owned(), text(trigger));
    }
    // The index does not tell a success from an execution that has not ended: the records do.
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
    IndexRange {
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
