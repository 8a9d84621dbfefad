//! Lists of executions, newest first.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
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
    /// Only those that replay this one, or that it runs.
    pub parent: Option<ExecutionId>,
    /// Only those that have one of these statuses now; empty for any.
    pub statuses: Vec<Status>,
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

    /// One page of executions. The index lags a little behind, and so may the records that it names.
    pub async fn list(&self, query: &ExecutionQuery) -> Result<ExecutionPage, StoreError> {
        let page = self.index.page(&index_range(query)).await?;
        let executions = self.at(query.tenant, page.cursors, query.now).await?;
        let matches = |execution: &Execution| {
            let statuses = &query.statuses;
            (statuses.is_empty() || statuses.contains(&execution.status()))
                && query
                    .parent
                    .is_none_or(|id| execution.parent_id == Some(id))
        };
        Ok(ExecutionPage {
            executions: executions.into_iter().filter(matches).collect(),
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

    /// The executions that entries of the index name, as they were a moment ago: that costs half of what certainty does.
    pub async fn at(
        &self,
        tenant: Tenant,
        entries: impl IntoIterator<Item = Cursor<ExecutionId>>,
        now: Timestamp,
    ) -> Result<Vec<Execution>, StoreError> {
        let reads = entries
            .into_iter()
            .map(|entry| self.items.glance_at(tenant, entry.id, now));
        let states = futures::future::try_join_all(reads).await?;
        let executions = states.into_iter().flatten().map(|state| state.execution);
        Ok(executions.collect())
    }
}

/// What the index can say of statuses. It does not tell a success from an execution that has not ended: the records do.
fn status_filter(statuses: &[Status], values: &mut HashMap<String, AttributeValue>) -> String {
    let mut alternatives = Vec::new();
    for (at, status) in statuses.iter().enumerate() {
        match status {
            Status::Failed | Status::Cancelled | Status::Rejected => {
                let name = format!(":status{at}");
                alternatives.push(format!("unsuccessful = {name}"));
                values.insert(name, text(status));
            }
            Status::Queued | Status::Running | Status::Waiting | Status::Succeeded => {
                let other = "attribute_not_exists(unsuccessful)".to_owned();
                if !alternatives.contains(&other) {
                    alternatives.push(other);
                }
            }
        }
    }
    format!("({})", alternatives.join(" OR "))
}

fn index_range(query: &ExecutionQuery) -> IndexRange<ExecutionId> {
    let mut filters = Vec::new();
    let mut values = HashMap::new();
    if let Some(trigger) = query.trigger {
        filters.push("trigger_id = :trigger".to_owned());
        values.insert(":trigger".to_owned(), text(trigger));
    }
    if !query.statuses.is_empty() {
        filters.push(status_filter(&query.statuses, &mut values));
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
