//! The records table: rows of orgs' own tables, which workflows put, read and delete. It does not know what a row is for.
//!
//! Effects happen at least once, so a row remembers the effects that wrote it last. A repetition of one of them changes
//! nothing, and gets the same answer as the first. A deleted row stays as a tombstone for a while, for the same reason.
//! The number of a tenant's rows is counted in the transaction that creates or deletes one: exact, whatever crashes. It is
//! kept in parts, so that many transactions at once seldom meet. A write that changes an existing row does not touch the
//! count, and is one write.

mod row;
mod row_count;
mod row_write;
mod write;

use domain::{Record, RecordKey, RecordTable, Tenant};

use crate::StoreError;
use crate::dynamodb::attributes::{Item, text};
use crate::dynamodb::keys::{Key, records_pk};
use crate::dynamodb::size::item_bytes;
use crate::dynamodb::table::Table;
use row::Row;

pub use row_write::{PutOutcome, RowDeleteOutcome, RowWrite};

/// Rows of orgs' own tables.
#[derive(Clone)]
pub struct RecordsTable {
    table: Table,
}

/// Some rows of a table, by key.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordPage {
    /// In the order of their keys.
    pub records: Vec<Record>,
    /// The key after which there may be more.
    pub after: Option<RecordKey>,
}

/// Which rows to list.
pub struct RecordQuery<'a> {
    /// The table.
    pub table: &'a RecordTable,
    /// Only keys that start with this.
    pub prefix: &'a str,
    /// Only keys after this one.
    pub after: Option<&'a RecordKey>,
    /// How many at the most.
    pub limit: usize,
}

/// A page ends before its rows take more than this, unless the first alone does.
const PAGE_BYTES: usize = 262_144;
/// Reads that found only tombstones before a page ends early; the next page goes on after them.
const READS_PER_PAGE: usize = 5;

impl RecordsTable {
    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    pub(crate) fn new(table: Table) -> Self {
        Self { table }
    }

    /// Reads one row, consistently.
    pub async fn get(
        &self,
        tenant: Tenant,
        table: &RecordTable,
        key: &RecordKey,
    ) -> Result<Option<Record>, StoreError> {
        let row = self.row(tenant, table, key).await?;
        Ok(row.and_then(Row::into_record))
    }

    async fn row(
        &self,
        tenant: Tenant,
        table: &RecordTable,
        key: &RecordKey,
    ) -> Result<Option<Row>, StoreError> {
        let key = Key::record(tenant, table, key);
        let item = self.table.read(&key).await?;
        item.as_ref().map(Row::from_item).transpose()
    }

    /// Reads some rows of a table, consistently, in the order of their keys.
    pub async fn query(
        &self,
        tenant: Tenant,
        query: &RecordQuery<'_>,
    ) -> Result<RecordPage, StoreError> {
        let mut records = Vec::new();
        let mut bytes = 0;
        let mut after = query.after.cloned();
        for _ in 0..READS_PER_PAGE {
            let (rows, is_last) = self.read_rows(tenant, query, after.as_ref()).await?;
            for (row, row_bytes) in rows {
                let key = row.key.clone();
                if let Some(record) = row.into_record() {
                    bytes += row_bytes;
                    if records.len() == query.limit || (bytes > PAGE_BYTES && !records.is_empty()) {
                        return Ok(RecordPage { records, after });
                    }
                    records.push(record);
                }
                after = Some(key);
            }
            if is_last {
                return Ok(RecordPage {
                    records,
                    after: None,
                });
            }
        }
        Ok(RecordPage { records, after })
    }

    /// Rows and tombstones after a key, each with its size, and whether they are the last of the table.
    async fn read_rows(
        &self,
        tenant: Tenant,
        query: &RecordQuery<'_>,
        after: Option<&RecordKey>,
    ) -> Result<(Vec<(Row, usize)>, bool), StoreError> {
        let mut read = self
            .table
            .query()
            .expression_attribute_values(":pk", text(records_pk(tenant, query.table)))
            .consistent_read(true)
            // One more than asked for tells whether there are more.
            .limit(i32::try_from(query.limit + 1).unwrap_or(i32::MAX))
            .set_exclusive_start_key(after.map(|key| Key::record(tenant, query.table, key).item()));
        read = if query.prefix.is_empty() {
            read.key_condition_expression("pk = :pk")
        } else {
            read.key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                .expression_attribute_values(":prefix", text(query.prefix))
        };
        let page = read
            .send()
            .await
            .map_err(|error| StoreError::unavailable("list records", error))?;
        let sized = |item: &Item| Ok((Row::from_item(item)?, item_bytes(item)));
        let rows = page.items().iter().map(sized).collect::<Result<_, _>>()?;
        Ok((rows, page.last_evaluated_key.is_none()))
    }
}
