//! The conditional write that takes a token and counts it for the day. It does not know what a container remembers.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use domain::{BucketPhase, DayCount, DayStep, RateLimit, Timestamp, WorkflowId};

use crate::StoreError;
use crate::dynamodb::attributes::{Item, Row, VERSION, number};
use crate::dynamodb::conditional_write::{ConditionalWrite, conditional};
use crate::dynamodb::keys::Key;
use crate::executions::token_bucket_item::{BucketItems, StoredBucket, read, without_retry};

/// A bucket with the count of its day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct DayBucket {
    pub(crate) stored: StoredBucket,
    pub(crate) day: Option<DayCount>,
}

/// What to take, and the phase and day that the bucket is expected in.
#[derive(Clone, Copy)]
pub(crate) struct DayTakeRequest {
    pub(crate) workflow: WorkflowId,
    pub(crate) limit: RateLimit,
    pub(crate) phase: BucketPhase,
    pub(crate) per_day: u32,
    pub(crate) step: DayStep,
    pub(crate) now: Timestamp,
}

/// What became of one attempt to take a token.
pub(crate) enum DayTakeAttempt {
    /// It was taken; the bucket afterwards.
    Taken(DayBucket),
    /// The bucket is in another phase or day, or has no token; the bucket as it was found.
    Refused(Option<DayBucket>),
}

/// The halves of a condition and of an update that belong to the day.
struct DayExpressions {
    condition: &'static str,
    set: &'static str,
    add: &'static str,
    day: i64,
}

impl BucketItems {
    /// May write where the bucket may give a token ([`BucketItems::take`]) and where the day that is counted has room, or
    /// no day as late as the new one is counted yet. A racing loser finds the bucket as it is now, and decides anew. As
    /// there, the SDK does not retry.
    pub(crate) async fn take_within_day(
        &self,
        request: DayTakeRequest,
    ) -> Result<DayTakeAttempt, StoreError> {
        let day = expressions(request.step);
        let mut update = self.update(request, &day);
        if matches!(request.step, DayStep::Continue(_)) {
            update = update.expression_attribute_values(":per_day", number(request.per_day));
        }
        let sent = update.customize().config_override(without_retry()).send();
        match conditional("take a token of the day", sent.await)? {
            ConditionalWrite::Written(answer) => {
                let bucket = answer.attributes.as_ref().map(read_day).transpose()?;
                bucket.map(DayTakeAttempt::Taken).ok_or_else(|| {
                    StoreError::bad(request.workflow.to_string(), "the answer has no bucket")
                })
            }
            ConditionalWrite::ConditionFailed(found) => {
                let found = found.filter(|item| item.contains_key("tat"));
                let bucket = found.as_ref().map(read_day).transpose()?;
                Ok(DayTakeAttempt::Refused(bucket))
            }
        }
    }

    fn update(&self, request: DayTakeRequest, day: &DayExpressions) -> UpdateItemFluentBuilder {
        let DayExpressions {
            condition,
            set,
            add,
            ..
        } = day;
        let now_us = request.now.as_millis() * 1000;
        let interval_us = request.limit.interval_us();
        let update = self
            .update_of(request.workflow)
            .expression_attribute_values(":interval", number(interval_us))
            .expression_attribute_values(":day", number(day.day))
            .expression_attribute_values(":one", number(1))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match request.phase {
            BucketPhase::Idle => update
                .condition_expression(format!(
                    "(attribute_not_exists(tat) OR tat <= :now) AND {condition}"
                ))
                .update_expression(format!(
                    "SET tat = :tat, since = :now, interval_us = :interval, v = :v{set}{add}"
                ))
                .expression_attribute_values(":now", number(now_us))
                .expression_attribute_values(":tat", number(now_us + interval_us))
                .expression_attribute_values(":v", number(VERSION)),
            BucketPhase::Busy => {
                let latest = now_us + request.limit.tolerance_us(1);
                update
                    .condition_expression(format!(
                        "tat > :now AND tat <= :latest AND interval_us = :interval AND {condition}"
                    ))
                    .update_expression(format!("SET tat = tat + :interval{set}{add}"))
                    .expression_attribute_values(":now", number(now_us))
                    .expression_attribute_values(":latest", number(latest))
            }
            BucketPhase::RateChanged(found) => {
                let after = request.limit.taken(None, request.phase, 1, request.now);
                update
                    .condition_expression(format!(
                        "tat = :found AND interval_us = :old_interval AND {condition}"
                    ))
                    .update_expression(format!("SET tat = :tat, interval_us = :interval{set}{add}"))
                    .expression_attribute_values(":found", number(found.tat_us))
                    .expression_attribute_values(":old_interval", number(found.interval_us))
                    .expression_attribute_values(":tat", number(after.tat_us))
            }
        }
    }

    /// May write while the bucket is in the busy period and on the day that the token was taken in: afterwards the token
    /// is back already, or its day is over. The bucket afterwards.
    pub(crate) async fn give_back_within_day(
        &self,
        workflow: WorkflowId,
        limit: RateLimit,
        since_us: i64,
        day: i64,
    ) -> Result<Option<DayBucket>, StoreError> {
        let update = self
            .update_of(workflow)
            .condition_expression(
                "since = :since AND interval_us = :interval AND bucket_day = :day AND day_taken > :none",
            )
            .update_expression("ADD tat :back, day_taken :less")
            .expression_attribute_values(":interval", number(limit.interval_us()))
            .expression_attribute_values(":since", number(since_us))
            .expression_attribute_values(":day", number(day))
            .expression_attribute_values(":none", number(0))
            .expression_attribute_values(":back", number(-limit.interval_us()))
            .expression_attribute_values(":less", number(-1))
            .return_values(ReturnValue::AllNew);
        let sent = update.customize().config_override(without_retry()).send();
        match conditional("give a token of the day back", sent.await)? {
            ConditionalWrite::Written(answer) => {
                answer.attributes.as_ref().map(read_day).transpose()
            }
            ConditionalWrite::ConditionFailed(_) => Ok(None),
        }
    }

    fn update_of(&self, workflow: WorkflowId) -> UpdateItemFluentBuilder {
        self.table.update(&Key::bucket(workflow))
    }
}

fn expressions(step: DayStep) -> DayExpressions {
    match step {
        DayStep::Begin(day) => DayExpressions {
            condition: "(attribute_not_exists(bucket_day) OR bucket_day < :day)",
            set: ", bucket_day = :day, day_taken = :one",
            add: "",
            day,
        },
        DayStep::Continue(day) => DayExpressions {
            condition: "bucket_day = :day AND day_taken < :per_day",
            set: "",
            add: " ADD day_taken :one",
            day,
        },
    }
}

fn read_day(item: &Item) -> Result<DayBucket, StoreError> {
    let row = Row(item);
    let day = row.optional_number("bucket_day")?;
    Ok(DayBucket {
        stored: read(item)?,
        day: match day {
            Some(day) => Some(DayCount {
                day,
                taken: row.number("day_taken")?,
            }),
            None => None,
        },
    })
}
