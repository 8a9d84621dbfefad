//! The health of a subscription's endpoint: one small record from its first failure to its next success, and none where
//! it works.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValue;
use domain::outbound::{CircuitBreaker, OpenUntil};
use domain::{SubscriptionId, Timestamp};

use crate::StoreError;
use crate::dynamodb::attributes::{Item, Row, VERSION, moment, number};
use crate::dynamodb::conditional_write::{ConditionalWrite, conditional};
use crate::dynamodb::keys::Key;
use crate::dynamodb::table::Table;
use crate::dynamodb::update_expression::UpdateExpression;
use crate::outbound::retention::Retention;

/// Longer than a subscription may fail before it is disabled, however short the operator's retention is.
const KEPT_DAYS: i64 = 7;

/// Timeouts in a row.
const TIMEOUTS: &str = "consecutive_timeouts";
/// Until when the circuit is open.
const OPEN_UNTIL: &str = "open_until";
/// How often the circuit has opened since the endpoint last answered.
const OPENINGS: &str = "openings";

/// The health of all endpoints.
#[derive(Clone)]
pub struct EndpointHealth {
    table: Table,
    retention: Retention,
}

impl EndpointHealth {
    pub(crate) fn new(table: Table, retention: Retention) -> Self {
        Self { table, retention }
    }

    /// `None` where the endpoint has not failed since its last success. A record past its retention counts as absent,
    /// because TTL removes late.
    pub async fn find(
        &self,
        id: SubscriptionId,
        now: Timestamp,
    ) -> Result<Option<CircuitBreaker>, StoreError> {
        let item = self.table.read_unexpired(&Key::failing(id), now).await?;
        item.as_ref().map(read).transpose()
    }

    /// The health of those of these endpoints that have failed since their last success, as it was a moment ago.
    pub async fn find_all(
        &self,
        ids: &[SubscriptionId],
        now: Timestamp,
    ) -> Result<HashMap<SubscriptionId, CircuitBreaker>, StoreError> {
        let keys: Vec<Key> = ids.iter().map(|id| Key::failing(*id)).collect();
        let items = self.table.glance_at_unexpired(&keys, now).await?;
        let mut found = HashMap::with_capacity(items.len());
        for item in &items {
            let key = Key::of_item(item)?;
            if let Some(id) = ids.iter().find(|id| Key::failing(**id) == key) {
                found.insert(*id, read(item)?);
            }
        }
        Ok(found)
    }

    /// Records a failure at `at`, and answers the endpoint's health after it. A timeout is counted; any answer, whatever
    /// its status, resets the count of timeouts and closes the circuit.
    ///
    /// The first write may write where there is no record, or one that has not expired: the first failure since the last
    /// success sets the time, and later ones keep it. The second may write where there is none, or one that has expired.
    /// Where both fail, another failure was recorded at the same time, or the record is of a newer version of this
    /// program and is left alone.
    pub async fn record_failure(
        &self,
        id: SubscriptionId,
        at: Timestamp,
        is_timeout: bool,
    ) -> Result<CircuitBreaker, StoreError> {
        let continued = self
            .failure(id, at)
            .update_expression(match is_timeout {
                true => CONTINUED_TIMEOUT,
                false => CONTINUED_ANSWER,
            })
            .condition_expression("attribute_not_exists(pk) OR (v = :v AND expires_at > :now)");
        if let Some(health) = written(with_one(continued, is_timeout)).await? {
            return Ok(health);
        }
        let first = self
            .failure(id, at)
            .update_expression(match is_timeout {
                true => FIRST_TIMEOUT,
                false => FIRST_ANSWER,
            })
            .condition_expression("attribute_not_exists(pk) OR (v = :v AND expires_at <= :now)");
        let just_now = CircuitBreaker {
            since: at,
            consecutive_timeouts: u32::from(is_timeout),
            open: None,
        };
        let health = written(with_one(first, is_timeout)).await?;
        Ok(health.unwrap_or(just_now))
    }

    fn failure(&self, id: SubscriptionId, at: Timestamp) -> UpdateItemFluentBuilder {
        let until = self.retention.at_least(KEPT_DAYS, at);
        self.table
            .update(&Key::failing(id))
            .expression_attribute_values(":v", number(VERSION))
            .expression_attribute_values(":at", moment(at))
            .expression_attribute_values(":now", number(at.as_millis() / 1000))
            .expression_attribute_values(":until", number(until.as_secs_rounded_up()))
            .return_values(ReturnValue::AllNew)
    }

    /// Opens the circuit, or opens it anew for one attempt that tries the endpoint. May write while the circuit is as it
    /// was seen. Of several containers that saw it, one wins and the others get `false`. So does one whose own first
    /// answer was lost: then no container tries the endpoint before the circuit is half open again.
    pub async fn open_circuit(
        &self,
        id: SubscriptionId,
        seen: Option<OpenUntil>,
        new: OpenUntil,
    ) -> Result<bool, StoreError> {
        let mut changes = UpdateExpression::default();
        changes.set(OPEN_UNTIL, moment(new.until));
        changes.set(OPENINGS, number(new.openings));
        let update = changes
            .apply(self.table.update(&Key::failing(id)))
            .return_values(ReturnValue::AllNew);
        let update = match seen {
            Some(seen) => update
                .condition_expression("open_until = :seen")
                .expression_attribute_values(":seen", moment(seen.until)),
            // The record is gone where the endpoint has answered with a success since.
            None => update
                .condition_expression("attribute_exists(pk) AND attribute_not_exists(open_until)"),
        };
        written(update).await.map(|health| health.is_some())
    }

    /// Removes the record of failures before `at`. May delete while the first of them was not later; where it was, the
    /// record is of failures after this success, and stays.
    pub async fn record_success(
        &self,
        id: SubscriptionId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let delete = self
            .table
            .delete(&Key::failing(id))
            .condition_expression("attribute_not_exists(pk) OR failing_since <= :at")
            .expression_attribute_values(":at", moment(at));
        conditional("record the success of an endpoint", delete.send().await).map(drop)
    }
}

const CONTINUED_TIMEOUT: &str = "SET v = :v, failing_since = if_not_exists(failing_since, :at), \
     expires_at = :until ADD consecutive_timeouts :one";
const CONTINUED_ANSWER: &str = "SET v = :v, failing_since = if_not_exists(failing_since, :at), \
     expires_at = :until REMOVE consecutive_timeouts, open_until, openings";
const FIRST_TIMEOUT: &str = "SET v = :v, failing_since = :at, expires_at = :until, \
     consecutive_timeouts = :one REMOVE open_until, openings";
const FIRST_ANSWER: &str = "SET v = :v, failing_since = :at, expires_at = :until \
     REMOVE consecutive_timeouts, open_until, openings";

fn with_one(update: UpdateItemFluentBuilder, is_timeout: bool) -> UpdateItemFluentBuilder {
    match is_timeout {
        true => update.expression_attribute_values(":one", number(1)),
        false => update,
    }
}

/// The health after a write; `None` where its condition failed.
async fn written(update: UpdateItemFluentBuilder) -> Result<Option<CircuitBreaker>, StoreError> {
    match conditional("record the health of an endpoint", update.send().await)? {
        ConditionalWrite::Written(answer) => read(&answer.attributes.unwrap_or_default()).map(Some),
        ConditionalWrite::ConditionFailed(_) => Ok(None),
    }
}

fn read(item: &Item) -> Result<CircuitBreaker, StoreError> {
    let row = Row::checked(item)?;
    let until = row.optional_moment(OPEN_UNTIL)?;
    let openings = row.optional_number(OPENINGS)?;
    let open = until.zip(openings);
    Ok(CircuitBreaker {
        since: row.moment("failing_since")?,
        consecutive_timeouts: row.optional_number(TIMEOUTS)?.unwrap_or(0),
        open: open.map(|(until, openings)| OpenUntil { until, openings }),
    })
}
