//! Deliveries: recorded once for each event and subscription, claimed for each attempt, and due until they end.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use domain::outbound::{Attempt, Delivery, EventType, Form, Stage};
use domain::{OutboundId, SubscriptionId, Tenant, Timestamp};

use crate::attributes::{Item, Row, VERSION, bytes, moment, number, text};
use crate::keys::{DELIVERY, Key, history_pk};
use crate::packing::{Basis, compress};
use crate::queue::MAX_DELAY_MS;
use crate::timeline::history_sk;
use crate::{Nonce, RunsTable, StoreError, config_table, state};

/// A delivery as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct DeliveryRecord {
    pub(crate) delivery: Delivery,
    /// The nonce of the last write.
    nonce: Nonce,
    /// How often a message was sent for it again without progress.
    pub(crate) redrives: u32,
}

/// What became of claiming an attempt.
#[derive(Debug)]
pub enum DeliveryClaim {
    Owned(Box<OwnedDelivery>),
    /// It is not time yet, somebody else is on it, or it has ended.
    Refused(Option<Box<Delivery>>),
}

/// A delivery that this container may make one attempt at.
#[derive(Debug)]
pub struct OwnedDelivery {
    pub delivery: Delivery,
    nonce: Nonce,
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
        id: OutboundId,
        now: Timestamp,
    ) -> Result<Option<Delivery>, StoreError> {
        let item = self.read_kept(&Key::delivery(id), now).await?;
        let record = item.as_ref().map(from_item).transpose()?;
        Ok(record.map(|record| record.delivery))
    }

    /// Takes a delivery for one attempt, until `lease_until`. The usual claim touches nothing that is indexed; the
    /// other, where the lease would end after the delivery is due, also moves `due_at`.
    pub async fn claim_delivery(
        &self,
        id: OutboundId,
        lease_until: Timestamp,
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<DeliveryClaim, StoreError> {
        let usual = self
            .take_delivery(id, lease_until, now, nonce)
            .condition_expression(format!("({CLAIMABLE}) AND due_at >= :lease"))
            .update_expression(format!("{CLAIM} REMOVE next_attempt_at"));
        let met = match claimed(usual, nonce).await? {
            DeliveryClaim::Owned(owned) => return Ok(DeliveryClaim::Owned(owned)),
            DeliveryClaim::Refused(met) => met,
        };
        if !met.as_ref().is_some_and(|met| is_claimable(met, now)) {
            return Ok(DeliveryClaim::Refused(met));
        }
        let mut moving = self
            .take_delivery(id, lease_until, now, nonce)
            .condition_expression(CLAIMABLE)
            .update_expression(format!(
                "{CLAIM}, due_shard = :due_shard, due_at = :due_at REMOVE next_attempt_at, sent_at"
            ));
        for (name, value) in state::due(id.shard(), lease_until) {
            moving = moving.expression_attribute_values(format!(":{name}"), value);
        }
        claimed(moving, nonce).await
    }

    fn take_delivery(
        &self,
        id: OutboundId,
        lease_until: Timestamp,
        now: Timestamp,
        nonce: &Nonce,
    ) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(Key::delivery(id).item()))
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":pending", text("pending"))
            .expression_attribute_values(":attempting", text("attempting"))
            .expression_attribute_values(":lease", moment(lease_until))
            .expression_attribute_values(":now", moment(now))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":nonce", text(nonce))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    /// Timeline: the attempt is written first, then the delivery, while its nonce is that of our claim: whoever claimed
    /// it after our lease wins, and what we write is not seen. `false` there. The retry of a write whose answer was lost
    /// meets its own nonce.
    pub async fn end_attempt(
        &self,
        owned: &OwnedDelivery,
        attempt: &Attempt,
        next: Stage,
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<bool, StoreError> {
        let delivery = &owned.delivery;
        self.put_attempt(delivery.id, attempt, now).await?;
        let update = self
            .attributes_of(delivery.id, next, now)
            .apply(self.update_delivery(delivery.id), nonce)
            .condition_expression("nonce = :claimed")
            .expression_attribute_values(":claimed", text(&owned.nonce))
            .expression_attribute_values(":attempts", number(delivery.attempts))
            .expression_attribute_values(":tries", number(delivery.tries));
        held(update, nonce, "end an attempt").await
    }

    /// Timeline: undoes a claim, while its nonce stands: nothing was sent, so it counts for nothing. `false` where the lease
    /// was lost.
    pub async fn give_back_delivery(
        &self,
        owned: &OwnedDelivery,
        until: Timestamp,
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<bool, StoreError> {
        let delivery = &owned.delivery;
        let stage = Stage::Pending {
            next_attempt_at: until,
        };
        let update = self
            .attributes_of(delivery.id, stage, now)
            .apply(self.update_delivery(delivery.id), nonce)
            .condition_expression("nonce = :claimed")
            .expression_attribute_values(":claimed", text(&owned.nonce))
            .expression_attribute_values(":attempts", number(delivery.attempts - 1))
            .expression_attribute_values(":tries", number(delivery.tries - 1));
        held(update, nonce, "give a delivery back").await
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
            .attributes_of(delivery.id, stage, now)
            .apply(self.update_delivery(delivery.id), nonce)
            .condition_expression(format!("tries = :tries AND ({CLAIMABLE})"))
            .expression_attribute_values(":pending", text("pending"))
            .expression_attribute_values(":attempting", text("attempting"))
            .expression_attribute_values(":now", moment(now))
            .expression_attribute_values(":attempts", number(delivery.attempts))
            .expression_attribute_values(":tries", number(delivery.tries));
        held(update, nonce, "settle a delivery").await
    }

    /// Timeline: begins the schedule anew, from outside. May write while no attempt is under way, it is still one that
    /// `which` asks for, and nobody else has changed it since it was read; the loser is told that it is busy.
    pub async fn restart_delivery(
        &self,
        tenant: Tenant,
        id: OutboundId,
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
        let update = self
            .attributes_of(id, stage, now)
            .apply(self.update_delivery(id), nonce)
            .condition_expression("nonce = :seen")
            .expression_attribute_values(":seen", text(&record.nonce))
            .expression_attribute_values(":attempts", number(record.delivery.attempts))
            .expression_attribute_values(":tries", number(0));
        let restarted = Delivery {
            tries: 0,
            stage,
            ..record.delivery
        };
        match update.send().await {
            Ok(_) => Ok(Restarted::Done(Box::new(restarted))),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(met)) => {
                    let met = met.item().map(|item| Row(item).optional_text("nonce"));
                    Ok(if met.flatten() == Some(nonce.as_str()) {
                        Restarted::Done(Box::new(restarted))
                    } else {
                        Restarted::Busy
                    })
                }
                _ => Err(StoreError::unavailable("restart a delivery", error)),
            },
        }
    }

    fn update_delivery(&self, id: OutboundId) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(Key::delivery(id).item()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    async fn put_attempt(
        &self,
        id: OutboundId,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let json = serde_json::to_vec(attempt)
            .map_err(|error| StoreError::bad("a new attempt", error.to_string()))?;
        // As long as its delivery can be there: the schedule, and then its retention.
        let until = now
            .plus_secs(domain::outbound::worst_case_secs())
            .plus_days(self.retention_days + 1);
        let mut item = Key::attempt(id, attempt.number).item();
        item.extend([
            ("v".to_owned(), number(VERSION)),
            (
                "data".to_owned(),
                bytes(compress(&json, Basis::Nothing, "the attempt")?),
            ),
            ("expires_at".to_owned(), number(until.as_secs_rounded_up())),
        ]);
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .send()
            .await
            .map(drop)
            .map_err(|error| StoreError::unavailable("record an attempt", error))
    }

    /// The attributes of a stage. What waits for longer than the queue can is due by itself; what waits for less has a
    /// message of its own, and is due should that be lost.
    fn attributes_of(&self, id: OutboundId, stage: Stage, now: Timestamp) -> StageAttributes {
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
const CLAIMABLE: &str = "(#status = :pending AND next_attempt_at <= :now) \
                         OR (#status = :attempting AND lease_until <= :now)";
const CLAIM: &str = "SET #status = :attempting, lease_until = :lease, attempts = attempts + :one, \
                     tries = tries + :one, nonce = :nonce";

fn is_claimable(delivery: &Delivery, now: Timestamp) -> bool {
    match delivery.stage {
        Stage::Pending { next_attempt_at } => next_attempt_at <= now,
        Stage::Attempting { lease_until } => lease_until <= now,
        Stage::Delivered { .. } | Stage::Exhausted { .. } | Stage::Cancelled { .. } => false,
    }
}

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
async fn held(
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

async fn claimed(
    update: UpdateItemFluentBuilder,
    nonce: &Nonce,
) -> Result<DeliveryClaim, StoreError> {
    let owned = |record: DeliveryRecord| {
        DeliveryClaim::Owned(Box::new(OwnedDelivery {
            delivery: record.delivery,
            nonce: record.nonce,
        }))
    };
    let error = match update.send().await {
        Ok(answer) => return from_item(&answer.attributes.unwrap_or_default()).map(owned),
        Err(error) => error,
    };
    let Some(UpdateItemError::ConditionalCheckFailedException(met)) = error.as_service_error()
    else {
        return Err(StoreError::unavailable("claim a delivery", error));
    };
    let met = met.item().filter(|item| !item.is_empty());
    let met = met.map(from_item).transpose()?;
    Ok(match met {
        // Our own first attempt, whose answer was lost.
        Some(record) if &record.nonce == nonce => owned(record),
        met => DeliveryClaim::Refused(met.map(|record| Box::new(record.delivery))),
    })
}

pub(crate) fn from_item(item: &Item) -> Result<DeliveryRecord, StoreError> {
    let row = Row::checked(item)?;
    let id = row.text("pk")?.strip_prefix(DELIVERY).unwrap_or_default();
    let event_type = row.text("event_type")?;
    Ok(DeliveryRecord {
        delivery: Delivery {
            id: OutboundId::parse(id).map_err(|error| row.bad("pk", &error.to_string()))?,
            tenant: config_table::tenant(row)?,
            subscription_id: row.parsed::<SubscriptionId>("subscription_id")?,
            event_id: row.parsed("event_id")?,
            event_type: EventType::parse(Form::Native, event_type)
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
