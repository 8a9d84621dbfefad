//! Which workflows of a tenant go by which name of a document. An entry is written with each version of a workflow and
//! never taken away, so it proves nothing: what it names is looked at.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{DocumentName, Tenant, Workflow, WorkflowId};
use futures::future::try_join_all;

use crate::StoreError;
use crate::config::config_table::{ConfigTable, put_new, query_all};
use crate::dynamodb::attributes::{Item, Row, VERSION, number, text};
use crate::dynamodb::keys::{Key, document_prefix, tenant_pk};

/// A version of a workflow, found by what its document calls itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    pub workflow: Workflow,
    /// As this program counts.
    pub number: u64,
    /// As the document says.
    pub version: String,
}

struct Entry {
    workflow: WorkflowId,
    number: u64,
    version: String,
}

impl ConfigTable {
    /// Every version of that name, of workflows that are there; in no order.
    pub async fn named(
        &self,
        tenant: Tenant,
        name: &DocumentName,
    ) -> Result<Vec<Named>, StoreError> {
        let (pk, prefix) = (tenant_pk(tenant), document_prefix(name));
        let items = query_all(&self.client, &self.table, &pk, &prefix).await?;
        let entries = items.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        let mut ids: Vec<WorkflowId> = entries.iter().map(|entry| entry.workflow).collect();
        ids.sort_unstable();
        ids.dedup();
        let reads = ids.into_iter().map(|id| self.workflow(tenant, id));
        let workflows: Vec<Workflow> = try_join_all(reads).await?.into_iter().flatten().collect();
        let named = entries.into_iter().filter_map(|entry| {
            let workflow = workflows.iter().find(|one| one.id == entry.workflow)?;
            Some(Named {
                workflow: workflow.clone(),
                number: entry.number,
                version: entry.version,
            })
        });
        Ok(named.collect())
    }
}

/// The entry of a version that is written; none for a definition without a name that can be found.
pub(crate) fn put_entry(
    table: &str,
    workflow: &Workflow,
    definition: &serde_json::Value,
) -> Option<TransactWriteItem> {
    let (name, version) = DocumentName::in_head(definition)?;
    let mut item: Item =
        Key::document(workflow.tenant, &name, workflow.id, workflow.version).item();
    item.extend([
        ("v".to_owned(), number(VERSION)),
        ("workflow_id".to_owned(), text(workflow.id)),
        ("number".to_owned(), number(workflow.version)),
        ("version".to_owned(), text(version)),
    ]);
    Some(put_new(table, item))
}

fn entry(item: &Item) -> Result<Entry, StoreError> {
    let row = Row::checked(item)?;
    Ok(Entry {
        workflow: row.parsed("workflow_id")?,
        number: row.number("number")?,
        version: row.text("version")?.to_owned(),
    })
}
