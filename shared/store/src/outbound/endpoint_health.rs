//! How a subscription's receiver fares: one small record from its first failure to its next success, and none where all
//! is well.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValue;
use domain::outbound::{CircuitBreaker, OpenUntil};
use domain::{SubscriptionId, Timestamp};

use crate::dynamodb::attributes::{Item, Row, VERSION, moment, number};
use crate::dynamodb::keys::Key;
use crate::{RunsTable, StoreError};

/// Longer than a subscription may fail before it is disabled, however short everything else is kept.
const KEPT_DAYS: i64 = 7;

impl RunsTable {
    /// `None`: it has not failed since its last success. What was last written longer ago than anything is kept counts as
    /// gone, though TTL may not have removed it yet.
    pub async fn failing(
        &self,
        id: SubscriptionId,
        now: Timestamp,
    ) -> Result<Option<CircuitBreaker>, StoreError> {
        let item = self.read_kept(&Key::failing(id), now).await?;
        item.as_ref().map(from_item).transpose()
    }

    /// Timeline: the first failure since the last success sets the time; later ones find it. An attempt without an answer
    /// is counted; any answer, whatever it says, ends the silence and its pauses. Answers how it fares now.
    pub async fn note_failure(
        &self,
        id: SubscriptionId,
        at: Timestamp,
        is_silent: bool,
    ) -> Result<CircuitBreaker, StoreError> {
        let heard = "REMOVE silent, paused_until, pauses";
        let (more, anew) = match is_silent {
            true => (
                "ADD silent :one",
                ", silent = :one REMOVE paused_until, pauses",
            ),
            false => (heard, heard),
        };
        let goes_on = self
            .note(id, at, is_silent)
            .update_expression(format!(
                "SET v = :v, failing_since = if_not_exists(failing_since, :at), expires_at = :until {more}"
            ))
            .condition_expression("attribute_not_exists(pk) OR expires_at > :now");
        if let Some(failing) = written(goes_on).await? {
            return Ok(failing);
        }
        let begins_anew = self
            .note(id, at, is_silent)
            .update_expression(format!(
                "SET v = :v, failing_since = :at, expires_at = :until {anew}"
            ))
            .condition_expression("attribute_not_exists(pk) OR expires_at <= :now");
        // Somebody was faster, at about the same time.
        let just_now = CircuitBreaker {
            since: at,
            silent: u32::from(is_silent),
            pause: None,
        };
        Ok(written(begins_anew).await?.unwrap_or(just_now))
    }

    fn note(&self, id: SubscriptionId, at: Timestamp, is_silent: bool) -> UpdateItemFluentBuilder {
        let until = at.plus_days(self.retention_days.max(KEPT_DAYS));
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(Key::failing(id).item()))
            .expression_attribute_values(":v", number(VERSION))
            .expression_attribute_values(":at", moment(at))
            .expression_attribute_values(":now", number(at.as_millis() / 1000))
            .expression_attribute_values(":until", number(until.as_secs_rounded_up()))
            .return_values(ReturnValue::AllNew);
        match is_silent {
            true => update.expression_attribute_values(":one", number(1)),
            false => update,
        }
    }

    /// Timeline: changes the pause that was seen into another; of several that saw it, one may, and the others get
    /// `false`. So does one whose own first answer was lost: then nobody tries before the new pause is over.
    pub async fn change_pause(
        &self,
        id: SubscriptionId,
        seen: Option<OpenUntil>,
        new: OpenUntil,
    ) -> Result<bool, StoreError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(Key::failing(id).item()))
            .update_expression("SET paused_until = :until, pauses = :number")
            .expression_attribute_values(":until", moment(new.until))
            .expression_attribute_values(":number", number(new.number))
            .return_values(ReturnValue::AllNew);
        let update = match seen {
            Some(seen) => update
                .condition_expression("paused_until = :seen")
                .expression_attribute_values(":seen", moment(seen.until)),
            // Without a failure there is nothing to pause for.
            None => update.condition_expression(
                "attribute_exists(pk) AND attribute_not_exists(paused_until)",
            ),
        };
        written(update).await.map(|changed| changed.is_some())
    }

    /// What failed before `at` is past.
    pub async fn forget_failures(
        &self,
        id: SubscriptionId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let delete = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(Key::failing(id).item()))
            .condition_expression("attribute_not_exists(pk) OR failing_since <= :at")
            .expression_attribute_values(":at", moment(at));
        match delete.send().await {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|e| e.is_conditional_check_failed_exception()) =>
            {
                Ok(())
            }
            Err(error) => Err(StoreError::unavailable("note a success", error)),
        }
    }
}

/// How it fares then; `None` where the condition did not hold.
async fn written(update: UpdateItemFluentBuilder) -> Result<Option<CircuitBreaker>, StoreError> {
    match update.send().await {
        Ok(answer) => from_item(&answer.attributes.unwrap_or_default()).map(Some),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|e| e.is_conditional_check_failed_exception()) =>
        {
            Ok(None)
        }
        Err(error) => Err(StoreError::unavailable("note how a receiver fares", error)),
    }
}

fn from_item(item: &Item) -> Result<CircuitBreaker, StoreError> {
    let row = Row::checked(item)?;
    let until = row.optional_moment("paused_until")?;
    let pauses = row.optional_number("pauses")?;
    let pause = until.zip(pauses);
    Ok(CircuitBreaker {
        since: row.moment("failing_since")?,
        silent: row.optional_number("silent")?.unwrap_or(0),
        pause: pause.map(|(until, number)| OpenUntil { until, number }),
    })
}
