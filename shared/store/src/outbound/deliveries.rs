//! Deliveries: recorded once for each event and subscription, and due until they end.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use domain::outbound::{Delivery, EventType, Profile, Stage};
use domain::{DeliveryId, SubscriptionId, Tenant, Timestamp};

use crate::client::queue::MAX_DELAY_MS;
use crate::dynamodb::attributes::{Item, Row, VERSION, moment, number, text};
use crate::dynamodb::keys::{DELIVERY, Key, history_pk};
use crate::executions::history_index::history_sk;
use crate::{Nonce, RunsTable, StoreError, config_table, state};

/// A delivery as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct DeliveryRecord {
    pub(crate) delivery: Delivery,
    /// The nonce of the last write.
    pub(crate) nonce: Nonce,
    /// How often a message was sent for it again without progress.
    pub(crate) redrives: u32,
}

/// What a change from outside begins anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restart {
    /// Whatever became of it.
    Anyhow,
    /// Only what has failed: two recoveries at once send nothing twice.
    IfFailed,
}

/// What became of a change from outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Restarted {
    Done(Box<Delivery>),
    /// An attempt is under way, or somebody else was faster.
    Busy,
    NotFound,
}

impl RunsTable {
    /// Timeline: writes where nothing is. Whoever repeats it meets what stands there already, and changes nothing:
    /// `false`.
    pub async fn record_delivery(
        &self,
        delivery: &Delivery,
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<bool, StoreError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(self.first_item(delivery, now, nonce)))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let error = match put {
            Ok(_) => return Ok(true),
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(met)) => {
                // Our own first attempt, whose answer was lost, counts as written.
                let met = met.item().map(|item| Row(item).optional_text("nonce"));
                Ok(met.flatten() == Some(nonce.as_str()))
            }
            _ => Err(StoreError::unavailable("record a delivery", error)),
        }
    }

    fn first_item(&self, delivery: &Delivery, now: Timestamp, nonce: &Nonce) -> Item {
        let shard = delivery.id.shard();
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
            (
                "history_pk".to_owned(),
                text(history_pk(delivery.subscription_id, shard)),
            ),
            (
                "history_sk".to_owned(),
                text(history_sk(delivery.created_at, delivery.id)),
            ),
        ]);
        item.extend(self.attributes_of(delivery.id, delivery.stage, now).set);
        item
    }

    /// Of any tenant: for whoever delivers.
    pub async fn delivery(
        &self,
        id: DeliveryId,
        now: Timestamp,
    ) -> Result<Option<Delivery>, StoreError> {
        let item = self.read_kept(&Key::delivery(id), now).await?;
        let record = item.as_ref().map(from_item).transpose()?;
        Ok(record.map(|record| record.delivery))
    }

    /// Timeline: says where a delivery stands whose time has come, without an attempt at it. Whoever claims it first, or
    /// restarts it, or says something else of it, wins: `false`. The retry of a write whose answer was lost meets its own
    /// nonce.
    pub async fn settle_delivery(
        &self,
        delivery: &Delivery,
        stage: Stage,
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<bool, StoreError> {
        let update = self
            .settling(delivery, stage, now, nonce)
            .condition_expression(format!("tries = :tries AND ({CLAIMABLE})"))
            .expression_attribute_values(":pending", text("pending"))
            .expression_attribute_values(":attempting", text("attempting"))
            .expression_attribute_values(":now", moment(now));
        held(update, nonce, "settle a delivery").await
    }

    /// Timeline: begins the schedule anew, from outside. May write while no attempt is under way, it is still one that
    /// `which` asks for, and nobody else has changed it since it was read; the loser is told that it is busy.
    pub async fn restart_delivery(
        &self,
        tenant: Tenant,
        id: DeliveryId,
        which: Restart,
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<Restarted, StoreError> {
        let item = config_table::read(&self.client, &self.table, &Key::delivery(id)).await?;
        let record = item.as_ref().map(from_item).transpose()?;
        let Some(record) = record.filter(|record| record.delivery.tenant == tenant) else {
            return Ok(Restarted::NotFound);
        };
        if let Stage::Attempting { lease_until } = record.delivery.stage
            && lease_until > now
        {
            return Ok(Restarted::Busy);
        }
        if which == Restart::IfFailed && !record.delivery.has_failed() {
            return Ok(Restarted::Busy);
        }
        let stage = Stage::Pending {
            next_attempt_at: now,
        };
        let restarted = Delivery {
            tries: 0,
            stage,
            ..record.delivery
        };
        let update = self
            .settling(&restarted, stage, now, nonce)
            .condition_expression("nonce = :seen")
            .expression_attribute_values(":seen", text(&record.nonce));
        Ok(match held(update, nonce, "restart a delivery").await? {
            true => Restarted::Done(Box::new(restarted)),
            false => Restarted::Busy,
        })
    }

    /// Says where a delivery stands, with these counts; on which condition, the caller adds.
    pub(crate) fn settling(
        &self,
        delivery: &Delivery,
        stage: Stage,
        now: Timestamp,
        nonce: &Nonce,
    ) -> UpdateItemFluentBuilder {
        self.attributes_of(delivery.id, stage, now)
            .apply(self.update_delivery(delivery.id), nonce)
            .expression_attribute_values(":attempts", number(delivery.attempts))
            .expression_attribute_values(":tries", number(delivery.tries))
    }

    fn update_delivery(&self, id: DeliveryId) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(Key::delivery(id).item()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    /// The attributes of a stage. What waits for longer than the queue can is due by itself; what waits for less has a
    /// message of its own, and is due should that be lost.
    fn attributes_of(&self, id: DeliveryId, stage: Stage, now: Timestamp) -> StageAttributes {
        let ended = |status: &str, at: Timestamp| {
            Item::from([
                ("status".to_owned(), text(status)),
                ("ended_at".to_owned(), moment(at)),
                (
                    "expires_at".to_owned(),
                    number(at.plus_days(self.retention_days).as_secs_rounded_up()),
                ),
            ])
        };
        let without_success = |status: &str, at| {
            let mut item = ended(status, at);
            item.insert("unsuccessful".to_owned(), text(status));
            item
        };
        let set = match stage {
            Stage::Pending { next_attempt_at } => {
                let mut item = if next_attempt_at.millis_since(now) <= MAX_DELAY_MS {
                    state::due_if_lost(id.shard(), next_attempt_at, 0)
                } else {
                    state::due(id.shard(), next_attempt_at)
                };
                item.insert("status".to_owned(), text("pending"));
                item.insert("next_attempt_at".to_owned(), moment(next_attempt_at));
                item
            }
            Stage::Attempting { lease_until } => {
                let mut item = state::due(id.shard(), lease_until);
                item.insert("status".to_owned(), text("attempting"));
                item.insert("lease_until".to_owned(), moment(lease_until));
                item
            }
            Stage::Delivered { at } => ended("delivered", at),
            Stage::Exhausted { at } => without_success("exhausted", at),
            Stage::Cancelled { at } => without_success("cancelled", at),
        };
        StageAttributes { set }
    }
}

/// What a claim looks for: a pending delivery whose time has come, or one whose attempt was lost.
pub(crate) const CLAIMABLE: &str = "(#status = :pending AND next_attempt_at <= :now) \
                         OR (#status = :attempting AND lease_until <= :now)";
/// What changes with the stage: what is not set is gone.
struct StageAttributes {
    set: Item,
}

impl StageAttributes {
    const ALL: [&'static str; 10] = [
        "status",
        "next_attempt_at",
        "lease_until",
        "ended_at",
        "expires_at",
        "unsuccessful",
        "due_at",
        "due_shard",
        "sent_at",
        "redrives",
    ];

    /// The counts are the caller's to give: `:attempts` and `:tries`.
    fn apply(self, mut update: UpdateItemFluentBuilder, nonce: &Nonce) -> UpdateItemFluentBuilder {
        let mut set = vec![
            "attempts = :attempts".to_owned(),
            "tries = :tries".to_owned(),
        ];
        let mut removed = Vec::new();
        for name in Self::ALL {
            update = update.expression_attribute_names(format!("#{name}"), name);
            match self.set.get(name) {
                Some(value) => {
                    set.push(format!("#{name} = :{name}"));
                    update = update.expression_attribute_values(format!(":{name}"), value.clone());
                }
                None => removed.push(format!("#{name}")),
            }
        }
        update
            .update_expression(format!(
                "SET nonce = :nonce, {} REMOVE {}",
                set.join(", "),
                removed.join(", ")
            ))
            .expression_attribute_values(":nonce", text(nonce))
    }
}

/// Whether a write took effect whose condition knows us, or what it met was written by ourselves, under this nonce.
pub(crate) async fn held(
    update: UpdateItemFluentBuilder,
    nonce: &Nonce,
    operation: &'static str,
) -> Result<bool, StoreError> {
    match update.send().await {
        Ok(_) => Ok(true),
        Err(error) => match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(met)) => {
                let met = met.item().map(|item| Row(item).optional_text("nonce"));
                Ok(met.flatten() == Some(nonce.as_str()))
            }
            _ => Err(StoreError::unavailable(operation, error)),
        },
    }
}

pub(crate) fn from_item(item: &Item) -> Result<DeliveryRecord, StoreError> {
    let row = Row::checked(item)?;
    let id = row.text("pk")?.strip_prefix(DELIVERY).unwrap_or_default();
    let event_type = row.text("event_type")?;
    Ok(DeliveryRecord {
        delivery: Delivery {
            id: DeliveryId::parse(id).map_err(|error| row.bad("pk", &error.to_string()))?,
            tenant: config_table::tenant(row)?,
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
        redrives: row.optional_number("redrives")?.unwrap_or(0),
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
