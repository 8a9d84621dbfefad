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
/// What a shard is asked for at first beyond its share of a page: records are spread over the shards by chance.
const BEYOND_SHARE: usize = 4;

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
    /// The last sort key of the range from a record on: both the record and `until` bound it.
    fn newest_before(&self, before: Option<Cursor<I>>) -> String {
        let before = before.map(|before| history_sk(before.created_at, before.id));
        let until = self.until.map(history_sk_prefix);
        let bounds = before.into_iter().chain(until);
        bounds.min().unwrap_or_else(|| AFTER_IDS.to_owned())
    }

    /// How many records each shard is asked for at first. What a filter leaves over of a share is not known.
    fn first_limit(&self) -> usize {
        if self.filters.is_empty() {
            let share = self.limit.div_ceil(self.partitions.len().max(1));
            self.limit.min(share + BEYOND_SHARE)
        } else {
            self.limit
        }
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

/// What was found in one shard.
#[derive(Clone)]
struct ShardPage<I> {
    partition: String,
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

    /// The newest records of a range. Each shard is asked for its share of them first, and those that may have more for
    /// the rest: a page of many shards then reads little more than it gives.
    pub(crate) async fn page<I>(&self, range: &IndexRange<I>) -> Result<IndexPage<I>, StoreError>
    where
        I: Copy + Ord + Display + FromStr<Err = InvalidId>,
    {
        let shards = range.partitions.iter().map(|partition| ShardPage {
            partition: partition.clone(),
            cursors: Vec::new(),
            read_to: range.before,
        });
        let first = range.first_limit();
        let mut pages = self.read_on(range, shards.collect(), first).await?;
        if first < range.limit {
            let (unfinished, finished) = split_unfinished(pages, range.limit);
            pages = self.read_on(range, unfinished, range.limit).await?;
            pages.extend(finished);
        }
        Ok(merge(pages, range.limit))
    }

    /// Reads each of these shards on from where it was read to.
    async fn read_on<I>(
        &self,
        range: &IndexRange<I>,
        shards: Vec<ShardPage<I>>,
        limit: usize,
    ) -> Result<Vec<ShardPage<I>>, StoreError>
    where
        I: Copy + Ord + Display + FromStr<Err = InvalidId>,
    {
        stream::iter(shards)
            .map(|shard| self.shard_page(range, shard, limit))
            .buffer_unordered(CONCURRENT_QUERIES)
            .try_collect()
            .await
    }

    async fn shard_page<I>(
        &self,
        range: &IndexRange<I>,
        mut shard: ShardPage<I>,
        limit: usize,
    ) -> Result<ShardPage<I>, StoreError>
    where
        I: Copy + Ord + Display + FromStr<Err = InvalidId>,
    {
        let before = shard.read_to.take();
        let newest = range.newest_before(before);
        if newest <= range.oldest() {
            return Ok(shard);
        }
        let answer = self
            .shard_query(range, &shard.partition, newest, limit)
            .send()
            .await
            .map_err(|error| StoreError::unavailable("read the history index", error))?;
        for item in answer.items() {
            let found = cursor(item)?;
            if Some(found) != before {
                shard.cursors.push(found);
            }
        }
        shard.read_to = answer.last_evaluated_key().map(cursor).transpose()?;
        Ok(shard)
    }

    fn shard_query<I: Copy + Display>(
        &self,
        range: &IndexRange<I>,
        partition: &str,
        newest: String,
        limit: usize,
    ) -> QueryFluentBuilder {
        let mut query = self
            .table
            .query()
            .index_name("history")
            .key_condition_expression("history_pk = :pk AND history_sk BETWEEN :oldest AND :newest")
            .expression_attribute_values(":pk", text(partition))
            .expression_attribute_values(":oldest", text(range.oldest()))
            .expression_attribute_values(":newest", text(newest))
            .scan_index_forward(false)
            // One more than asked for: BETWEEN includes the cursor itself.
            .limit(i32::try_from(limit + 1).unwrap_or(i32::MAX));
        for (name, value) in &range.values {
            query = query.expression_attribute_values(name, value.clone());
        }
        if !range.filters.is_empty() {
            query = query.filter_expression(range.filters.join(" AND "));
        }
        query
    }
}

/// The shards that may have records among the newest `limit` beyond what was read of them, and the others.
fn split_unfinished<I: Copy + Ord>(
    pages: Vec<ShardPage<I>>,
    limit: usize,
) -> (Vec<ShardPage<I>>, Vec<ShardPage<I>>) {
    let found = pages.iter().flat_map(|page| page.cursors.iter().copied());
    let mut found: Vec<Cursor<I>> = found.collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    let last_shown = found.get(limit.wrapping_sub(1)).copied();
    pages.into_iter().partition(|page| {
        page.read_to
            .is_some_and(|read_to| last_shown.is_none_or(|last| read_to > last))
    })
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
