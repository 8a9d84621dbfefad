//! Attempts at deliveries: each is claimed, made by the container that has the claim, and recorded beside the delivery.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use domain::outbound::{Attempt, Delivery, Stage};
use domain::{DeliveryId, Timestamp};

use crate::dynamodb::attributes::{Item, OF_THIS_VERSION, VERSION, bytes, moment, number, text};
use crate::dynamodb::compression::{Dictionary, compress};
use crate::dynamodb::conditional_write::{ConditionalWrite, conditional};
use crate::dynamodb::due_attributes::due_at;
use crate::dynamodb::keys::Key;
use crate::dynamodb::table::Table;
use crate::dynamodb::update_expression::UpdateExpression;
use crate::outbound::deliveries::{CLAIMABLE, with_claimable_values};
use crate::outbound::delivery_item::{self, DeliveryRecord};
use crate::outbound::retention::Retention;
use crate::{Nonce, StoreError};

/// Claims of deliveries, and the attempts that follow.
#[derive(Clone)]
pub struct DeliveryAttempts {
    table: Table,
    retention: Retention,
}

/// What became of claiming a delivery.
#[derive(Debug)]
pub enum DeliveryClaim {
    /// This container may make one attempt.
    Owned(Box<OwnedDelivery>),
    /// Its time has not come, another container is attempting it, or it has ended. `None`: there is none with this id.
    Refused(Option<Box<Delivery>>),
}

/// A delivery that this container may make one attempt at.
#[derive(Debug)]
pub struct OwnedDelivery {
    /// As the claim wrote it.
    pub delivery: Delivery,
    nonce: Nonce,
}

impl DeliveryAttempts {
    pub(crate) fn new(table: Table, retention: Retention) -> Self {
        Self { table, retention }
    }

    /// Claims a delivery for one attempt, until `lease_until`.
    ///
    /// The first write is the usual one: it changes no indexed attribute, and may write while the delivery can be
    /// claimed and is due no sooner than the lease ends. The second one may write while it can be claimed, and also
    /// changes `due_at`. A racing loser finds the delivery being attempted. The repetition of a write whose answer was
    /// lost finds its own nonce. A record of a newer version of this program is left alone, and is an error.
    pub async fn claim(
        &self,
        id: DeliveryId,
        lease_until: Timestamp,
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<DeliveryClaim, StoreError> {
        let usual = self
            .claiming(id, claim_changes(lease_until, nonce), now)
            .condition_expression(format!(
                "({CLAIMABLE}) AND due_at >= :lease AND {OF_THIS_VERSION}"
            ))
            .expression_attribute_values(":lease", moment(lease_until));
        let found = match claim_outcome(usual, nonce).await? {
            DeliveryClaim::Owned(owned) => return Ok(DeliveryClaim::Owned(owned)),
            DeliveryClaim::Refused(found) => found,
        };
        let can_be_claimed = |found: &Delivery| is_claimable(found, now);
        if !found.as_deref().is_some_and(can_be_claimed) {
            return Ok(DeliveryClaim::Refused(found));
        }
        let mut changes = claim_changes(lease_until, nonce);
        changes.set_all(due_at(id.shard(), lease_until));
        changes.remove("sent_at");
        let moving = self
            .claiming(id, changes, now)
            .condition_expression(format!("({CLAIMABLE}) AND {OF_THIS_VERSION}"));
        claim_outcome(moving, nonce).await
    }

    fn claiming(
        &self,
        id: DeliveryId,
        changes: UpdateExpression,
        now: Timestamp,
    ) -> UpdateItemFluentBuilder {
        let update = changes.apply(self.table.update(&Key::delivery(id)));
        with_claimable_values(update, now)
            .expression_attribute_values(":version", number(VERSION))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    /// Records an attempt, and then the stage of its delivery. `false` where the lease was lost: another container has
    /// claimed the delivery, and no reader sees what was written here.
    pub async fn end(
        &self,
        owned: &OwnedDelivery,
        attempt: &Attempt,
        next: Stage,
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<bool, StoreError> {
        self.put_attempt(owned.delivery.id, attempt, now).await?;
        self.leave(owned, &owned.delivery, next, now, nonce).await
    }

    /// Undoes a claim: no request was sent, so it counts as no attempt. `false` where the lease was lost.
    pub async fn give_back(
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
        self.leave(owned, &before, stage, now, nonce).await
    }

    /// May write while the nonce is that of our claim. A container that claimed the delivery after our lease wins. The
    /// repetition of a write whose answer was lost finds its own nonce. The counts are those of `counted`.
    async fn leave(
        &self,
        owned: &OwnedDelivery,
        counted: &Delivery,
        next: Stage,
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<bool, StoreError> {
        let update = delivery_item::changes(counted, next, self.retention, now, nonce)
            .apply(self.table.update(&Key::delivery(counted.id)))
            .condition_expression("nonce = :claimed")
            .expression_attribute_values(":claimed", text(&owned.nonce))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let write = conditional("end an attempt at a delivery", update.send().await)?;
        Ok(write.took_effect(nonce))
    }

    async fn put_attempt(
        &self,
        id: DeliveryId,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.table
            .put(self.attempt_item(id, attempt, now)?)
            .send()
            .await
            .map(drop)
            .map_err(|error| StoreError::unavailable("record an attempt", error))
    }

    fn attempt_item(
        &self,
        id: DeliveryId,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Result<Item, StoreError> {
        let json = serde_json::to_vec(attempt)
            .map_err(|error| StoreError::bad("a new attempt", error.to_string()))?;
        let data = compress(&json, Dictionary::None, "the attempt")?;
        let expires_at_secs = self.retention.of_attempt(now).as_secs_rounded_up();
        let mut item = Key::attempt(id, attempt.number).item();
        item.extend([
            ("v".to_owned(), number(VERSION)),
            ("data".to_owned(), bytes(data)),
            ("expires_at".to_owned(), number(expires_at_secs)),
        ]);
        Ok(item)
    }
}

/// What both writes of a claim change.
fn claim_changes(lease_until: Timestamp, nonce: &Nonce) -> UpdateExpression {
    let mut changes = UpdateExpression::default();
    changes.set("status", text("attempting"));
    changes.set("lease_until", moment(lease_until));
    changes.increase("attempts", number(1));
    changes.increase("tries", number(1));
    changes.set("nonce", text(nonce));
    changes.remove("next_attempt_at");
    changes
}

fn is_claimable(delivery: &Delivery, now: Timestamp) -> bool {
    match delivery.stage {
        Stage::Pending { next_attempt_at } => next_attempt_at <= now,
        Stage::Attempting { lease_until } => lease_until <= now,
        Stage::Delivered { .. } | Stage::Exhausted { .. } | Stage::Cancelled { .. } => false,
    }
}

async fn claim_outcome(
    update: UpdateItemFluentBuilder,
    nonce: &Nonce,
) -> Result<DeliveryClaim, StoreError> {
    let owned = |record: DeliveryRecord| {
        DeliveryClaim::Owned(Box::new(OwnedDelivery {
            delivery: record.delivery,
            nonce: record.nonce,
        }))
    };
    let write = conditional("claim a delivery", update.send().await)?;
    let took_effect = write.took_effect(nonce);
    let item = match write {
        ConditionalWrite::Written(answer) => answer.attributes,
        ConditionalWrite::ConditionFailed(found) => found,
    };
    let record = item.as_ref().map(delivery_item::read).transpose()?;
    Ok(match record {
        Some(record) if took_effect => owned(record),
        record => DeliveryClaim::Refused(record.map(|record| Box::new(record.delivery))),
    })
}
