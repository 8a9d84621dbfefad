//! Lists of executions, newest first: a merge over the sixteen shards of each workflow.

use domain::{Execution, ExecutionId, Shard, Status, Tenant, Timestamp, TriggerId, WorkflowId};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use crate::attributes::{Item, Row, text};
use crate::keys::{Key, history_pk, history_sk};
use crate::state::State;
use crate::{RunsTable, StoreError};

/// Queries under way at once.
const CONCURRENT_QUERIES: usize = 32;
/// A batch read takes at most 100 items.
const BATCH_ITEMS: usize = 100;
/// Sorts after every id.
const AFTER_IDS: &str = "~";

/// Which executions, and how many.
#[derive(Clone, Debug)]
pub struct ListQuery {
    pub tenant: Tenant,
    pub workflows: Vec<WorkflowId>,
    pub trigger: Option<TriggerId>,
    pub status: Option<Status>,
    /// Created at or after.
    pub since: Option<Timestamp>,
    /// Created before.
    pub until: Option<Timestamp>,
    /// The last one that the reader has.
    pub before: Option<Position>,
    pub limit: usize,
    pub now: Timestamp,
}

/// A place in a list: nothing but the creation time and id of an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub created_at: Timestamp,
    pub id: ExecutionId,
}

/// Some executions, and where the next ones begin. It may be short, or empty, and yet have a next.
#[derive(Debug)]
pub struct Page {
    pub executions: Vec<Execution>,
    pub next: Option<Position>,
}

/// What one shard has to offer.
struct Offer {
    found: Vec<Position>,
    /// How far the shard was read; `None`: to its end.
    read_to: Option<Position>,
}

impl RunsTable {
    /// The index lags a little behind; the records that it names are read as they are now.
    pub async fn list(&self, query: &ListQuery) -> Result<Page, StoreError> {
        let partitions: Vec<String> = query
            .workflows
            .iter()
            .flat_map(|workflow| Shard::all().map(move |shard| history_pk(*workflow, shard)))
            .collect();
        let offers: Vec<Offer> = stream::iter(partitions)
            .map(|partition| self.offer(query, partition))
            .buffer_unordered(CONCURRENT_QUERIES)
            .try_collect()
            .await?;
        let (positions, next) = merge(offers, query.limit);
        let executions = self.read_states(query, &positions).await?;
        Ok(Page { executions, next })
    }

    async fn offer(&self, query: &ListQuery, partition: String) -> Result<Offer, StoreError> {
        let newest = match (query.before, query.until) {
            (Some(before), _) => history_sk(before.created_at, before.id),
            (None, Some(until)) => format!("{:013}", until.as_millis()),
            (None, None) => AFTER_IDS.to_owned(),
        };
        let oldest = query
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
            .limit(i32::try_from(query.limit + 1).unwrap_or(i32::MAX));
        let mut filters = Vec::new();
        if let Some(trigger) = query.trigger {
            filters.push("trigger_id = :trigger");
            request = request.expression_attribute_values(":trigger", text(trigger));
        }
        if let Some(status) = query.status {
            // A success looks in the index like what has not ended: the records tell them apart.
            match status {
                Status::Failed | Status::Cancelled | Status::Rejected => {
                    filters.push("unsuccessful = :status");
                    request = request.expression_attribute_values(":status", text(status));
                }
                Status::Queued | Status::Running | Status::Waiting | Status::Succeeded => {
                    filters.push("attribute_not_exists(unsuccessful)");
                }
            }
        }
        if !filters.is_empty() {
            request = request.filter_expression(filters.join(" AND "));
        }
        let answer = request
            .send()
            .await
            .map_err(|error| StoreError::unavailable("list executions", error))?;
        let found = answer
            .items()
            .iter()
            .map(position)
            .collect::<Result<Vec<_>, _>>()?;
        let read_to = answer.last_evaluated_key().map(position).transpose()?;
        Ok(Offer {
            found: found
                .into_iter()
                .filter(|found| Some(*found) != query.before)
                .collect(),
            read_to,
        })
    }

    async fn read_states(
        &self,
        query: &ListQuery,
        positions: &[Position],
    ) -> Result<Vec<Execution>, StoreError> {
        let mut found = Vec::with_capacity(positions.len());
        for batch in positions.chunks(BATCH_ITEMS) {
            let reads = batch.iter().map(|position| async {
                let key = Key::state(position.id);
                crate::config_table::read(&self.client, &self.table, &key).await
            });
            for item in futures::future::try_join_all(reads)
                .await?
                .into_iter()
                .flatten()
            {
                found.push(State::read(&item)?.execution);
            }
        }
        found.retain(|execution| {
            execution.tenant == query.tenant
                && !execution.is_expired(query.now)
                && query
                    .status
                    .is_none_or(|status| execution.status() == status)
        });
        Ok(found)
    }
}

/// The newest `limit` positions. Nothing older than what a shard was read to may be given yet: that
/// shard could have something newer.
fn merge(offers: Vec<Offer>, limit: usize) -> (Vec<Position>, Option<Position>) {
    let horizon = offers.iter().filter_map(|offer| offer.read_to).max();
    let mut all: Vec<Position> = offers.into_iter().flat_map(|offer| offer.found).collect();
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

fn position(item: &Item) -> Result<Position, StoreError> {
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
        id: ExecutionId::parse(id).map_err(|error| row.bad("history_sk", &error.to_string()))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Position {
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
    fn the_last_page_has_no_next() {
        let offers = vec![Offer {
            found: vec![at(3)],
            read_to: None,
        }];
        assert_eq!(merge(offers, 10), (vec![at(3)], None));
        assert_eq!(merge(Vec::new(), 10), (Vec::new(), None));
    }
}
