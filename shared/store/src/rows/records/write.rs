//! Writes of rows. It does not know what becomes of the workflow that asks.

use std::time::Duration;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use serde_json::Value;

use super::RecordsTable;
use super::row::{Row, RowChange};
use super::row_count::{CountPart, SHARE};
use super::row_write::{PutOutcome, RowDeleteOutcome, RowWrite};
use crate::dynamodb::attributes::{Item, number};
use crate::dynamodb::conditional_write::conditional;
use crate::dynamodb::keys::Key;
use crate::dynamodb::transaction::TransactionAttempt;
use crate::{Random, StoreError};

/// How often a write is tried while other writers change the row.
const ATTEMPTS: u32 = 10;
/// The longest first pause; it doubles with each attempt.
const PAUSE_MS: u64 = 10;

/// How one conditional write ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ReplaceOutcome {
    Written,
    /// Another writer has changed the row since it was read.
    Overtaken,
    Full,
}

impl RecordsTable {
    /// Puts a row: reads it, and writes it while it still has the version that was read. Of two racing writers one wins,
    /// and the other reads the row again. A repetition of the effect finds itself among the effects that the row
    /// remembers. A new row is counted in the same transaction.
    pub async fn put(&self, write: &RowWrite<'_>, item: &Value) -> Result<PutOutcome, StoreError> {
        for attempt in 0..ATTEMPTS {
            pause(attempt).await;
            let before = self.row(write.tenant, write.table, write.key).await?;
            let earlier = before.as_ref().and_then(|row| row.change_by(write.effect));
            if let Some((version, change)) = earlier {
                let is_new = change == RowChange::Created;
                return Ok(PutOutcome::Put { version, is_new });
            }
            let version = live_version(before.as_ref());
            if !write.expected.admits(version) {
                return Ok(PutOutcome::Unexpected(version));
            }
            let (after, change) = Row::next(
                before.as_ref(),
                write.key,
                Some(item),
                write.effect,
                write.now,
            );
            match self.replace(write, before.as_ref(), &after, change).await? {
                ReplaceOutcome::Written => {
                    return Ok(PutOutcome::Put {
                        version: after.version,
                        is_new: change == RowChange::Created,
                    });
                }
                ReplaceOutcome::Full => return Ok(PutOutcome::Full),
                ReplaceOutcome::Overtaken => {}
            }
        }
        Ok(PutOutcome::Overtaken)
    }

    /// Deletes a row, under the same conditions as [`Self::put`]. The row is replaced by a tombstone, which is not counted.
    /// Where there is no row, nothing is written.
    pub async fn delete(&self, write: &RowWrite<'_>) -> Result<RowDeleteOutcome, StoreError> {
        for attempt in 0..ATTEMPTS {
            pause(attempt).await;
            let before = self.row(write.tenant, write.table, write.key).await?;
            if before
                .as_ref()
                .is_some_and(|row| row.change_by(write.effect).is_some())
            {
                return Ok(RowDeleteOutcome::Deleted);
            }
            let version = live_version(before.as_ref());
            if !write.expected.admits(version) {
                return Ok(RowDeleteOutcome::Unexpected(version));
            }
            if version.is_none() {
                return Ok(RowDeleteOutcome::Absent);
            }
            let (after, change) =
                Row::next(before.as_ref(), write.key, None, write.effect, write.now);
            match self.replace(write, before.as_ref(), &after, change).await? {
                ReplaceOutcome::Written => return Ok(RowDeleteOutcome::Deleted),
                // A delete is never refused because of the number of rows.
                ReplaceOutcome::Overtaken | ReplaceOutcome::Full => {}
            }
        }
        Ok(RowDeleteOutcome::Overtaken)
    }

    async fn replace(
        &self,
        write: &RowWrite<'_>,
        before: Option<&Row>,
        after: &Row,
        change: RowChange,
    ) -> Result<ReplaceOutcome, StoreError> {
        let item = after.to_item(&Key::record(write.tenant, write.table, write.key));
        let seen = before.map(|row| row.version);
        let part = CountPart::of(write.tenant, write.table, write.key);
        match change {
            RowChange::Replaced => self.put_alone(item, seen).await,
            RowChange::Created => self.create(item, seen, part).await,
            RowChange::Deleted => {
                let count = self.count_deleted(part);
                self.put_counted(item, seen, count).await
            }
        }
    }

    /// Writes a row that exists before and after. May write while the row has the version that was read; a racing loser
    /// reads the row again. So does a writer that meets a transaction on the row.
    async fn put_alone(&self, item: Item, seen: Option<u64>) -> Result<ReplaceOutcome, StoreError> {
        let put = self
            .table
            .put(item)
            .condition_expression(condition(seen))
            .set_expression_attribute_values(seen.map(seen_value));
        let sent = put.send().await;
        let service_error = sent
            .as_ref()
            .err()
            .and_then(|error| error.as_service_error());
        if let Some(PutItemError::TransactionConflictException(_)) = service_error {
            return Ok(ReplaceOutcome::Overtaken);
        }
        let write = conditional("write a row", sent)?;
        Ok(match write.is_written() {
            true => ReplaceOutcome::Written,
            false => ReplaceOutcome::Overtaken,
        })
    }

    /// Creates a row and counts it, while the tenant has fewer rows than it may have. Where this row's part of the count has
    /// its share, the other parts may have room left; a writer that meets others there reads the row again.
    async fn create(
        &self,
        item: Item,
        seen: Option<u64>,
        part: CountPart,
    ) -> Result<ReplaceOutcome, StoreError> {
        let count = self.count_created(part, SHARE);
        let outcome = self.put_counted(item.clone(), seen, count).await?;
        if outcome != ReplaceOutcome::Full {
            return Ok(outcome);
        }
        let Some(most) = self.room(part).await? else {
            return Ok(ReplaceOutcome::Full);
        };
        let count = self.count_created(part, most);
        Ok(match self.put_counted(item, seen, count).await? {
            ReplaceOutcome::Written => ReplaceOutcome::Written,
            ReplaceOutcome::Overtaken | ReplaceOutcome::Full => ReplaceOutcome::Overtaken,
        })
    }

    /// Writes a row and its count in one transaction. May write while the row has the version that was read, or is not
    /// there where none was read, and under the condition of the count. A racing loser reads the row again.
    async fn put_counted(
        &self,
        item: Item,
        seen: Option<u64>,
        count: TransactWriteItem,
    ) -> Result<ReplaceOutcome, StoreError> {
        let put = Put::builder()
            .table_name(self.table.name())
            .set_item(Some(item))
            .condition_expression(condition(seen))
            .set_expression_attribute_values(seen.map(seen_value))
            .build()
            .expect("table and item are given");
        let writes = vec![TransactWriteItem::builder().put(put).build(), count];
        let attempt = self.table.try_transact("write a row", writes).await?;
        Ok(match attempt {
            TransactionAttempt::Committed => ReplaceOutcome::Written,
            TransactionAttempt::ConditionFailed { position: 0, .. }
            | TransactionAttempt::Conflict => ReplaceOutcome::Overtaken,
            TransactionAttempt::ConditionFailed { .. } => ReplaceOutcome::Full,
        })
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

/// Waits before each attempt but the first: a random time, whose upper bound doubles, so that writers that collided once
/// do not collide again.
async fn pause(attempt: u32) {
    if attempt > 0 {
        let longest_ms = PAUSE_MS << attempt.min(6);
        let pause_ms = u64::try_from(Random.u128() % u128::from(longest_ms)).unwrap_or(longest_ms);
        tokio::time::sleep(Duration::from_millis(pause_ms)).await;
    }
}
