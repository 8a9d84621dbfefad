//! Reading the history index: records of several partitions, newest first, merged from the index's shards. It does not
//! know what the records are.

use std::collections::HashMap;
use std::fmt::Display;
use std::str::FromStr;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::{Cursor, InvalidId, Timestamp};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use crate::StoreError;
use crate::dynamodb::attributes::{Item, Row, text};
use crate::dynamodb::table::Table;

/// Queries under way at once.
const CONCURRENT_QUERIES: usize = 32;
/// Sorts after every id.
const AFTER_IDS: &str = "~";

/// The index `history` of the runs table.
#[derive(Clone)]
pub(crate) struct HistoryIndex {
    table: Table,
}

/// Which part of the index to read.
pub(crate) struct IndexRange<I> {
    /// Keys of the index, shards included.
    pub(crate) partitions: Vec<String>,
    /// Created at or after.
    pub(crate) since: Option<Timestamp>,
    /// Created before.
    pub(crate) until: Option<Timestamp>,
    /// The last record of the page before.
    pub(crate) before: Option<Cursor<I>>,
    pub(crate) limit: usize,
    /// Conditions on what the index projects, and their values.
    pub(crate) filters: Vec<String>,
    pub(crate) values: HashMap<String, AttributeValue>,
}

impl<I: Copy + Display> IndexRange<I> {
    /// The last sort key of the range: both the cursor and `until` bound it.
    fn newest(&self) -> String {
        let before = self
            .before
            .map(|before| history_sk(before.created_at, before.id));
        let until = self.until.map(history_sk_prefix);
        let bounds = before.into_iter().chain(until);
        bounds.min().unwrap_or_else(|| AFTER_IDS.to_owned())
    }

    /// The first sort key of the range.
    fn oldest(&self) -> String {
        self.since.map_or_else(|| "0".to_owned(), history_sk_prefix)
    }
}

/// Records of all partitions, newest first. A page may be short or empty and still have a next one.
#[derive(Debug, PartialEq)]
pub(crate) struct IndexPage<I> {
    pub(crate) cursors: Vec<Cursor<I>>,
    pub(crate) next: Option<Cursor<I>>,
}

/// What one query of one shard found.
struct ShardPage<I> {
    cursors: Vec<Cursor<I>>,
    /// How far the shard was read; `None`: to its end.
    read_to: Option<Cursor<I>>,
}

/// Sort key in the index.
pub(crate) fn history_sk(created_at: Timestamp, id: impl Display) -> String {
    format!("{}#{id}", history_sk_prefix(created_at))
}

fn history_sk_prefix(created_at: Timestamp) -> String {
    format!("{:013}", created_at.as_millis())
}

impl HistoryIndex {
    pub(crate) fn new(table: Table) -> Self {
        Self { table }
    }

    /// The newest records of a range.
    pub(crate) async fn page<I>(&self, range: &IndexRange<I>) -> Result<IndexPage<I>, StoreError>
    where
        I: Copy + Ord + Display + FromStr<Err = InvalidId>,
    {
        let pages: Vec<ShardPage<I>> = stream::iter(range.partitions.clone())
            .map(|partition| self.shard_page(range, partition))
            .buffer_unordered(CONCURRENT_QUERIES)
            .try_collect()
            .await?;
        Ok(merge(pages, range.limit))
    }

    async fn shard_page<I>(
        &self,
        range: &IndexRange<I>,
        partition: String,
    ) -> Result<ShardPage<I>, StoreError>
    where
        I: Copy + Ord + Display + FromStr<Err = InvalidId>,
    {
        if range.newest() <= range.oldest() {
            return Ok(ShardPage {
                cursors: Vec::new(),
                read_to: None,
            });
        }
        let answer = self
            .shard_query(range, partition)
            .send()
            .await
            .map_err(|error| StoreError::unavailable("read the history index", error))?;
        let cursors = answer.items().iter().map(cursor);
        let mut cursors = cursors.collect::<Result<Vec<_>, _>>()?;
        cursors.retain(|cursor| Some(*cursor) != range.before);
        let read_to = answer.last_evaluated_key().map(cursor).transpose()?;
        Ok(ShardPage { cursors, read_to })
    }

    fn shard_query<I: Copy + Display>(
        &self,
        range: &IndexRange<I>,
        partition: String,
    ) -> QueryFluentBuilder {
        let mut query = self
            .table
            .query()
            .index_name("history")
            .key_condition_expression("history_pk = :pk AND history_sk BETWEEN :oldest AND :newest")
            .expression_attribute_values(":pk", text(partition))
            .expression_attribute_values(":oldest", text(range.oldest()))
            .expression_attribute_values(":newest", text(range.newest()))
            .scan_index_forward(false)
            // One more than asked for: BETWEEN includes the cursor itself.
            .limit(i32::try_from(range.limit + 1).unwrap_or(i32::MAX));
        for (name, value) in &range.values {
            query = query.expression_attribute_values(name, value.clone());
        }
        if !range.filters.is_empty() {
            query = query.filter_expression(range.filters.join(" AND "));
        }
        query
    }
}

/// The newest `limit` records. Nothing older than what a shard was read to may be given yet: that shard could have
/// something newer.
fn merge<I: Copy + Ord>(pages: Vec<ShardPage<I>>, limit: usize) -> IndexPage<I> {
    let horizon = pages.iter().filter_map(|page| page.read_to).max();
    let mut cursors: Vec<Cursor<I>> = pages.into_iter().flat_map(|page| page.cursors).collect();
    cursors.sort_unstable_by(|a, b| b.cmp(a));
    let complete = cursors
        .iter()
        .take_while(|cursor| horizon.is_none_or(|horizon| **cursor >= horizon))
        .count();
    let given = complete.min(limit);
    let has_more = given < cursors.len() || horizon.is_some();
    let last_given = cursors.get(given.wrapping_sub(1)).copied();
    cursors.truncate(given);
    let next = if given == limit { last_given } else { horizon };
    IndexPage {
        cursors,
        next: next.filter(|_| has_more),
    }
}

fn cursor<I: FromStr<Err = InvalidId>>(item: &Item) -> Result<Cursor<I>, StoreError> {
    let row = Row(item);
    let (created, id) = row
        .text("history_sk")?
        .split_once('#')
        .ok_or_else(|| row.bad("history_sk", "is not a time and an id"))?;
    Ok(Cursor {
        created_at: created
            .parse()
            .map(Timestamp::from_millis)
            .map_err(|_| row.bad("history_sk", "does not begin with a time"))?,
        id: id
            .parse()
            .map_err(|error: InvalidId| row.bad("history_sk", &error.to_string()))?,
    })
}

#[cfg(test)]
mod tests;
