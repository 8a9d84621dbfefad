//! Giving tokens back that their requests did not need: to the block that this container holds, or else to the bucket.

use domain::{DayCount, RateLimit, Timestamp, WorkflowId};

use crate::executions::token_bucket_item::{ConfigurationChanges, StoredBucket};
use crate::{StoreError, TokenBuckets};

/// A token that was taken, and can be given back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TokenReceipt {
    pub(super) workflow: WorkflowId,
    pub(super) limit: RateLimit,
    pub(super) since_us: i64,
    pub(super) day: Option<DayCount>,
    pub(super) changes: ConfigurationChanges,
}

impl TokenReceipt {
    /// The workflow whose token it is.
    pub fn workflow(&self) -> WorkflowId {
        self.workflow
    }

    pub(super) fn new(workflow: WorkflowId, limit: RateLimit, taken: StoredBucket) -> Self {
        Self {
            workflow,
            limit,
            since_us: taken.bucket.since_us,
            day: None,
            changes: taken.changes,
        }
    }

    /// The changes of the workflow's configuration when the token was taken; those of a block, when the block was.
    pub fn configuration_changes(&self) -> ConfigurationChanges {
        self.changes
    }

    /// How many tokens were taken on its day, with it; `None` where the day is not counted.
    pub fn taken_today(&self) -> Option<u32> {
        self.day.map(|day| day.taken)
    }
}

impl TokenBuckets {
    /// Gives a token back, because its request recorded nothing new. Nothing depends on it, so a failure is only logged.
    pub async fn give_back(&self, receipt: TokenReceipt, now: Timestamp) {
        let workflow = receipt.workflow;
        if self.restore(receipt, now) {
            return;
        }
        let given = match receipt.day {
            Some(day) => self.give_back_within_day(receipt, day, now).await,
            None => self.give_back_to_bucket(receipt, now).await,
        };
        if let Err(error) = given {
            tracing::warn!(%workflow, %error, "a token could not be given back");
        }
    }

    async fn give_back_to_bucket(
        &self,
        receipt: TokenReceipt,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let TokenReceipt {
            workflow,
            limit,
            since_us,
            ..
        } = receipt;
        if let Some(stored) = self.items.give_back(workflow, limit, since_us).await? {
            self.memory
                .update(&workflow, now, |known| known.stored = stored);
        }
        Ok(())
    }

    async fn give_back_within_day(
        &self,
        receipt: TokenReceipt,
        day: DayCount,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let TokenReceipt {
            workflow,
            limit,
            since_us,
            ..
        } = receipt;
        let items = &self.items;
        let given = items.give_back_within_day(workflow, limit, since_us, day.day);
        if let Some(bucket) = given.await? {
            self.days.update(&workflow, now, |known| *known = bucket);
        }
        Ok(())
    }

    fn restore(&self, receipt: TokenReceipt, now: Timestamp) -> bool {
        if receipt.day.is_some() {
            return false;
        }
        let restored = self.memory.update(&receipt.workflow, now, |known| {
            let is_same_period = known.stored.bucket.since_us == receipt.since_us;
            let block = known.block.as_mut().filter(|_| is_same_period);
            block.is_some_and(|block| block.restore(receipt.limit, now))
        });
        restored.unwrap_or(false)
    }
}
