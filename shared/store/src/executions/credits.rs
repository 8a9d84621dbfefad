//! The credits that orgs have used, counted by month. A warm container remembers for five seconds which counts are full, so
//! that a flood of requests without credit writes nothing. It does not know what a credit is spent on.

use std::sync::Arc;

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use domain::{CreditAccount, CreditShard, ExecutionId, Month, OrgId, Timestamp};
use futures::future::try_join_all;

use crate::StoreError;
use crate::cache::BoundedCache;
use crate::dynamodb::attributes::{Row, VERSION, number};
use crate::dynamodb::keys::Key;
use crate::dynamodb::table::Table;

/// How long a full count is remembered: credits that the operator adds can be used after this time.
const REMEMBERED_MS: i64 = 5_000;
/// Accounts with a full count that a warm container remembers.
const REMEMBERED: usize = 2_000;
/// How long the counts of a month are kept after their last use.
const KEPT_DAYS: i64 = 62;

/// The used credits of all orgs.
#[derive(Clone)]
pub struct Credits {
    table: Table,
    /// One bit for each shard that is full.
    full: Arc<BoundedCache<CreditAccount, u16>>,
}

impl Credits {
    pub(crate) fn new(table: Table) -> Self {
        Self {
            table,
            full: Arc::new(BoundedCache::with_time_to_live(REMEMBERED, REMEMBERED_MS)),
        }
    }

    /// Whether an account was seen without credit within the last five seconds.
    pub fn are_known_exhausted(&self, account: CreditAccount, now: Timestamp) -> bool {
        let full = self.known_full(account, now);
        account.shards().all(|shard| full & bit(shard) != 0)
    }

    /// Whether an account is without credit: remembered, or else one read for each of its shards that is not known to be
    /// full.
    pub async fn are_exhausted(
        &self,
        account: CreditAccount,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let full = self.known_full(account, now);
        let unknown = account.shards().filter(|shard| full & bit(*shard) == 0);
        let reads = unknown.map(async |shard| {
            let used = self.used_of(account.org, account.month, shard).await?;
            Ok::<_, StoreError>((shard, used))
        });
        for (shard, used) in try_join_all(reads).await? {
            if used >= account.share(shard) {
                self.remember_full(account, shard, now);
            }
        }
        Ok(self.are_known_exhausted(account, now))
    }

    /// The credits that an org has used in a month: one read for each shard.
    pub async fn used(&self, org: OrgId, month: Month) -> Result<u64, StoreError> {
        let reads = CreditShard::all().map(|shard| self.used_of(org, month, shard));
        Ok(try_join_all(reads).await?.into_iter().sum())
    }

    async fn used_of(
        &self,
        org: OrgId,
        month: Month,
        shard: CreditShard,
    ) -> Result<u64, StoreError> {
        let item = self.table.read(&Key::credits(org, month, shard)).await?;
        let used = item.as_ref().map(|item| Row(item).number("used"));
        Ok(used.transpose()?.unwrap_or(0))
    }

    /// The shards that may have a credit for an execution, in the order in which it tries them.
    pub(super) fn shards_for(
        &self,
        account: CreditAccount,
        execution: ExecutionId,
        now: Timestamp,
    ) -> Vec<CreditShard> {
        let full = self.known_full(account, now);
        let shards = account.shards_for(execution);
        shards.filter(|shard| full & bit(*shard) == 0).collect()
    }

    pub(super) fn remember_full(&self, account: CreditAccount, shard: CreditShard, now: Timestamp) {
        self.full.upsert(account, now, |full| {
            full.copied().unwrap_or_default() | bit(shard)
        });
    }

    /// May write while the shard has a credit left; a loser finds it full. The count of a month expires some time after
    /// its last credit.
    pub(super) fn debit(
        &self,
        account: CreditAccount,
        shard: CreditShard,
        now: Timestamp,
    ) -> TransactWriteItem {
        let expires_at = now.plus_days(KEPT_DAYS).as_secs_rounded_up();
        let update = Update::builder()
            .table_name(self.table.name())
            .set_key(Some(Key::credits(account.org, account.month, shard).item()))
            .condition_expression("attribute_not_exists(used) OR used < :share")
            .update_expression("ADD used :one SET v = :v, expires_at = :expires_at")
            .expression_attribute_values(":share", number(account.share(shard)))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":v", number(VERSION))
            .expression_attribute_values(":expires_at", number(expires_at))
            .build()
            .expect("table, key and update are given");
        TransactWriteItem::builder().update(update).build()
    }

    fn known_full(&self, account: CreditAccount, now: Timestamp) -> u16 {
        self.full.get(&account, now).unwrap_or_default()
    }
}

fn bit(shard: CreditShard) -> u16 {
    1 << shard.number()
}
