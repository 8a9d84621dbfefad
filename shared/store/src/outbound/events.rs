//! Events: recorded once under an id that is derived from what they are about, and due until subscribers are told.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use domain::outbound::{Event, EventType, Profile, Subject};
use domain::{EventId, Fingerprint, Tenant, Timestamp};

use crate::config::config_table::{self, Created};
use crate::dynamodb::attributes::{Item, Row, VERSION, bytes, moment, number, text};
use crate::dynamodb::keys::{EVENT, Key};
use crate::executions::compression::{Basis, compress, decompress};
use crate::{RunsTable, StoreError, state};

impl RunsTable {
    /// Timeline: writes where nothing is. Whoever repeats it, because an answer was lost or a process died, meets what
    /// stands there already, and changes nothing.
    pub async fn record_event(&self, event: &Event) -> Result<(), StoreError> {
        let item = self.event_item(event)?;
        self.put_event(item).await.map(drop)
    }

    /// Records what an org publishes. It stays due until subscribers are told: the write is the outbox entry, too. A
    /// repeat of the same `Idempotency-Key` meets its own record.
    pub async fn publish(
        &self,
        event: &Event,
        fingerprint: &Fingerprint,
        now: Timestamp,
    ) -> Result<Created<Event>, StoreError> {
        let mut item = self.event_item(event)?;
        item.insert("fingerprint".into(), text(fingerprint.as_str()));
        item.extend(state::due_if_lost(event.id.shard(), now, 0));
        let Some(known) = self.put_event(item).await? else {
            return Ok(Created::New(event.clone()));
        };
        Ok(match repeat(&known, fingerprint)? {
            // Our own first attempt, whose answer was lost, began at the same moment.
            Created::Repeat(known) if known.at == event.at => Created::New(known),
            repeat => repeat,
        })
    }

    /// What a repeat of the same `Idempotency-Key` would meet; `None` where that is new.
    pub async fn published(
        &self,
        id: EventId,
        fingerprint: &Fingerprint,
    ) -> Result<Option<Created<Event>>, StoreError> {
        let item = config_table::read(&self.client, &self.table, &Key::event(id)).await?;
        item.map(|item| repeat(&item, fingerprint)).transpose()
    }

    /// `None` for one past its retention, too.
    pub async fn event(&self, id: EventId, now: Timestamp) -> Result<Option<Event>, StoreError> {
        let item = self.read_kept(&Key::event(id), now).await?;
        item.as_ref().map(from_item).transpose()
    }

    /// `None` for one of another tenant, too.
    pub async fn event_of(
        &self,
        tenant: Tenant,
        id: EventId,
        now: Timestamp,
    ) -> Result<Option<Event>, StoreError> {
        let event = self.event(id, now).await?;
        Ok(event.filter(|event| event.tenant == tenant))
    }

    /// Every subscriber is told, so nobody has to come back. Doing it again changes nothing.
    pub async fn event_is_told(&self, id: EventId) -> Result<(), StoreError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(Key::event(id).item()))
            .condition_expression("attribute_exists(due_at)")
            .update_expression("REMOVE due_at, due_shard, sent_at, redrives");
        match update.send().await {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|e| e.is_conditional_check_failed_exception()) =>
            {
                Ok(())
            }
            Err(error) => Err(StoreError::unavailable("note that an event is told", error)),
        }
    }

    /// What stands there already, if anything does.
    async fn put_event(&self, item: Item) -> Result<Option<Item>, StoreError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let error = match put {
            Ok(_) => return Ok(None),
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(met)) => {
                Ok(Some(met.item().cloned().unwrap_or_default()))
            }
            _ => Err(StoreError::unavailable("record an event", error)),
        }
    }

    fn event_item(&self, event: &Event) -> Result<Item, StoreError> {
        let until = self.outlives_deliveries(event.at);
        let json = event.data.to_string();
        let mut item = Key::event(event.id).item();
        item.extend([
            ("v".to_owned(), number(VERSION)),
            ("tenant".to_owned(), text(event.tenant)),
            ("event_type".to_owned(), text(&event.event_type)),
            ("at".to_owned(), moment(event.at)),
            ("hops".to_owned(), number(event.hops)),
            (
                "data".to_owned(),
                bytes(compress(json.as_bytes(), Basis::Nothing, "the event")?),
            ),
            ("expires_at".to_owned(), number(until.as_secs_rounded_up())),
        ]);
        let Subject {
            workflow,
            slug,
            only,
            except,
        } = &event.subject;
        let subject = [
            ("workflow_id", workflow.map(text)),
            ("slug", slug.as_ref().map(text)),
            ("only", only.map(text)),
            ("except", except.map(text)),
        ];
        for (name, value) in subject {
            item.extend(value.map(|value| (name.to_owned(), value)));
        }
        Ok(item)
    }
}

fn repeat(known: &Item, fingerprint: &Fingerprint) -> Result<Created<Event>, StoreError> {
    if Row(known).text("fingerprint")? == fingerprint.as_str() {
        from_item(known).map(Created::Repeat)
    } else {
        Ok(Created::Reused)
    }
}

pub(crate) fn from_item(item: &Item) -> Result<Event, StoreError> {
    let row = Row::checked(item)?;
    let id = row.text("pk")?.strip_prefix(EVENT).unwrap_or_default();
    let name = row.text("event_type")?;
    let packed = row
        .bytes("data")
        .ok_or_else(|| row.bad("data", "is missing"))?;
    let bad = |reason: String| row.bad("data", &reason);
    let json = decompress(packed, Basis::Nothing).map_err(|error| bad(error.to_string()))?;
    Ok(Event {
        id: EventId::parse(id).map_err(|error| row.bad("pk", &error.to_string()))?,
        tenant: config_table::tenant(row)?,
        event_type: EventType::parse(Profile::Native, name)
            .ok_or_else(|| row.bad("event_type", "is not known"))?,
        at: row.moment("at")?,
        subject: Subject {
            workflow: row.optional_parsed("workflow_id")?,
            slug: row.optional_text("slug").map(str::to_owned),
            only: row.optional_parsed("only")?,
            except: row.optional_parsed("except")?,
        },
        hops: row.number("hops")?,
        data: serde_json::from_slice(&json).map_err(|error| bad(error.to_string()))?,
    })
}
