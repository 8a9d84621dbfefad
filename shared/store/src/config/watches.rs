//! What the subscriptions of a tenant watch of executions. It does not know where events are delivered, nor how.
//!
//! Every claim of an execution asks for it. A container keeps the answer with the number of the tenant's changes to
//! subscriptions, and a claim reads only that number: one small record, however many subscriptions there are and however
//! large they are.

use std::sync::Arc;

use domain::outbound::Watch;
use domain::{Tenant, Timestamp};

use crate::StoreError;
use crate::cache::BoundedCache;
use crate::config::subscription_item::read_watch;
use crate::dynamodb::attributes::{Row, VERSION, number, text};
use crate::dynamodb::keys::{Key, SUBSCRIPTION, tenant_pk};
use crate::dynamodb::table::Table;

/// Tenants whose watches a warm container keeps; those of one take 200 KB at the most.
const REMEMBERED: usize = 256;
/// A change is counted after it is written. Where its request dies in between, it counts once the kept watches are this
/// old; its caller has not been told that it was made.
const KEPT_MS: i64 = 30_000;

/// The watches of all tenants.
#[derive(Clone)]
pub struct SubscriptionWatches {
    table: Table,
    kept: Arc<BoundedCache<Tenant, Kept>>,
}

/// What a container keeps of a tenant.
#[derive(Clone)]
struct Kept {
    changes: u64,
    watches: Arc<[Watch]>,
}

impl SubscriptionWatches {
    pub(crate) fn new(table: Table) -> Self {
        Self {
            table,
            kept: Arc::new(BoundedCache::with_time_to_live(REMEMBERED, KEPT_MS)),
        }
    }

    /// The watches of a tenant's subscriptions. A change that was answered before is among them.
    pub async fn of(&self, tenant: Tenant, now: Timestamp) -> Result<Arc<[Watch]>, StoreError> {
        // Before the subscriptions are read: what changes meanwhile is read again by the next claim.
        let changes = self.changes(tenant).await?;
        let kept = self.kept.get(&tenant, now);
        if let Some(kept) = kept.filter(|kept| kept.changes == changes) {
            return Ok(kept.watches);
        }
        let watches = self.read(tenant).await?;
        let kept = Kept {
            changes,
            watches: watches.clone(),
        };
        self.kept.insert(tenant, kept, now);
        Ok(watches)
    }

    /// Counts a change of a tenant's subscriptions, after it was written and before it is answered. A deleted or disabled
    /// subscription needs no count: a container that does not know of it only asks for events that nobody receives.
    pub async fn count_change(&self, tenant: Tenant) -> Result<(), StoreError> {
        let update = self
            .table
            .update(&Key::subscription_changes(tenant))
            .update_expression("ADD changes :one SET v = :v")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":v", number(VERSION));
        let sent = update.send().await;
        sent.map(drop)
            .map_err(|error| StoreError::unavailable("count a change of subscriptions", error))
    }

    async fn changes(&self, tenant: Tenant) -> Result<u64, StoreError> {
        let item = self.table.read(&Key::subscription_changes(tenant)).await?;
        let changes = item.as_ref().map(|item| Row(item).number("changes"));
        Ok(changes.transpose()?.unwrap_or(0))
    }

    async fn read(&self, tenant: Tenant) -> Result<Arc<[Watch]>, StoreError> {
        let query = self
            .table
            .query()
            .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
            .projection_expression("pk, sk, v, events, workflows, slug")
            .expression_attribute_values(":pk", text(tenant_pk(tenant)))
            .expression_attribute_values(":sk", text(SUBSCRIPTION))
            .consistent_read(true);
        let items = self.table.read_all(query).await?;
        let watches = items.iter().map(read_watch);
        let watches: Vec<Option<Watch>> = watches.collect::<Result<_, _>>()?;
        Ok(watches.into_iter().flatten().collect())
    }
}
