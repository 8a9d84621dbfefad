//! The stored token bucket of a workflow: one conditional write takes tokens, another gives one back, a third counts a change
//! of the workflow's configuration. It does not know what a container remembers of it.

use aws_sdk_dynamodb::config::{Builder, retry::RetryConfig};
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use domain::{Bucket, BucketPhase, RateLimit, Timestamp, WorkflowId};

use crate::StoreError;
use crate::dynamodb::attributes::{Item, Row, VERSION, moment, number};
use crate::dynamodb::conditional_write::{ConditionalWrite, conditional};
use crate::dynamodb::keys::Key;
use crate::dynamodb::table::Table;

/// The token buckets as they are stored.
#[derive(Clone)]
pub(crate) struct BucketItems {
    pub(super) table: Table,
    /// Which of a workflow's buckets it is.
    key: fn(WorkflowId) -> Key,
}

/// A bucket as it is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct StoredBucket {
    pub(crate) bucket: Bucket,
    pub(crate) changes: ConfigurationChanges,
}

/// The changes of a workflow's configuration that its bucket counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfigurationChanges {
    /// How many there were.
    pub count: u64,
    /// When the last one was counted, after it was written.
    pub last_at: Timestamp,
}

/// What to take from a bucket, and the phase that it is expected in.
#[derive(Clone, Copy)]
pub(crate) struct TakeRequest {
    pub(crate) workflow: WorkflowId,
    pub(crate) limit: RateLimit,
    pub(crate) phase: BucketPhase,
    pub(crate) tokens: u32,
    pub(crate) now: Timestamp,
}

/// What became of one attempt to take tokens.
pub(crate) enum TakeAttempt {
    /// They were taken; the bucket afterwards.
    Taken(StoredBucket),
    /// The bucket is in another phase or has too few tokens; the bucket as it was found.
    Refused(Option<StoredBucket>),
}

impl BucketItems {
    pub(crate) fn new(table: Table, key: fn(WorkflowId) -> Key) -> Self {
        Self { table, key }
    }

    /// *Idle* may write where the bucket was never used or is full again; *busy* where it is in use at this rate and has
    /// enough tokens; *rate changed* where it is still as it was read. A racing loser finds the bucket as it is now, and decides anew with the same `now`. The SDK does not
    /// retry: a request whose answer was lost may have taken the tokens, and taking them twice would admit too few.
    pub(crate) async fn take(&self, request: TakeRequest) -> Result<TakeAttempt, StoreError> {
        let TakeRequest { limit, tokens, .. } = request;
        let now_us = request.now.as_millis() * 1000;
        let taken_us = limit.interval_us() * i64::from(tokens);
        let after = limit.taken(None, request.phase, tokens, request.now);
        let update = self
            .table
            .update(&(self.key)(request.workflow))
            .expression_attribute_values(":interval", number(limit.interval_us()))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let update = match request.phase {
            BucketPhase::Idle => update
                .condition_expression("attribute_not_exists(tat) OR tat <= :now")
                .update_expression("SET tat = :tat, since = :now, interval_us = :interval, v = :v")
                .expression_attribute_values(":now", number(now_us))
                .expression_attribute_values(":tat", number(now_us + taken_us))
                .expression_attribute_values(":v", number(VERSION)),
            BucketPhase::Busy => update
                .condition_expression("tat > :now AND tat <= :latest AND interval_us = :interval")
                .update_expression("ADD tat :taken")
                .expression_attribute_values(":now", number(now_us))
                .expression_attribute_values(":latest", number(now_us + limit.tolerance_us(tokens)))
                .expression_attribute_values(":taken", number(taken_us)),
            BucketPhase::RateChanged(found) => update
                .condition_expression("tat = :found AND interval_us = :old_interval")
                .update_expression("SET tat = :tat, interval_us = :interval")
                .expression_attribute_values(":found", number(found.tat_us))
                .expression_attribute_values(":old_interval", number(found.interval_us))
                .expression_attribute_values(":tat", number(after.tat_us)),
        };
        let sent = update.customize().config_override(without_retry()).send();
        match conditional("take a token", sent.await)? {
            ConditionalWrite::Written(answer) => {
                let bucket = answer.attributes.as_ref().map(read).transpose()?;
                bucket.map(TakeAttempt::Taken).ok_or_else(|| {
                    StoreError::bad(request.workflow.to_string(), "the answer has no bucket")
                })
            }
            ConditionalWrite::ConditionFailed(found) => {
                let found = found.filter(|item| item.contains_key("tat"));
                let bucket = found.as_ref().map(read).transpose()?;
                Ok(TakeAttempt::Refused(bucket))
            }
        }
    }

    /// May write while the bucket is in the busy period that the token was taken in, and at the same rate. Once it was
    /// full, the token is back already: `None`. Otherwise the bucket afterwards.
    pub(crate) async fn give_back(
        &self,
        workflow: WorkflowId,
        limit: RateLimit,
        since_us: i64,
    ) -> Result<Option<StoredBucket>, StoreError> {
        let update = self
            .table
            .update(&(self.key)(workflow))
            .condition_expression("since = :since AND interval_us = :interval")
            .update_expression("ADD tat :back")
            .expression_attribute_values(":interval", number(limit.interval_us()))
            .expression_attribute_values(":since", number(since_us))
            .expression_attribute_values(":back", number(-limit.interval_us()))
            .return_values(ReturnValue::AllNew);
        let sent = update.customize().config_override(without_retry()).send();
        match conditional("give a token back", sent.await)? {
            ConditionalWrite::Written(answer) => answer.attributes.as_ref().map(read).transpose(),
            ConditionalWrite::ConditionFailed(_) => Ok(None),
        }
    }

    /// Always writes, so that the next answer of [`BucketItems::take`] has a higher number. The repetition of a write whose
    /// answer was lost counts once more, and containers read the configuration once more.
    pub(crate) async fn count_configuration_change(
        &self,
        workflow: WorkflowId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let update = self
            .table
            .update(&(self.key)(workflow))
            .update_expression(
                "SET v = if_not_exists(v, :v), changed_at = :now ADD configuration_changes :one",
            )
            .expression_attribute_values(":now", moment(now))
            .expression_attribute_values(":v", number(VERSION))
            .expression_attribute_values(":one", number(1));
        let sent = update.send().await;
        sent.map(drop)
            .map_err(|error| StoreError::unavailable("count a configuration change", error))
    }
}

pub(super) fn without_retry() -> Builder {
    aws_sdk_dynamodb::Config::builder().retry_config(RetryConfig::disabled())
}

pub(super) fn read(item: &Item) -> Result<StoredBucket, StoreError> {
    let row = Row(item);
    Ok(StoredBucket {
        bucket: Bucket {
            tat_us: row.number("tat")?,
            since_us: row.number("since")?,
            interval_us: row.number("interval_us")?,
        },
        changes: ConfigurationChanges {
            count: row.optional_number("configuration_changes")?.unwrap_or(0),
            last_at: row
                .optional_moment("changed_at")?
                .unwrap_or(Timestamp::from_millis(0)),
        },
    })
}
