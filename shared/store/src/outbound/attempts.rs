//! Attempts at deliveries: each is claimed, made by whoever has the claim, and recorded beside the delivery.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use domain::outbound::{Attempt, Delivery, Stage};
use domain::{DeliveryId, Timestamp};

use crate::dynamodb::attributes::{VERSION, bytes, moment, number, text};
use crate::dynamodb::keys::Key;
use crate::executions::compression::{Basis, compress};
use crate::outbound::deliveries::{CLAIMABLE, DeliveryRecord, from_item, held};
use crate::{Nonce, RunsTable, StoreError, state};

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

impl RunsTable {
    /// Takes a delivery for one attempt, until `lease_until`. The usual claim touches nothing that is indexed; the
    /// other, where the lease would end after the delivery is due, also moves `due_at`.
    pub async fn claim_delivery(
        &self,
        id: DeliveryId,
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
        id: DeliveryId,
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
        self.put_attempt(owned.delivery.id, attempt, now).await?;
        let update = self.leave(owned, &owned.delivery, next, now, nonce);
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
        let before = Delivery {
            attempts: owned.delivery.attempts - 1,
            tries: owned.delivery.tries - 1,
            ..owned.delivery.clone()
        };
        let stage = Stage::Pending {
            next_attempt_at: until,
        };
        let update = self.leave(owned, &before, stage, now, nonce);
        held(update, nonce, "give a delivery back").await
    }

    /// Where a delivery stands after our claim, with the counts of `counted`.
    fn leave(
        &self,
        owned: &OwnedDelivery,
        counted: &Delivery,
        next: Stage,
        now: Timestamp,
        nonce: &Nonce,
    ) -> UpdateItemFluentBuilder {
        self.settling(counted, next, now, nonce)
            .condition_expression("nonce = :claimed")
            .expression_attribute_values(":claimed", text(&owned.nonce))
    }

    async fn put_attempt(
        &self,
        id: DeliveryId,
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
}

const CLAIM: &str = "SET #status = :attempting, lease_until = :lease, attempts = attempts + :one, \
                     tries = tries + :one, nonce = :nonce";

fn is_claimable(delivery: &Delivery, now: Timestamp) -> bool {
    match delivery.stage {
        Stage::Pending { next_attempt_at } => next_attempt_at <= now,
        Stage::Attempting { lease_until } => lease_until <= now,
        Stage::Delivered { .. } | Stage::Exhausted { .. } | Stage::Cancelled { .. } => false,
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
