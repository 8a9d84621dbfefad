//! Deleted subscriptions: each leaves a tombstone with the time of its deletion, by which its deliveries are found while
//! they are kept.

use domain::{SubscriptionId, Tenant, Timestamp};

use crate::dynamodb::attributes::{Item, Row, VERSION, moment, number};
use crate::dynamodb::keys::{Key, SUBSCRIPTION, SUBSCRIPTION_TOMBSTONE, tenant_pk};
use crate::dynamodb::transaction::TransactionOutcome;
use crate::{StoreError, Subscriptions};

/// Tombstones that one request removes at the most.
const REMOVED_AT_ONCE: usize = 10;

impl Subscriptions {
    /// Deletes a subscription, and leaves a tombstone. `false` where there is none with this id.
    pub async fn delete(
        &self,
        tenant: Tenant,
        id: SubscriptionId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        if self.find(tenant, id).await?.is_none() {
            return Ok(false);
        }
        let mut tombstone = Key::subscription_tombstone(tenant, id).item();
        tombstone.insert("v".into(), number(VERSION));
        tombstone.insert("deleted_at".into(), moment(now));
        let writes = vec![
            self.table.delete_always(&Key::subscription(tenant, id)),
            self.table.put_always(tombstone),
        ];
        match self.table.transact("delete a subscription", writes).await? {
            TransactionOutcome::Committed => Ok(true),
            TransactionOutcome::ConditionFailed { .. } => Err(StoreError::bad(
                id.to_string(),
                "DynamoDB refused writes that have no condition",
            )),
        }
    }

    /// The ids of all subscriptions that were there at that time or later, with deleted ones: no other subscription can
    /// have deliveries since.
    pub async fn ids_since(
        &self,
        tenant: Tenant,
        since: Timestamp,
    ) -> Result<Vec<SubscriptionId>, StoreError> {
        let pk = tenant_pk(tenant);
        let (live, mut tombstones) = futures::try_join!(
            self.table.read_prefix(&pk, SUBSCRIPTION),
            self.table.read_prefix(&pk, SUBSCRIPTION_TOMBSTONE),
        )?;
        tombstones.retain(|tombstone| !was_deleted_before(tombstone, since));
        live.iter().chain(&tombstones).map(id_in_key).collect()
    }

    /// Removes a few tombstones of subscriptions that were deleted before that time, and have no deliveries left.
    pub async fn remove_tombstones(
        &self,
        tenant: Tenant,
        before: Timestamp,
    ) -> Result<(), StoreError> {
        let pk = tenant_pk(tenant);
        let tombstones = self.table.read_prefix(&pk, SUBSCRIPTION_TOMBSTONE).await?;
        let old = tombstones
            .iter()
            .filter(|tombstone| was_deleted_before(tombstone, before))
            .take(REMOVED_AT_ONCE);
        let removals = old.map(|tombstone| async move {
            let key = Key::subscription_tombstone(tenant, id_in_key(tombstone)?);
            let removed = self.table.delete(&key).send().await;
            removed
                .map(drop)
                .map_err(|error| StoreError::unavailable("remove a tombstone", error))
        });
        futures::future::try_join_all(removals).await.map(drop)
    }
}

/// A tombstone whose time cannot be read counts as recent, so that it hides no delivery.
fn was_deleted_before(tombstone: &Item, time: Timestamp) -> bool {
    let deleted_at = Row(tombstone).optional_moment("deleted_at");
    matches!(deleted_at, Ok(Some(at)) if at < time)
}

fn id_in_key(item: &Item) -> Result<SubscriptionId, StoreError> {
    let row = Row(item);
    let id = row.text("sk")?.split('#').nth(1).unwrap_or_default();
    SubscriptionId::parse(id).map_err(|error| row.bad("sk", &error.to_string()))
}
