//! The due index: every item that somebody has to come back to, by shard and time: executions, events, deliveries. An
//! entry may lag behind its item, so nothing is decided by it alone.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use domain::outbound::{Delivery, Event};
use domain::{Execution, Received, Shard, Timestamp};

use crate::dynamodb::attributes::{Item, Row, VERSION, moment, number};
use crate::dynamodb::keys::{DELIVERY, EVENT, Key};
use crate::executions::state::{self, State};
use crate::outbound::deliveries::{self, DeliveryRecord};
use crate::{QueueName, RunsTable, StoreError, config_table, events};

/// An entry of the index.
#[derive(Clone, Debug)]
pub struct Due {
    key: Item,
    due_at: Timestamp,
    /// When its last message was sent, where it was queued then.
    pub sent_at: Option<Timestamp>,
}

/// What the record behind an entry says.
#[derive(Debug)]
pub enum Look {
    Execution {
        execution: Execution,
        /// Subscribers have yet to be told something of it.
        has_news: bool,
        redrives: u32,
    },
    /// Subscribers have yet to be told of it.
    Event {
        event: Event,
        redrives: u32,
    },
    Delivery {
        delivery: Delivery,
        redrives: u32,
    },
    /// There is no such record, or nobody has to come back to it any more.
    Gone,
    /// No version of this program wrote it.
    Unreadable(StoreError),
}

impl Due {
    /// Whether the entry is due by then; a sweep also sees what will be due soon.
    pub fn is_due(&self, by: Timestamp) -> bool {
        self.due_at <= by
    }

    /// Through which queue its messages go, as its key tells. Only its record tells whether an execution is still to be
    /// told of, which goes through the other queue.
    pub fn queue(&self) -> QueueName {
        let pk = Row(&self.key).optional_text("pk").unwrap_or_default();
        if pk.starts_with(EVENT) || pk.starts_with(DELIVERY) {
            QueueName::Deliveries
        } else {
            QueueName::Executions
        }
    }
}

impl RunsTable {
    /// Everything in a shard that is due by then, the longest overdue first, up to `limit`.
    pub async fn due(
        &self,
        shard: Shard,
        by: Timestamp,
        limit: usize,
    ) -> Result<Vec<Due>, StoreError> {
        let mut found = Vec::new();
        let mut from = None;
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .index_name("due")
                .key_condition_expression("due_shard = :shard AND due_at <= :by")
                .expression_attribute_values(":shard", crate::dynamodb::attributes::text(shard))
                .expression_attribute_values(":by", moment(by))
                .limit(i32::try_from(limit - found.len()).unwrap_or(i32::MAX))
                .set_exclusive_start_key(from)
                .send()
                .await
                .map_err(|error| StoreError::unavailable("list what is due", error))?;
            for item in page.items() {
                found.push(entry(item)?);
            }
            from = page.last_evaluated_key;
            if from.is_none() || found.len() >= limit {
                return Ok(found);
            }
        }
    }

    /// The record as it is now.
    pub async fn look(&self, due: &Due) -> Result<Look, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(due.key.clone()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| StoreError::unavailable("read what is due", error))?;
        let Some(item) = answer.item else {
            return Ok(Look::Gone);
        };
        Ok(seen(&item).unwrap_or_else(Look::Unreadable))
    }

    /// Timeline: before a message is sent again, its next look is moved on. May write while `due_at`
    /// is the value that was seen. A racing sweep, a claim that moved it, or an end, which removes it, wins, and nothing
    /// is sent: `false`.
    pub async fn postpone(
        &self,
        due: &Due,
        shard: Shard,
        redrives: u32,
        sent_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(due.key.clone()))
            .condition_expression("due_at = :seen")
            .update_expression(
                "SET due_shard = :due_shard, due_at = :due_at, sent_at = :sent_at, \
                 redrives = :redrives",
            )
            .expression_attribute_values(":seen", moment(due.due_at))
            .expression_attribute_values(":redrives", number(redrives + 1));
        for (name, value) in state::due_if_lost(shard, sent_at, redrives) {
            update = update.expression_attribute_values(format!(":{name}"), value);
        }
        held(update.send().await.map(drop).map_err(|error| {
            let refused = matches!(
                error.as_service_error(),
                Some(UpdateItemError::ConditionalCheckFailedException(_))
            );
            (
                refused,
                StoreError::unavailable("postpone what is due", error),
            )
        }))
    }

    /// Takes an entry that cannot be read out of the index, once; its record stays as it is, and
    /// says when.
    pub async fn set_aside(&self, due: &Due, now: Timestamp) -> Result<bool, StoreError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(due.key.clone()))
            .condition_expression("due_at = :seen")
            .update_expression("SET set_aside_at = :now REMOVE due_shard")
            .expression_attribute_values(":seen", moment(due.due_at))
            .expression_attribute_values(":now", moment(now));
        held(update.send().await.map(drop).map_err(|error| {
            let refused = matches!(
                error.as_service_error(),
                Some(UpdateItemError::ConditionalCheckFailedException(_))
            );
            (
                refused,
                StoreError::unavailable("set a record aside", error),
            )
        }))
    }

    /// Leaves a sign of how far the queue has come. The last sign wins.
    pub async fn note_received(
        &self,
        queue: QueueName,
        received: Received,
    ) -> Result<(), StoreError> {
        let mut item = Key::seen_message(queue.as_str()).item();
        item.insert("v".to_owned(), number(VERSION));
        item.insert("sent_at".to_owned(), moment(received.sent_at));
        item.insert("received_at".to_owned(), moment(received.received_at));
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .send()
            .await
            .map(drop)
            .map_err(|error| StoreError::unavailable("note a received message", error))
    }

    pub async fn last_received(&self, queue: QueueName) -> Result<Option<Received>, StoreError> {
        let key = Key::seen_message(queue.as_str());
        let item = config_table::read(&self.client, &self.table, &key).await?;
        let Some(item) = &item else {
            return Ok(None);
        };
        let row = Row::checked(item)?;
        Ok(Some(Received {
            sent_at: row.moment("sent_at")?,
            received_at: row.moment("received_at")?,
        }))
    }
}

fn seen(item: &Item) -> Result<Look, StoreError> {
    let row = Row::checked(item)?;
    let pk = row.text("pk")?;
    if pk.starts_with(EVENT) {
        let redrives = row.optional_number("redrives")?.unwrap_or(0);
        return events::from_item(item).map(|event| Look::Event { event, redrives });
    }
    if pk.starts_with(DELIVERY) {
        let DeliveryRecord {
            delivery, redrives, ..
        } = deliveries::from_item(item)?;
        return Ok(Look::Delivery { delivery, redrives });
    }
    let state = State::read(item)?;
    Ok(Look::Execution {
        has_news: state.has_news(),
        redrives: state.redrives,
        execution: state.execution,
    })
}

fn held(written: Result<(), (bool, StoreError)>) -> Result<bool, StoreError> {
    match written {
        Ok(()) => Ok(true),
        Err((true, _)) => Ok(false),
        Err((false, error)) => Err(error),
    }
}

fn entry(item: &Item) -> Result<Due, StoreError> {
    let row = Row(item);
    let mut key = item.clone();
    key.retain(|name, _| name == "pk" || name == "sk");
    Ok(Due {
        due_at: row.moment("due_at")?,
        // One that cannot be read is as good as none; it must not keep a sweep from its whole shard.
        sent_at: row.optional_moment("sent_at").unwrap_or_default(),
        key,
    })
}
