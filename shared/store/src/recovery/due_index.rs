//! The due index: every item that a sweep has to return to, by shard and time: executions, events, deliveries. An entry
//! may lag behind its item, so nothing is decided by the entry alone.

use domain::outbound::{Delivery, Event};
use domain::{Execution, Shard, Timestamp};

use crate::dynamodb::attributes::{Item, Row, moment, number, text};
use crate::dynamodb::conditional_write::conditional;
use crate::dynamodb::due_attributes::{REDRIVES, due_if_message_lost};
use crate::dynamodb::keys::{DELIVERY, EVENT, Key};
use crate::dynamodb::table::Table;
use crate::dynamodb::update_expression::UpdateExpression;
use crate::executions::state_item::StateItem;
use crate::outbound::{delivery_item, event_item};
use crate::{QueueName, StoreError};

/// The index `due` of the runs table.
#[derive(Clone)]
pub struct DueIndex {
    table: Table,
}

/// An entry of the index.
#[derive(Clone, Debug)]
pub struct DueEntry {
    key: Key,
    due_at: Timestamp,
    /// When the last message for it was sent.
    pub sent_at: Option<Timestamp>,
}

/// One page of a shard's due entries.
#[derive(Debug)]
pub struct DuePage {
    /// The longest overdue first.
    pub entries: Vec<DueEntry>,
    /// Where the next page begins; `None` after the last one.
    pub next: Option<DueCursor>,
}

/// A position in a shard of the due index.
#[derive(Debug)]
pub struct DueCursor(Item);

/// What the record behind an entry says.
#[derive(Debug)]
pub enum DueRecord {
    /// An execution to run, or whose events have to be published.
    Execution {
        /// Its status and times.
        execution: Execution,
        /// Whether an event of it has to be published.
        has_pending_events: bool,
        /// How often a sweep has sent a message for it since its last progress.
        redrives: u32,
    },
    /// An event whose deliveries have to be recorded.
    Event {
        /// The event.
        event: Event,
        /// How often a sweep has sent a message for it.
        redrives: u32,
    },
    /// A delivery that has to be attempted.
    Delivery {
        /// The delivery.
        delivery: Delivery,
        /// How often a sweep has sent a message for it since its last progress.
        redrives: u32,
    },
    /// There is no such record.
    Gone,
    /// No version of this program wrote it.
    Unreadable(StoreError),
}

impl DueEntry {
    /// Whether the entry is due by then; a sweep also sees entries that will be due soon.
    pub fn is_due(&self, by: Timestamp) -> bool {
        self.due_at <= by
    }

    /// The queue of its messages, as far as the key tells. Pending events of an execution go through the queue of
    /// deliveries; only the record tells whether there are any.
    pub fn queue(&self) -> QueueName {
        if self.key.pk.starts_with(EVENT) || self.key.pk.starts_with(DELIVERY) {
            QueueName::Deliveries
        } else {
            QueueName::Executions
        }
    }
}

impl DueIndex {
    pub(crate) fn new(table: Table) -> Self {
        Self { table }
    }

    /// One page of the entries of a shard that are due by then. `after` is the `next` of the page before; for the first page
    /// it is `None`.
    pub async fn page(
        &self,
        shard: Shard,
        by: Timestamp,
        limit: i32,
        after: Option<DueCursor>,
    ) -> Result<DuePage, StoreError> {
        let page = self
            .table
            .query()
            .index_name("due")
            .key_condition_expression("due_shard = :shard AND due_at <= :by")
            .expression_attribute_values(":shard", text(shard))
            .expression_attribute_values(":by", moment(by))
            .limit(limit)
            .set_exclusive_start_key(after.map(|DueCursor(key)| key))
            .send()
            .await
            .map_err(|error| StoreError::unavailable("list due records", error))?;
        Ok(DuePage {
            entries: page.items().iter().map(entry).collect::<Result<_, _>>()?,
            next: page.last_evaluated_key.map(DueCursor),
        })
    }

    /// The record of an entry as it is now. One of a newer version of this program is an error: it stays due.
    pub async fn read(&self, entry: &DueEntry) -> Result<DueRecord, StoreError> {
        let Some(item) = self.table.read(&entry.key).await? else {
            return Ok(DueRecord::Gone);
        };
        match record(&item) {
            Err(error @ StoreError::BadRecord { .. }) => Ok(DueRecord::Unreadable(error)),
            read => read,
        }
    }

    /// Moves an entry to a later time, before a message for it is sent again. May write while `due_at` is the value that
    /// was seen. `false` where another sweep, a claim or an end has changed it: then no message is to be sent.
    pub async fn postpone(
        &self,
        entry: &DueEntry,
        shard: Shard,
        redrives: u32,
        sent_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut changes = UpdateExpression::default();
        changes.set_all(due_if_message_lost(shard, sent_at, redrives));
        changes.set(REDRIVES, number(redrives + 1));
        self.change(entry, changes, "postpone a due record").await
    }

    /// Takes an entry whose record cannot be read out of the index; the record says since when. May write while `due_at`
    /// is the value that was seen; `false` where another sweep was faster.
    pub async fn quarantine(&self, entry: &DueEntry, now: Timestamp) -> Result<bool, StoreError> {
        let mut changes = UpdateExpression::default();
        changes.set("quarantined_at", moment(now));
        changes.remove("due_shard");
        self.change(entry, changes, "quarantine a record").await
    }

    async fn change(
        &self,
        entry: &DueEntry,
        changes: UpdateExpression,
        operation: &'static str,
    ) -> Result<bool, StoreError> {
        let update = changes
            .apply(self.table.update(&entry.key))
            .condition_expression("due_at = :seen")
            .expression_attribute_values(":seen", moment(entry.due_at));
        let write = conditional(operation, update.send().await)?;
        Ok(write.is_written())
    }
}

fn record(item: &Item) -> Result<DueRecord, StoreError> {
    let row = Row::checked(item)?;
    let pk = row.text("pk")?;
    if pk.starts_with(EVENT) {
        let redrives = row.optional_number(REDRIVES)?.unwrap_or(0);
        let event = event_item::read(item)?;
        return Ok(DueRecord::Event { event, redrives });
    }
    if pk.starts_with(DELIVERY) {
        let record = delivery_item::read(item)?;
        return Ok(DueRecord::Delivery {
            delivery: record.delivery,
            redrives: record.redrives,
        });
    }
    let state = StateItem::read(item)?;
    Ok(DueRecord::Execution {
        has_pending_events: state.has_pending_events(),
        redrives: state.redrives,
        execution: state.execution,
    })
}

fn entry(item: &Item) -> Result<DueEntry, StoreError> {
    let row = Row(item);
    Ok(DueEntry {
        key: Key::of_item(item)?,
        due_at: row.moment("due_at")?,
        // A time that cannot be read counts as absent; it must not keep a sweep from its whole shard.
        sent_at: row.optional_moment("sent_at").unwrap_or_default(),
    })
}
