//! The index of workflows by the name that their documents give. An entry is written with each version of a workflow and
//! never removed, so what it names is read before it is used.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{DocumentName, Tenant, Workflow, WorkflowId};
use futures::future::try_join_all;

use crate::StoreError;
use crate::config::workflows::Workflows;
use crate::dynamodb::attributes::{Item, Row, VERSION, number, text};
use crate::dynamodb::keys::{Key, document_prefix, tenant_pk};
use crate::dynamodb::table::Table;

/// Finds workflows by the name of their documents.
#[derive(Clone)]
pub struct WorkflowNameIndex {
    table: Table,
    workflows: Workflows,
}

/// A version of a workflow, found by the name of its document.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedVersion {
    /// The workflow as it is now.
    pub workflow: Workflow,
    /// The number of the version, as this program counts.
    pub number: u64,
    /// The version, as the document says.
    pub version: String,
}

struct Entry {
    workflow: WorkflowId,
    number: u64,
    version: String,
}

impl WorkflowNameIndex {
    pub(crate) fn new(table: Table, workflows: Workflows) -> Self {
        Self { table, workflows }
    }

    /// Every version of that name, of workflows that are not deleted; in no order.
    pub async fn find(
        &self,
        tenant: Tenant,
        name: &DocumentName,
    ) -> Result<Vec<NamedVersion>, StoreError> {
        let (pk, prefix) = (tenant_pk(tenant), document_prefix(name));
        let items = self.table.read_prefix(&pk, &prefix).await?;
        let entries = items.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        let mut ids: Vec<WorkflowId> = entries.iter().map(|entry| entry.workflow).collect();
        ids.sort_unstable();
        ids.dedup();
        let reads = ids.into_iter().map(|id| self.workflows.find(tenant, id));
        let workflows: Vec<Workflow> = try_join_all(reads).await?.into_iter().flatten().collect();
        let versions = entries.into_iter().filter_map(|entry| {
            let workflow = workflows.iter().find(|one| one.id == entry.workflow)?;
            Some(NamedVersion {
                workflow: workflow.clone(),
                number: entry.number,
                version: entry.version,
            })
        });
        Ok(versions.collect())
    }
}

/// The entry of a new version; `None` for a definition without a name that can be found.
pub(crate) fn put_entry(
    table: &Table,
    workflow: &Workflow,
    definition: &serde_json::Value,
) -> Option<TransactWriteItem> {
    let (name, version) = DocumentName::in_head(definition)?;
    let mut item = Key::document(workflow.tenant, &name, workflow.id, workflow.version).item();
    item.extend([
        ("v".to_owned(), number(VERSION)),
        ("workflow_id".to_owned(), text(workflow.id)),
        ("number".to_owned(), number(workflow.version)),
        ("version".to_owned(), text(version)),
    ]);
    Some(table.put_new(item))
}

fn entry(item: &Item) -> Result<Entry, StoreError> {
    let row = Row::checked(item)?;
    Ok(Entry {
        workflow: row.parsed("workflow_id")?,
        number: row.number("number")?,
        version: row.text("version")?.to_owned(),
    })
}
