//! Events: recorded once, under an id that is derived from what they are about, and due until their deliveries are
//! recorded.

use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use domain::outbound::Event;
use domain::{EventId, Fingerprint, Tenant, Timestamp};

use crate::dynamodb::attributes::{Item, Row, number, text};
use crate::dynamodb::conditional_write::{ConditionalWrite, conditional};
use crate::dynamodb::due_attributes::{DUE_ATTRIBUTES, REDRIVES, due_if_message_lost};
use crate::dynamodb::keys::Key;
use crate::dynamodb::table::Table;
use crate::dynamodb::update_expression::UpdateExpression;
use crate::outbound::event_item;
use crate::outbound::retention::Retention;
use crate::{InsertOutcome, StoreError};

/// The events of all tenants.
#[derive(Clone)]
pub struct Events {
    table: Table,
    retention: Retention,
}

impl Events {
    pub(crate) fn new(table: Table, retention: Retention) -> Self {
        Self { table, retention }
    }

    /// Records an event that is not due by itself. May write where there is none with this id. A repetition, because an
    /// answer was lost or a process died, finds the event and changes nothing.
    pub async fn record(&self, event: &Event) -> Result<(), StoreError> {
        let item = event_item::write(event, self.retention.of_event(event.at))?;
        self.put_new(item).await.map(drop)
    }

    /// Records an event that a tenant publishes. It is due until its deliveries are recorded: this write is the outbox
    /// entry, too. May write where there is none with this id. A repetition with the same `Idempotency-Key` finds its
    /// own record.
    pub async fn publish(
        &self,
        event: &Event,
        fingerprint: &Fingerprint,
        now: Timestamp,
    ) -> Result<InsertOutcome<Event>, StoreError> {
        let mut item = event_item::write(event, self.retention.of_event(event.at))?;
        item.insert("fingerprint".into(), text(fingerprint.as_str()));
        item.extend(due_if_message_lost(event.id.shard(), now, 0));
        let found = match self.put_new(item).await? {
            ConditionalWrite::Written(()) => return Ok(InsertOutcome::New(event.clone())),
            ConditionalWrite::ConditionFailed(found) => found.unwrap_or_default(),
        };
        Ok(match repetition(&found, fingerprint)? {
            // The first attempt of this write, whose answer was lost, has the same time.
            InsertOutcome::Repeat(found) if found.at == event.at => InsertOutcome::New(found),
            repetition => repetition,
        })
    }

    /// What a repetition with the same `Idempotency-Key` would find; `None` where the key is new.
    pub async fn find_published(
        &self,
        id: EventId,
        fingerprint: &Fingerprint,
    ) -> Result<Option<InsertOutcome<Event>>, StoreError> {
        let item = self.table.read(&Key::event(id)).await?;
        item.map(|item| repetition(&item, fingerprint)).transpose()
    }

    /// An event of any tenant; `None` for one past its retention, too.
    pub async fn find(&self, id: EventId, now: Timestamp) -> Result<Option<Event>, StoreError> {
        let item = self.table.read_unexpired(&Key::event(id), now).await?;
        item.as_ref().map(event_item::read).transpose()
    }

    /// `None` for an event of another tenant, too.
    pub async fn find_of(
        &self,
        tenant: Tenant,
        id: EventId,
        now: Timestamp,
    ) -> Result<Option<Event>, StoreError> {
        let event = self.find(id, now).await?;
        Ok(event.filter(|event| event.tenant == tenant))
    }

    /// Records that all deliveries of an event are recorded, so that it is not due any more. May write while it is due.
    /// A repetition changes nothing.
    pub async fn mark_fanned_out(&self, id: EventId) -> Result<(), StoreError> {
        let mut changes = UpdateExpression::default();
        changes.remove_all(&DUE_ATTRIBUTES);
        changes.remove(REDRIVES);
        let update = changes
            .apply(self.table.update(&Key::event(id)))
            .condition_expression("attribute_exists(due_at)");
        conditional("mark an event as fanned out", update.send().await).map(drop)
    }

    /// Keeps an event for a delivery of it that is restarted, by a request that came after so many hops. `false` where
    /// the event is gone, and cannot be delivered. Where it is kept for long enough, nothing is written.
    pub async fn extend_event_ttl(
        &self,
        id: EventId,
        hops: u8,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let item = self.table.read(&Key::event(id)).await?;
        let Some(kept) = item.as_ref().map(Lifetime::read).transpose()? else {
            return Ok(false);
        };
        if kept.is_expired(now) {
            return Ok(false);
        }
        if kept.is_enough(self.retention.least_of_event(now), hops) {
            return Ok(true);
        }
        self.write_ttl(id, hops.max(kept.hops), now).await
    }

    /// May write while the event has not expired and has no more hops than the restart: hops only grow, so that a loop
    /// through the API ends. A racing loser finds what another restart wrote; the event is there unless it expired.
    async fn write_ttl(&self, id: EventId, hops: u8, now: Timestamp) -> Result<bool, StoreError> {
        let until = self.retention.of_event(now);
        let update = self
            .table
            .update(&Key::event(id))
            .condition_expression("expires_at > :now AND hops <= :hops")
            .update_expression("SET expires_at = :until, hops = :hops")
            .expression_attribute_values(":now", number(now.as_millis() / 1000))
            .expression_attribute_values(":hops", number(hops))
            .expression_attribute_values(":until", number(until.as_secs_rounded_up()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let write = conditional("extend the retention of an event", update.send().await)?;
        let found = write.found().map(Lifetime::read).transpose()?;
        Ok(write.is_written() || found.is_some_and(|found| !found.is_expired(now)))
    }

    /// Writes where there is no event with this id; a loser finds the event that is there.
    async fn put_new(&self, item: Item) -> Result<ConditionalWrite<()>, StoreError> {
        let put = self
            .table
            .put(item)
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        conditional("record an event", put.send().await.map(drop))
    }
}

fn repetition(found: &Item, fingerprint: &Fingerprint) -> Result<InsertOutcome<Event>, StoreError> {
    if Row(found).text("fingerprint")? == fingerprint.as_str() {
        event_item::read(found).map(InsertOutcome::Repeat)
    } else {
        Ok(InsertOutcome::KeyReused)
    }
}

/// How long an event is kept, and after how many hops it was published.
struct Lifetime {
    expires_at_secs: i64,
    hops: u8,
}

impl Lifetime {
    fn read(item: &Item) -> Result<Self, StoreError> {
        let row = Row::checked(item)?;
        Ok(Self {
            expires_at_secs: row.number("expires_at")?,
            hops: row.number("hops")?,
        })
    }

    /// TTL removes late.
    fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at_secs <= now.as_millis() / 1000
    }

    fn is_enough(&self, until: Timestamp, hops: u8) -> bool {
        self.expires_at_secs >= until.as_secs_rounded_up() && self.hops >= hops
    }
}
