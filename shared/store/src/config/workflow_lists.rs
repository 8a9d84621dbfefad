//! Lists of a tenant's workflows.

use domain::{Slug, Tenant, TriggerId, Workflow, WorkflowId};
use futures::stream::{StreamExt as _, TryStreamExt as _};

use crate::dynamodb::attributes::{Row, text};
use crate::dynamodb::keys::{Key, SLUG, WORKFLOW_TOMBSTONE, tenant_pk};
use crate::{StoreError, Workflows};

/// Items that a search reads at once.
const READS_AT_ONCE: usize = 32;

impl Workflows {
    /// A tenant's workflows in the order of their slugs, from the one after `after` on.
    pub async fn list(
        &self,
        tenant: Tenant,
        after: Option<&Slug>,
        limit: usize,
    ) -> Result<Vec<Workflow>, StoreError> {
        let from = after.map(|slug| Key::slug(tenant, slug).item());
        let page = self
            .table
            .query()
            .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
            .expression_attribute_values(":pk", text(tenant_pk(tenant)))
            .expression_attribute_values(":sk", text(SLUG))
            .consistent_read(true)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(from)
            .send()
            .await
            .map_err(|error| StoreError::unavailable("list workflows", error))?;
        let ids: Vec<WorkflowId> = page
            .items()
            .iter()
            .map(|item| Row::checked(item)?.parsed("workflow_id"))
            .collect::<Result<_, _>>()?;
        let reads = ids.into_iter().map(|id| self.find(tenant, id));
        let found = futures::future::try_join_all(reads).await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// The workflow of a trigger. One item is read for each workflow of the tenant, because nothing else leads from a
    /// trigger to its workflow: people ask for this seldom, and webhooks never.
    pub async fn find_of_trigger(
        &self,
        tenant: Tenant,
        trigger: TriggerId,
    ) -> Result<Option<Workflow>, StoreError> {
        let slugs = self.table.read_prefix(&tenant_pk(tenant), SLUG).await?;
        let ids: Vec<WorkflowId> = slugs
            .iter()
            .map(|item| Row::checked(item)?.parsed("workflow_id"))
            .collect::<Result<_, _>>()?;
        let has_trigger = |id: WorkflowId| async move {
            let found = self.table.read(&Key::trigger(id, trigger)).await?;
            Ok::<_, StoreError>(found.map(|_| id))
        };
        let mut found = futures::stream::iter(ids)
            .map(has_trigger)
            .buffer_unordered(READS_AT_ONCE)
            .try_filter_map(async |found| Ok(found))
            .boxed();
        match found.try_next().await? {
            Some(id) => self.find(tenant, id).await,
            None => Ok(None),
        }
    }

    /// The ids of all workflows of a tenant, with deleted ones: their executions may still be there.
    pub async fn ids_with_deleted(&self, tenant: Tenant) -> Result<Vec<WorkflowId>, StoreError> {
        let pk = tenant_pk(tenant);
        let (current, deleted) = futures::try_join!(
            self.table.read_prefix(&pk, SLUG),
            self.table.read_prefix(&pk, WORKFLOW_TOMBSTONE),
        )?;
        current
            .iter()
            .chain(&deleted)
            .map(|item| Row::checked(item)?.parsed("workflow_id"))
            .collect()
    }
}
