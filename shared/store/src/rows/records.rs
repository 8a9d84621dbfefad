//! The records table: rows of orgs' own tables, which workflows put, read and delete. It does not
//! know what a row is for.
//!
//! Effects happen at least once, so a row remembers the effects that wrote it last, and a repeat of
//! one of them changes nothing and is answered as it was at first. A deleted row stays as a
//! tombstone for a while, for the same reason. How many rows a tenant has is counted in the
//! transaction that makes or deletes one: exact, whatever crashes. What changes a row that is there
//! does not touch the count, and costs one write.

mod row;
mod write;

use aws_sdk_dynamodb::Client;
use domain::{Record, RecordKey, RecordTable, Tenant};

use crate::StoreError;
use crate::config::config_table;
use crate::dynamodb::attributes::{Item, text};
use crate::dynamodb::keys::{Key, records_pk};
use row::Row;

pub use write::{Deleting, Putting, Write};

/// Rows of orgs' own tables.
#[derive(Clone)]
pub struct RecordsTable {
    client: Client,
    table: String,
}

/// Some rows of a table, by key.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordPage {
    pub records: Vec<Record>,
    /// The key after which there may be more.
    pub after: Option<RecordKey>,
}

/// Which rows to list.
pub struct RecordQuery<'a> {
    pub table: &'a RecordTable,
    /// Only keys that begin so.
    pub prefix: &'a str,
    /// Only keys after this one.
    pub after: Option<&'a RecordKey>,
    pub limit: usize,
}

/// A page ends before its rows take more than this, unless the first alone does.
const PAGE_BYTES: usize = 262_144;
/// So many tombstones in a row end a page early; the next one goes on behind them.
const READS_PER_PAGE: usize = 5;

impl RecordsTable {
    pub(crate) fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Sees every write that has ended.
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
        let item = config_table::read(&self.client, &self.table, &key).await?;
        item.as_ref().map(Row::from_item).transpose()
    }

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

    /// Rows and tombstones after a key, each with its size, and whether they are the last.
    async fn read_rows(
        &self,
        tenant: Tenant,
        query: &RecordQuery<'_>,
        after: Option<&RecordKey>,
    ) -> Result<(Vec<(Row, usize)>, bool), StoreError> {
        let mut read = self
            .client
            .query()
            .table_name(&self.table)
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
        let sized = |item: &Item| {
            Ok((
                Row::from_item(item)?,
                crate::dynamodb::size::item_bytes(item),
            ))
        };
        let rows = page.items().iter().map(sized).collect::<Result<_, _>>()?;
        Ok((rows, page.last_evaluated_key.is_none()))
    }
}
