//! Subscriptions that were deleted: each leaves a mark with the time, by which its deliveries are found while they are kept.

use domain::{SubscriptionId, Tenant, Timestamp};

use crate::StoreError;
use crate::config::config_table::{ConfigTable, Transaction, put, query_all, remove, transact};
use crate::dynamodb::attributes::{Item, Row, VERSION, moment, number};
use crate::dynamodb::keys::{Key, SUBSCRIPTION, SUBSCRIPTION_GONE, tenant_pk};

/// Marks that one request removes at the most.
const FORGOTTEN_AT_ONCE: usize = 10;

impl ConfigTable {
    /// It goes, and leaves a mark with the time, by which its deliveries are still found. `false` where there is none.
    pub async fn delete_subscription(
        &self,
        tenant: Tenant,
        id: SubscriptionId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        if self.subscription(tenant, id).await?.is_none() {
            return Ok(false);
        }
        let mut mark = Key::subscription_gone(tenant, id).item();
        mark.insert("v".into(), number(VERSION));
        mark.insert("deleted_at".into(), moment(now));
        let writes = vec![
            remove(&self.table, &Key::subscription(tenant, id)),
            put(&self.table, mark),
        ];
        match transact(&self.client, "delete a subscription", writes).await? {
            Transaction::Done => Ok(true),
            Transaction::Refused { .. } => Err(StoreError::bad(
                id.to_string(),
                "writes without a condition were refused",
            )),
        }
    }

    /// Every subscription that was there at that time or later, deleted ones too: no other can have deliveries since.
    pub async fn subscriptions_since(
        &self,
        tenant: Tenant,
        since: Timestamp,
    ) -> Result<Vec<SubscriptionId>, StoreError> {
        let pk = tenant_pk(tenant);
        let (live, mut gone) = futures::try_join!(
            query_all(&self.client, &self.table, &pk, SUBSCRIPTION),
            query_all(&self.client, &self.table, &pk, SUBSCRIPTION_GONE),
        )?;
        gone.retain(|mark| !was_deleted_before(mark, since));
        live.iter().chain(&gone).map(id_in_key).collect()
    }

    /// Forgets which subscriptions were deleted before that time, a few of them: nothing of theirs is left to be found.
    pub async fn forget_subscriptions(
        &self,
        tenant: Tenant,
        before: Timestamp,
    ) -> Result<(), StoreError> {
        let pk = tenant_pk(tenant);
        let marks = query_all(&self.client, &self.table, &pk, SUBSCRIPTION_GONE).await?;
        let old = marks.iter().filter(|mark| was_deleted_before(mark, before));
        let old = old.take(FORGOTTEN_AT_ONCE);
        let forgotten = old.map(|mark| async move {
            let key = Key::subscription_gone(tenant, id_in_key(mark)?);
            let delete = self.client.delete_item().table_name(&self.table);
            let deleted = delete.set_key(Some(key.item())).send().await;
            deleted
                .map(drop)
                .map_err(|error| StoreError::unavailable("forget a subscription", error))
        });
        futures::future::try_join_all(forgotten).await.map(drop)
    }
}

/// A mark whose time cannot be read hides nothing.
fn was_deleted_before(mark: &Item, time: Timestamp) -> bool {
    let deleted_at = Row(mark).optional_moment("deleted_at");
    matches!(deleted_at, Ok(Some(at)) if at < time)
}

fn id_in_key(item: &Item) -> Result<SubscriptionId, StoreError> {
    let row = Row(item);
    let id = row.text("sk")?.split('#').nth(1).unwrap_or_default();
    SubscriptionId::parse(id).map_err(|error| row.bad("sk", &error.to_string()))
}
