//! Writes of rows. It does not know what became of the workflow that asks.

use std::time::Duration;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{Put, TransactWriteItem, Update};
use domain::{EffectKey, Expected, MAX_RECORDS, RecordKey, RecordTable, Tenant, Timestamp};
use serde_json::Value;

use super::RecordsTable;
use super::row::{Mark, Row};
use crate::config::config_table::{Attempt, attempt};
use crate::dynamodb::attributes::{Item, VERSION, number};
use crate::dynamodb::keys::Key;
use crate::{Random, StoreError};

/// So often a writer that others overtake tries again.
const ATTEMPTS: u32 = 10;
/// The first pause; each is up to twice the one before.
const PAUSE_MS: u64 = 10;

/// One write of one row.
pub struct Write<'a> {
    pub tenant: Tenant,
    pub table: &'a RecordTable,
    pub key: &'a RecordKey,
    pub expected: Expected,
    /// Whose repeats are to change nothing.
    pub effect: &'a EffectKey,
    pub now: Timestamp,
}

/// What became of a put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Putting {
    Put {
        version: u64,
        is_new: bool,
    },
    /// The row is not what the writer expects; this is its version, where there is one.
    Unexpected(Option<u64>),
    /// The tenant has as many rows as it may.
    Full,
    /// Others wrote the row, or made rows, too fast; it may work later.
    Overtaken,
}

/// What became of a delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deleting {
    Deleted,
    /// There was no such row.
    Absent,
    /// As for a put.
    Unexpected(Option<u64>),
    Overtaken,
}

/// How one conditional write ended.
enum Written {
    Done,
    /// Somebody wrote the row since it was read.
    Overtaken,
    Full,
}

impl RecordsTable {
    /// Timeline: reads the row, and writes it on the condition that it still has the version that
    /// was read. Of two writers one wins, and the other reads again. The answer that got lost is
    /// found as the writer's own trace in the row. A row that is new is counted with its write.
    pub async fn put(&self, write: &Write<'_>, item: &Value) -> Result<Putting, StoreError> {
        for attempt in 0..ATTEMPTS {
            pause(attempt).await;
            let before = self.row(write.tenant, write.table, write.key).await?;
            if let Some((version, mark)) =
                before.as_ref().and_then(|row| row.trace_of(write.effect))
            {
                let is_new = mark == Mark::Created;
                return Ok(Putting::Put { version, is_new });
            }
            let version = live_version(before.as_ref());
            if !write.expected.admits(version) {
                return Ok(Putting::Unexpected(version));
            }
            let (after, mark) = Row::next(
                before.as_ref(),
                write.key,
                Some(item),
                write.effect,
                write.now,
            );
            match self.replace(write, before.as_ref(), &after, mark).await? {
                Written::Done => {
                    return Ok(Putting::Put {
                        version: after.version,
                        is_new: mark == Mark::Created,
                    });
                }
                Written::Full => return Ok(Putting::Full),
                Written::Overtaken => {}
            }
        }
        Ok(Putting::Overtaken)
    }

    /// Timeline: as [`Self::put`]; the row gives way to a tombstone, which is not counted. Where
    /// there is no row, nothing is written.
    pub async fn delete(&self, write: &Write<'_>) -> Result<Deleting, StoreError> {
        for attempt in 0..ATTEMPTS {
            pause(attempt).await;
            let before = self.row(write.tenant, write.table, write.key).await?;
            if before
                .as_ref()
                .is_some_and(|row| row.trace_of(write.effect).is_some())
            {
                return Ok(Deleting::Deleted);
            }
            let version = live_version(before.as_ref());
            if !write.expected.admits(version) {
                return Ok(Deleting::Unexpected(version));
            }
            if version.is_none() {
                return Ok(Deleting::Absent);
            }
            let (after, mark) =
                Row::next(before.as_ref(), write.key, None, write.effect, write.now);
            match self.replace(write, before.as_ref(), &after, mark).await? {
                Written::Done => return Ok(Deleting::Deleted),
                // One row less is never one too many.
                Written::Overtaken | Written::Full => {}
            }
        }
        Ok(Deleting::Overtaken)
    }

    async fn replace(
        &self,
        write: &Write<'_>,
        before: Option<&Row>,
        after: &Row,
        mark: Mark,
    ) -> Result<Written, StoreError> {
        let item = after.to_item(&Key::record(write.tenant, write.table, write.key));
        let seen = before.map(|row| row.version);
        match mark {
            Mark::Replaced => self.put_alone(item, seen).await,
            Mark::Created => self.put_counted(write.tenant, item, seen, 1).await,
            Mark::Deleted => self.put_counted(write.tenant, item, seen, -1).await,
        }
    }

    async fn put_alone(&self, item: Item, seen: Option<u64>) -> Result<Written, StoreError> {
        let sent = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(condition(seen))
            .set_expression_attribute_values(seen.map(seen_value))
            .send()
            .await;
        match sent {
            Ok(_) => Ok(Written::Done),
            Err(error) => match error.as_service_error() {
                Some(
                    PutItemError::ConditionalCheckFailedException(_)
                    | PutItemError::TransactionConflictException(_),
                ) => Ok(Written::Overtaken),
                _ => Err(StoreError::unavailable("write a row", error)),
            },
        }
    }

    async fn put_counted(
        &self,
        tenant: Tenant,
        item: Item,
        seen: Option<u64>,
        change: i64,
    ) -> Result<Written, StoreError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(condition(seen))
            .set_expression_attribute_values(seen.map(seen_value))
            .build()
            .expect("table and item are given");
        let writes = vec![
            TransactWriteItem::builder().put(put).build(),
            self.count(tenant, change),
        ];
        Ok(match attempt(&self.client, "write a row", writes).await? {
            Attempt::Done => Written::Done,
            Attempt::Refused { position: 0, .. } | Attempt::Conflict => Written::Overtaken,
            Attempt::Refused { .. } => Written::Full,
        })
    }

    /// Who makes a row may do so while there are fewer than the tenant may have; who deletes one,
    /// always.
    fn count(&self, tenant: Tenant, change: i64) -> TransactWriteItem {
        let mut update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(Key::record_count(tenant).item()))
            .update_expression("ADD row_count :change SET v = :v")
            .expression_attribute_values(":change", number(change))
            .expression_attribute_values(":v", number(VERSION));
        if change > 0 {
            update = update
                .condition_expression("attribute_not_exists(pk) OR row_count < :most")
                .expression_attribute_values(":most", number(MAX_RECORDS));
        }
        let update = update.build().expect("table, key and update are given");
        TransactWriteItem::builder().update(update).build()
    }
}

fn live_version(row: Option<&Row>) -> Option<u64> {
    row.filter(|row| row.is_live()).map(|row| row.version)
}

fn condition(seen: Option<u64>) -> &'static str {
    match seen {
        Some(_) => "version = :seen",
        None => "attribute_not_exists(pk)",
    }
}

fn seen_value(version: u64) -> Item {
    Item::from([(":seen".to_owned(), number(version))])
}

/// None before the first attempt; before each of the others twice as long as before, at the most,
/// so that those who met once do not meet again.
async fn pause(attempt: u32) {
    if attempt > 0 {
        let longest_ms = PAUSE_MS << attempt.min(6);
        let pause_ms = u64::try_from(Random.u128() % u128::from(longest_ms)).unwrap_or(longest_ms);
        tokio::time::sleep(Duration::from_millis(pause_ms)).await;
    }
}
