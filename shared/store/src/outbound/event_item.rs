//! The stored form of an event.

use domain::outbound::{Event, EventType, Profile, Subject};
use domain::{EventId, Timestamp};

use crate::StoreError;
use crate::dynamodb::attributes::{Item, Row, VERSION, bytes, moment, number, text};
use crate::dynamodb::compression::{Dictionary, compress, decompress};
use crate::dynamodb::keys::{EVENT, Key};

pub(crate) fn write(event: &Event, expires_at: Timestamp) -> Result<Item, StoreError> {
    let json = event.data.to_string();
    let data = compress(json.as_bytes(), Dictionary::None, "the event")?;
    let expires_at_secs = expires_at.as_secs_rounded_up();
    let mut item = Key::event(event.id).item();
    item.extend([
        ("v".to_owned(), number(VERSION)),
        ("tenant".to_owned(), text(event.tenant)),
        ("event_type".to_owned(), text(&event.event_type)),
        ("at".to_owned(), moment(event.at)),
        ("hops".to_owned(), number(event.hops)),
        ("data".to_owned(), bytes(data)),
        ("expires_at".to_owned(), number(expires_at_secs)),
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

pub(crate) fn read(item: &Item) -> Result<Event, StoreError> {
    let row = Row::checked(item)?;
    let id = row.text("pk")?.strip_prefix(EVENT).unwrap_or_default();
    let name = row.text("event_type")?;
    let packed = row
        .bytes("data")
        .ok_or_else(|| row.bad("data", "is missing"))?;
    let bad = |reason: String| row.bad("data", &reason);
    let json = decompress(packed, Dictionary::None).map_err(|error| bad(error.to_string()))?;
    Ok(Event {
        id: EventId::parse(id).map_err(|error| row.bad("pk", &error.to_string()))?,
        tenant: row.tenant()?,
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
