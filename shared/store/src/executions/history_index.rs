//! Reading the history index: what was recorded under several keys, newest first, as a merge over their shards. It does
//! not know what the records are.

use std::collections::HashMap;
use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::Timestamp;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use crate::dynamodb::attributes::{Item, Row, text};
use crate::{RunsTable, StoreError};

/// Queries under way at once.
const CONCURRENT_QUERIES: usize = 32;
/// Sorts after every id.
const AFTER_IDS: &str = "~";

/// A place in a list: nothing but the creation time and id of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position<I> {
    pub created_at: Timestamp,
    pub id: I,
}

/// What part of the index is asked for.
pub(crate) struct Stretch<I> {
    /// Keys of the index, shards included.
    pub(crate) partitions: Vec<String>,
    /// Created at or after.
    pub(crate) since: Option<Timestamp>,
    /// Created before.
    pub(crate) until: Option<Timestamp>,
    /// The last one that the reader has.
    pub(crate) before: Option<Position<I>>,
    pub(crate) limit: usize,
    /// Conditions on what the index projects, and their values.
    pub(crate) filters: Vec<&'static str>,
    pub(crate) values: HashMap<String, AttributeValue>,
}

impl<I: Copy + std::fmt::Display> Stretch<I> {
    /// The last sort key that can be asked for: the cursor of a page and the end of the time bound it both.
    fn newest(&self) -> String {
        let before = self
            .before
            .map(|before| history_sk(before.created_at, before.id));
        let until = self.until.map(|until| format!("{:013}", until.as_millis()));
        let bounds = before.into_iter().chain(until);
        bounds.min().unwrap_or_else(|| AFTER_IDS.to_owned())
    }
}

/// What one shard has to offer.
struct Offer<I> {
    found: Vec<Position<I>>,
    /// How far the shard was read; `None`: to its end.
    read_to: Option<Position<I>>,
}

/// Sort key in the index.
pub(crate) fn history_sk(created_at: Timestamp, id: impl std::fmt::Display) -> String {
    format!("{:013}#{id}", created_at.as_millis())
}

impl RunsTable {
    /// The newest positions, and where the next ones begin; it may be short, or empty, and yet have a next.
    pub(crate) async fn positions<I>(
        &self,
        stretch: &Stretch<I>,
    ) -> Result<(Vec<Position<I>>, Option<Position<I>>), StoreError>
    where
        I: Copy + Ord + std::fmt::Display + FromStr<Err = domain::InvalidId>,
    {
        let offers: Vec<Offer<I>> = stream::iter(stretch.partitions.clone())
            .map(|partition| self.offer(stretch, partition))
            .buffer_unordered(CONCURRENT_QUERIES)
            .try_collect()
            .await?;
        Ok(merge(offers, stretch.limit))
    }

    async fn offer<I>(
        &self,
        stretch: &Stretch<I>,
        partition: String,
    ) -> Result<Offer<I>, StoreError>
    where
        I: Copy + Ord + std::fmt::Display + FromStr<Err = domain::InvalidId>,
    {
        let newest = stretch.newest();
        let oldest = stretch
            .since
            .map_or(String::new(), |since| format!("{:013}", since.as_millis()));
        if newest <= oldest {
            return Ok(Offer {
                found: Vec::new(),
                read_to: None,
            });
        }
        let mut request = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("history")
            .key_condition_expression("history_pk = :pk AND history_sk BETWEEN :oldest AND :newest")
            .expression_attribute_values(":pk", text(partition))
            .expression_attribute_values(
                ":oldest",
                text(if oldest.is_empty() { "0" } else { &oldest }),
            )
            .expression_attribute_values(":newest", text(&newest))
            .scan_index_forward(false)
            // One more than asked for: BETWEEN includes the one that the reader has.
            .limit(i32::try_from(stretch.limit + 1).unwrap_or(i32::MAX));
        for (name, value) in &stretch.values {
            request = request.expression_attribute_values(name, value.clone());
        }
        if !stretch.filters.is_empty() {
            request = request.filter_expression(stretch.filters.join(" AND "));
        }
        let answer = request
            .send()
            .await
            .map_err(|error| StoreError::unavailable("read the history index", error))?;
        let found = answer
            .items()
            .iter()
            .map(position)
            .collect::<Result<Vec<_>, _>>()?;
        let read_to = answer.last_evaluated_key().map(position).transpose()?;
        Ok(Offer {
            found: found
                .into_iter()
                .filter(|found| Some(*found) != stretch.before)
                .collect(),
            read_to,
        })
    }
}

/// The newest `limit` positions. Nothing older than what a shard was read to may be given yet: that
/// shard could have something newer.
fn merge<I: Copy + Ord>(
    offers: Vec<Offer<I>>,
    limit: usize,
) -> (Vec<Position<I>>, Option<Position<I>>) {
    let horizon = offers.iter().filter_map(|offer| offer.read_to).max();
    let mut all: Vec<Position<I>> = offers.into_iter().flat_map(|offer| offer.found).collect();
    all.sort_unstable_by(|a, b| b.cmp(a));
    let complete = all
        .iter()
        .take_while(|position| horizon.is_none_or(|horizon| **position >= horizon))
        .count();
    let taken = complete.min(limit);
    let next = if taken < all.len() || horizon.is_some() {
        if taken == limit {
            all.get(taken.wrapping_sub(1)).copied()
        } else {
            horizon
        }
    } else {
        None
    };
    all.truncate(taken);
    (all, next)
}

fn position<I: FromStr<Err = domain::InvalidId>>(item: &Item) -> Result<Position<I>, StoreError> {
    let row = Row(item);
    let (created, id) = row
        .text("history_sk")?
        .split_once('#')
        .ok_or_else(|| row.bad("history_sk", "is not a time and an id"))?;
    Ok(Position {
        created_at: created
            .parse()
            .map(Timestamp::from_millis)
            .map_err(|_| row.bad("history_sk", "does not begin with a time"))?,
        id: id
            .parse()
            .map_err(|error: domain::InvalidId| row.bad("history_sk", &error.to_string()))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ExecutionId;

    fn at(millis: i64) -> Position<ExecutionId> {
        Position {
            created_at: Timestamp::from_millis(millis),
            id: ExecutionId::derived(&[&millis.to_string()]),
        }
    }

    #[test]
    fn shards_merge_newest_first_and_a_full_page_has_a_next() {
        let offers = vec![
            Offer {
                found: vec![at(9), at(5)],
                read_to: None,
            },
            Offer {
                found: vec![at(8), at(7)],
                read_to: None,
            },
        ];
        assert_eq!(merge(offers, 3), (vec![at(9), at(8), at(7)], Some(at(7))));
    }

    #[test]
    fn nothing_is_given_that_a_shard_might_still_precede() {
        let offers = vec![
            Offer {
                found: vec![at(9), at(2)],
                read_to: None,
            },
            Offer {
                found: vec![at(8)],
                read_to: Some(at(6)),
            },
        ];
        assert_eq!(merge(offers, 10), (vec![at(9), at(8)], Some(at(6))));
    }

    #[test]
    fn a_cursor_and_an_end_bound_a_page_both() {
        let newest = |before: Option<i64>, until: Option<i64>| {
            let stretch = Stretch {
                partitions: Vec::new(),
                since: None,
                until: until.map(Timestamp::from_millis),
                before: before.map(at),
                limit: 1,
                filters: Vec::new(),
                values: HashMap::new(),
            };
            stretch.newest()
        };
        let cursor = |millis| history_sk(Timestamp::from_millis(millis), at(millis).id);
        assert_eq!(newest(Some(5), None), cursor(5));
        assert_eq!(newest(Some(5), Some(9)), cursor(5));
        assert_eq!(newest(Some(9), Some(5)), "0000000000005");
        assert_eq!(newest(None, Some(5)), "0000000000005");
        assert_eq!(newest(None, None), AFTER_IDS);
    }

    #[test]
    fn the_last_page_has_no_next() {
        let offers = vec![Offer {
            found: vec![at(3)],
            read_to: None,
        }];
        assert_eq!(merge(offers, 10), (vec![at(3)], None));
        let none: Vec<Offer<ExecutionId>> = Vec::new();
        assert_eq!(merge(none, 10), (Vec::new(), None));
    }
}
