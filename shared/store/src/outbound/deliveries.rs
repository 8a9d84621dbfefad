//! Deliveries: recorded once for each event and subscription, and due until they end.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use domain::outbound::{Attempt, Delivery, Stage};
use domain::{DeliveryId, Tenant, Timestamp};

use crate::dynamodb::attributes::{Row, moment, number, text};
use crate::dynamodb::compression::{Dictionary, decompress};
use crate::dynamodb::conditional_write::conditional;
use crate::dynamodb::keys::{ATTEMPT, Key, delivery_pk};
use crate::dynamodb::table::Table;
use crate::outbound::delivery_item;
use crate::outbound::retention::Retention;
use crate::{Nonce, StoreError};

/// The deliveries of all tenants. Attempts at them are in [`crate::DeliveryAttempts`].
#[derive(Clone)]
pub struct Deliveries {
    table: Table,
    retention: Retention,
}

/// Which deliveries a request restarts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestartCondition {
    /// Any that is not being attempted.
    Any,
    /// Only one that has failed, so that two recoveries at once send nothing twice.
    IfFailed,
}

/// What became of restarting a delivery.
#[derive(Clone, Debug, PartialEq)]
pub enum RestartOutcome {
    /// Its schedule starts anew.
    Restarted(Box<Delivery>),
    /// An attempt is under way, another request was faster, or it does not meet the condition.
    Busy,
    /// There is none with this id.
    NotFound,
}

/// The condition of a claim: the delivery is pending and its time has come, or the lease of its attempt is over.
pub(crate) const CLAIMABLE: &str = "(#status = :pending AND next_attempt_at <= :now) \
                                    OR (#status = :attempting AND lease_until <= :now)";

/// The values that [`CLAIMABLE`] names.
pub(crate) fn with_claimable_values(
    update: UpdateItemFluentBuilder,
    now: Timestamp,
) -> UpdateItemFluentBuilder {
    update
        .expression_attribute_names("#status", "status")
        .expression_attribute_values(":pending", text("pending"))
        .expression_attribute_values(":attempting", text("attempting"))
        .expression_attribute_values(":now", moment(now))
}

impl Deliveries {
    pub(crate) fn new(table: Table, retention: Retention) -> Self {
        Self { table, retention }
    }

    /// Records a delivery. May write where there is none with this id; `false` for a repetition, which finds what is
    /// there and changes nothing. The repetition of a write whose answer was lost finds its own nonce: `true`.
    pub async fn record(
        &self,
        delivery: &Delivery,
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<bool, StoreError> {
        let item = delivery_item::first(delivery, self.retention, now, nonce);
        let put = self
            .table
            .put(item)
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let write = conditional("record a delivery", put.send().await)?;
        Ok(write.took_effect(nonce))
    }

    /// A delivery of any tenant; `None` for one past its retention, too.
    pub async fn find(
        &self,
        id: DeliveryId,
        now: Timestamp,
    ) -> Result<Option<Delivery>, StoreError> {
        let item = self.table.read_unexpired(&Key::delivery(id), now).await?;
        let record = item.as_ref().map(delivery_item::read).transpose()?;
        Ok(record.map(|record| record.delivery))
    }

    /// A delivery with its attempts, from the first. `None` for one of another tenant, too.
    pub async fn detail(
        &self,
        tenant: Tenant,
        id: DeliveryId,
        now: Timestamp,
    ) -> Result<Option<(Delivery, Vec<Attempt>)>, StoreError> {
        let delivery = self.find(id, now).await?;
        let Some(delivery) = delivery.filter(|delivery| delivery.tenant == tenant) else {
            return Ok(None);
        };
        let items = self.table.read_prefix(&delivery_pk(id), ATTEMPT).await?;
        let mut attempts = Vec::with_capacity(items.len());
        for item in &items {
            let row = Row::checked(item)?;
            let bad = |reason: String| row.bad("data", &reason);
            let packed = row.bytes("data").ok_or_else(|| bad("is missing".into()))?;
            let json = decompress(packed, Dictionary::None).map_err(|e| bad(e.to_string()))?;
            attempts.push(serde_json::from_slice(&json).map_err(|e| bad(e.to_string()))?);
        }
        Ok(Some((delivery, attempts)))
    }

    /// A subscription that was deleted before this time has no deliveries left.
    pub fn kept_since(&self, now: Timestamp) -> Timestamp {
        self.retention.oldest_delivery(now)
    }

    /// Sets the stage of a delivery whose time has come, without an attempt at it. May write while it can be claimed and
    /// has been tried as often as when it was read. `false` where a claim, a restart or another such change came first.
    /// The repetition of a write whose answer was lost finds its own nonce.
    pub async fn set_stage(
        &self,
        delivery: &Delivery,
        stage: Stage,
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<bool, StoreError> {
        let update = self.changing(delivery, stage, now, nonce);
        let update = with_claimable_values(update, now)
            .condition_expression(format!("tries = :tries AND ({CLAIMABLE})"))
            .expression_attribute_values(":tries", number(delivery.tries));
        let write = conditional("set the stage of a delivery", update.send().await)?;
        Ok(write.took_effect(nonce))
    }

    /// Starts the schedule of a delivery anew. May write while no attempt is under way, the delivery meets `condition`,
    /// and its nonce is the one that was read: of two requests, one restarts it and the other finds it busy.
    pub async fn restart(
        &self,
        tenant: Tenant,
        id: DeliveryId,
        condition: RestartCondition,
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<RestartOutcome, StoreError> {
        let item = self.table.read(&Key::delivery(id)).await?;
        let record = item.as_ref().map(delivery_item::read).transpose()?;
        let Some(record) = record.filter(|record| record.delivery.tenant == tenant) else {
            return Ok(RestartOutcome::NotFound);
        };
        if let Stage::Attempting { lease_until } = record.delivery.stage
            && lease_until > now
        {
            return Ok(RestartOutcome::Busy);
        }
        if condition == RestartCondition::IfFailed && !record.delivery.has_failed() {
            return Ok(RestartOutcome::Busy);
        }
        let restarted = Delivery {
            tries: 0,
            stage: Stage::Pending {
                next_attempt_at: now,
            },
            ..record.delivery
        };
        let update = self
            .changing(&restarted, restarted.stage, now, nonce)
            .condition_expression("nonce = :seen")
            .expression_attribute_values(":seen", text(&record.nonce));
        let write = conditional("restart a delivery", update.send().await)?;
        Ok(match write.took_effect(nonce) {
            true => RestartOutcome::Restarted(Box::new(restarted)),
            false => RestartOutcome::Busy,
        })
    }

    fn changing(
        &self,
        delivery: &Delivery,
        stage: Stage,
        now: Timestamp,
        nonce: &Nonce,
    ) -> UpdateItemFluentBuilder {
        delivery_item::changes(delivery, stage, self.retention, now, nonce)
            .apply(self.table.update(&Key::delivery(delivery.id)))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}
