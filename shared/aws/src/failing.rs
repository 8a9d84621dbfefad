//! Since when a subscription's deliveries fail, and nothing else of how it fares.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValue;
use domain::{SubscriptionId, Timestamp};

use crate::attributes::{Row, VERSION, moment, number};
use crate::keys::Key;
use crate::{RunsTable, StoreError, config_table};

impl RunsTable {
    /// Timeline: the first failure since the last success sets the time; later ones find it. What was last written longer
    /// ago than anything is kept counts as gone, though TTL may not have removed it yet. Answers since when.
    pub async fn note_failure(
        &self,
        id: SubscriptionId,
        at: Timestamp,
    ) -> Result<Timestamp, StoreError> {
        let goes_on = self
            .failing(id, at)
            .update_expression(
                "SET v = :v, failing_since = if_not_exists(failing_since, :at), \
                 expires_at = :until",
            )
            .condition_expression("attribute_not_exists(pk) OR expires_at > :now");
        if let Some(since) = written(goes_on).await? {
            return Ok(since);
        }
        let begins_anew = self
            .failing(id, at)
            .update_expression("SET v = :v, failing_since = :at, expires_at = :until")
            .condition_expression("attribute_not_exists(pk) OR expires_at <= :now");
        // Somebody was faster, at about the same time.
        Ok(written(begins_anew).await?.unwrap_or(at))
    }

    fn failing(&self, id: SubscriptionId, at: Timestamp) -> UpdateItemFluentBuilder {
        let until = at.plus_days(self.retention_days);
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(Key::failing(id).item()))
            .expression_attribute_values(":v", number(VERSION))
            .expression_attribute_values(":at", moment(at))
            .expression_attribute_values(":now", number(at.as_millis() / 1000))
            .expression_attribute_values(":until", number(until.as_secs_rounded_up()))
            .return_values(ReturnValue::AllNew)
    }

    /// A success that was asked for at `at` ends what failed before. A read where nothing failed, which is the rule.
    pub async fn note_success(&self, id: SubscriptionId, at: Timestamp) -> Result<(), StoreError> {
        let key = Key::failing(id);
        if config_table::read(&self.client, &self.table, &key)
            .await?
            .is_none()
        {
            return Ok(());
        }
        self.forget_failures(id, at).await
    }

    /// The same where it is known that something failed, or where it begins anew.
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

/// Since when it fails; `None` where the condition did not hold.
async fn written(update: UpdateItemFluentBuilder) -> Result<Option<Timestamp>, StoreError> {
    match update.send().await {
        Ok(answer) => {
            let item = answer.attributes.unwrap_or_default();
            Row::checked(&item)?.moment("failing_since").map(Some)
        }
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|e| e.is_conditional_check_failed_exception()) =>
        {
            Ok(None)
        }
        Err(error) => Err(StoreError::unavailable("note a failure", error)),
    }
}
