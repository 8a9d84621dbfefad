//! How long events and deliveries are kept: an event longer than its deliveries, also than those that begin anew.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use domain::{EventId, Timestamp};

use crate::dynamodb::attributes::{Item, Row, number};
use crate::dynamodb::keys::Key;
use crate::{RunsTable, StoreError, config_table};

/// An event is kept so much longer than a delivery that begins with it.
const SPARE_DAYS: i64 = 1;

impl RunsTable {
    /// A record, consistently; `None` for one past its time, too, because TTL removes late.
    pub(crate) async fn read_kept(
        &self,
        key: &Key,
        now: Timestamp,
    ) -> Result<Option<Item>, StoreError> {
        let Some(item) = config_table::read(&self.client, &self.table, key).await? else {
            return Ok(None);
        };
        let expires_at: Option<i64> = Row(&item).optional_number("expires_at")?;
        let is_expired = expires_at.is_some_and(|at| at <= now.as_millis() / 1000);
        Ok((!is_expired).then_some(item))
    }

    /// A delivery that begins then takes its whole schedule at the most, and is kept from its end.
    pub(crate) fn outlives_deliveries(&self, from: Timestamp) -> Timestamp {
        let longest_secs = domain::outbound::worst_case_secs();
        from.plus_secs(longest_secs)
            .plus_days(self.retention_days + SPARE_DAYS)
    }

    /// Of a subscription that was deleted before this, no delivery is left.
    pub fn deliveries_since(&self, now: Timestamp) -> Timestamp {
        let longest_secs = domain::outbound::worst_case_secs();
        now.plus_secs(-longest_secs)
            .plus_days(-self.retention_days - SPARE_DAYS)
    }

    /// Keeps an event for a delivery of it that begins anew, asked for after so many hops. `false`: it is gone, and cannot
    /// be delivered.
    ///
    /// Timeline: may write while the event is there, and no nearer to the beginning than whoever asks. A loser meets what
    /// another one keeps at the same time. Where it is kept for long enough, because it is hardly older than the spare time,
    /// nothing is written.
    pub async fn keep_event(
        &self,
        id: EventId,
        hops: u8,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let key = Key::event(id);
        let item = config_table::read(&self.client, &self.table, &key).await?;
        let Some(kept) = item.as_ref().map(Kept::read).transpose()? else {
            return Ok(false);
        };
        let until = self.outlives_deliveries(now);
        if !kept.is_there(now) || kept.is_enough(until.plus_days(-SPARE_DAYS), hops) {
            return Ok(kept.is_there(now));
        }
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key.item()))
            .condition_expression("expires_at > :now AND hops <= :hops")
            .update_expression("SET expires_at = :until, hops = :hops")
            .expression_attribute_values(":now", number(now.as_millis() / 1000))
            .expression_attribute_values(":hops", number(hops.max(kept.hops)))
            .expression_attribute_values(":until", number(until.as_secs_rounded_up()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let error = match update.send().await {
            Ok(_) => return Ok(true),
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(met)) => {
                let met = met.item().filter(|item| !item.is_empty());
                let met = met.map(Kept::read).transpose()?;
                Ok(met.is_some_and(|met| met.is_there(now)))
            }
            _ => Err(StoreError::unavailable("keep an event", error)),
        }
    }
}

/// What is asked of an event that is to be delivered once more.
struct Kept {
    /// In seconds since the epoch.
    expires_at: i64,
    hops: u8,
}

impl Kept {
    fn read(item: &Item) -> Result<Self, StoreError> {
        let row = Row::checked(item)?;
        Ok(Self {
            expires_at: row.number("expires_at")?,
            hops: row.number("hops")?,
        })
    }

    /// TTL removes late.
    fn is_there(&self, now: Timestamp) -> bool {
        self.expires_at > now.as_millis() / 1000
    }

    fn is_enough(&self, until: Timestamp, hops: u8) -> bool {
        self.expires_at >= until.as_secs_rounded_up() && self.hops >= hops
    }
}
