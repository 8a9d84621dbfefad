//! The stored form of a delivery, and the attributes that follow from its stage.

use domain::outbound::{Delivery, EventType, Profile, Stage};
use domain::{DeliveryId, SubscriptionId, Timestamp};

use crate::client::queue::MAX_DELAY_MS;
use crate::dynamodb::attributes::{Item, Row, VERSION, moment, number, text};
use crate::dynamodb::due_attributes::{REDRIVES, due_at, due_if_message_lost};
use crate::dynamodb::history_index::history_sk;
use crate::dynamodb::keys::{DELIVERY, Key, history_pk};
use crate::dynamodb::update_expression::UpdateExpression;
use crate::outbound::retention::Retention;
use crate::{Nonce, StoreError};

/// A delivery as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct DeliveryRecord {
    pub(crate) delivery: Delivery,
    /// The nonce of the last write.
    pub(crate) nonce: Nonce,
    /// How often a sweep has sent a message for it since its last progress.
    pub(crate) redrives: u32,
}

/// Attributes that depend on the stage. A stage that does not set one of them removes it.
const STAGE_ATTRIBUTES: [&str; 10] = [
    "status",
    "next_attempt_at",
    "lease_until",
    "ended_at",
    "expires_at",
    "unsuccessful",
    "due_at",
    "due_shard",
    "sent_at",
    REDRIVES,
];

/// A new delivery.
pub(crate) fn first(
    delivery: &Delivery,
    retention: Retention,
    now: Timestamp,
    nonce: &Nonce,
) -> Item {
    let shard = delivery.id.shard();
    let history_pk = history_pk(delivery.subscription_id, shard);
    let history_sk = history_sk(delivery.created_at, delivery.id);
    let mut item = Key::delivery(delivery.id).item();
    item.extend([
        ("v".to_owned(), number(VERSION)),
        ("tenant".to_owned(), text(delivery.tenant)),
        ("subscription_id".to_owned(), text(delivery.subscription_id)),
        ("event_id".to_owned(), text(delivery.event_id)),
        ("event_type".to_owned(), text(&delivery.event_type)),
        ("created_at".to_owned(), moment(delivery.created_at)),
        ("attempts".to_owned(), number(delivery.attempts)),
        ("tries".to_owned(), number(delivery.tries)),
        ("nonce".to_owned(), text(nonce)),
        ("history_pk".to_owned(), text(history_pk)),
        ("history_sk".to_owned(), text(history_sk)),
    ]);
    item.extend(stage_attributes(
        delivery.id,
        delivery.stage,
        retention,
        now,
    ));
    item
}

/// Sets the stage and the counts of a delivery.
pub(crate) fn changes(
    delivery: &Delivery,
    stage: Stage,
    retention: Retention,
    now: Timestamp,
    nonce: &Nonce,
) -> UpdateExpression {
    let mut attributes = stage_attributes(delivery.id, stage, retention, now);
    let mut changes = UpdateExpression::default();
    changes.set("nonce", text(nonce));
    changes.set("attempts", number(delivery.attempts));
    changes.set("tries", number(delivery.tries));
    for name in STAGE_ATTRIBUTES {
        changes.set_or_remove(name, attributes.remove(name));
    }
    changes
}

/// A delivery that waits for longer than the queue's longest delay is due by itself. One that waits for less has a
/// message of its own, and is due in case that is lost.
fn stage_attributes(id: DeliveryId, stage: Stage, retention: Retention, now: Timestamp) -> Item {
    let ended = |status: &str, at: Timestamp| {
        let expires_at_secs = retention.after_end(at).as_secs_rounded_up();
        Item::from([
            ("status".to_owned(), text(status)),
            ("ended_at".to_owned(), moment(at)),
            ("expires_at".to_owned(), number(expires_at_secs)),
        ])
    };
    let ended_without_success = |status: &str, at| {
        let mut item = ended(status, at);
        item.insert("unsuccessful".to_owned(), text(status));
        item
    };
    match stage {
        Stage::Pending { next_attempt_at } => {
            let has_message = next_attempt_at.millis_since(now) <= MAX_DELAY_MS;
            let mut item = match has_message {
                true => due_if_message_lost(id.shard(), next_attempt_at, 0),
                false => due_at(id.shard(), next_attempt_at),
            };
            item.insert("status".to_owned(), text("pending"));
            item.insert("next_attempt_at".to_owned(), moment(next_attempt_at));
            item
        }
        Stage::Attempting { lease_until } => {
            let mut item = due_at(id.shard(), lease_until);
            item.insert("status".to_owned(), text("attempting"));
            item.insert("lease_until".to_owned(), moment(lease_until));
            item
        }
        Stage::Delivered { at } => ended("delivered", at),
        Stage::Exhausted { at } => ended_without_success("exhausted", at),
        Stage::Cancelled { at } => ended_without_success("cancelled", at),
    }
}

pub(crate) fn read(item: &Item) -> Result<DeliveryRecord, StoreError> {
    let row = Row::checked(item)?;
    let id = row.text("pk")?.strip_prefix(DELIVERY).unwrap_or_default();
    let event_type = row.text("event_type")?;
    Ok(DeliveryRecord {
        delivery: Delivery {
            id: DeliveryId::parse(id).map_err(|error| row.bad("pk", &error.to_string()))?,
            tenant: row.tenant()?,
            subscription_id: row.parsed::<SubscriptionId>("subscription_id")?,
            event_id: row.parsed("event_id")?,
            event_type: EventType::parse(Profile::Native, event_type)
                .ok_or_else(|| row.bad("event_type", "is not known"))?,
            created_at: row.moment("created_at")?,
            attempts: row.number("attempts")?,
            tries: row.number("tries")?,
            stage: stage(row)?,
        },
        nonce: Nonce::from_stored(row.text("nonce")?),
        redrives: row.optional_number(REDRIVES)?.unwrap_or(0),
    })
}

fn stage(row: Row<'_>) -> Result<Stage, StoreError> {
    match row.text("status")? {
        "pending" => Ok(Stage::Pending {
            next_attempt_at: row.moment("next_attempt_at")?,
        }),
        "attempting" => Ok(Stage::Attempting {
            lease_until: row.moment("lease_until")?,
        }),
        "delivered" => Ok(Stage::Delivered {
            at: row.moment("ended_at")?,
        }),
        "exhausted" => Ok(Stage::Exhausted {
            at: row.moment("ended_at")?,
        }),
        "cancelled" => Ok(Stage::Cancelled {
            at: row.moment("ended_at")?,
        }),
        _ => Err(row.bad("status", "is not known")),
    }
}
