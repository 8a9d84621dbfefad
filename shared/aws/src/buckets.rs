//! The token buckets: one number a workflow, one conditional write a request, no read.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use domain::{Bucket, Form, RateLimit, Timestamp, Verdict, WorkflowId};

use crate::StoreError;
use crate::attributes::{Item, Row, VERSION, number};
use crate::keys::Key;

/// Workflows whose bucket a warm container remembers.
const REMEMBERED: usize = 10_000;

#[derive(Clone)]
pub struct Buckets {
    client: Client,
    table: String,
    seen: Arc<Mutex<HashMap<WorkflowId, Bucket>>>,
}

/// A token that was taken, and can be given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    workflow: WorkflowId,
    interval_us: i64,
    since_us: i64,
}

/// What became of asking for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    Token(Receipt),
    Empty { retry_after_ms: i64 },
}

enum Attempt {
    Took(Bucket),
    /// The condition did not hold; this is the bucket it met.
    Refused(Option<Bucket>),
}

impl Buckets {
    pub(crate) fn new(client: Client, table: String) -> Self {
        Self {
            client,
            table,
            seen: Arc::default(),
        }
    }

    /// Takes a token. The form is guessed from the bucket as it was last seen here; a wrong guess
    /// costs one more write. A bucket that was seen empty answers from memory until it is not, so
    /// that a flood costs no writes: it can only have become emptier, or been given a token back.
    pub async fn take(
        &self,
        workflow: WorkflowId,
        limit: RateLimit,
        now: Timestamp,
    ) -> Result<Taken, StoreError> {
        let mut bucket = self.memory().get(&workflow).copied();
        // Guess, correct the guess, and once more where a token was given back in between.
        for _ in 0..3 {
            let form = match limit.judge(bucket, now) {
                Verdict::Take(form) => form,
                Verdict::Empty { retry_after_ms } => return Ok(Taken::Empty { retry_after_ms }),
            };
            match self.attempt(workflow, limit, form, now).await? {
                Attempt::Took(taken) => {
                    self.remember(workflow, taken);
                    return Ok(Taken::Token(Receipt {
                        workflow,
                        interval_us: limit.interval_us(),
                        since_us: taken.since_us,
                    }));
                }
                Attempt::Refused(met) => {
                    if let Some(met) = met {
                        self.remember(workflow, met);
                    }
                    bucket = met;
                }
            }
        }
        Err(StoreError::Unavailable {
            operation: "take a token",
            cause: "the bucket changed with every attempt".to_owned(),
        })
    }

    /// Timeline of the bucket's item. *Idle* may write where the bucket was never used or is full
    /// again; *busy* where it is in use and has room. A racing loser sees the bucket as it is now
    /// and judges anew, with the same `now`. The SDK does not retry: a lost answer may have taken
    /// the token, and taking it twice would admit too few.
    async fn attempt(
        &self,
        workflow: WorkflowId,
        limit: RateLimit,
        form: Form,
        now: Timestamp,
    ) -> Result<Attempt, StoreError> {
        let now_us = now.as_millis() * 1000;
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(Key::bucket(workflow).item()))
            .expression_attribute_values(":now", number(now_us))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let update = match form {
            Form::Idle => update
                .condition_expression("attribute_not_exists(tat) OR tat <= :now")
                .update_expression("SET tat = :tat, since = :now, v = :v")
                .expression_attribute_values(":tat", number(now_us + limit.interval_us()))
                .expression_attribute_values(":v", number(VERSION)),
            Form::Busy => update
                .condition_expression("tat > :now AND tat <= :latest")
                .update_expression("ADD tat :interval")
                .expression_attribute_values(":latest", number(now_us + limit.tolerance_us()))
                .expression_attribute_values(":interval", number(limit.interval_us())),
        };
        let once = aws_sdk_dynamodb::Config::builder().retry_config(RetryConfig::disabled());
        match update.customize().config_override(once).send().await {
            Ok(answer) => {
                let bucket = answer.attributes.as_ref().map(read).transpose()?;
                bucket
                    .map(Attempt::Took)
                    .ok_or_else(|| StoreError::bad(workflow.to_string(), "no bucket came back"))
            }
            Err(error) => refused(error),
        }
    }

    /// Gives a token back, for what turned out to be a duplicate, unless the bucket has been full
    /// since: then it is back already. Nothing depends on it, so a failure is only logged.
    pub async fn give_back(&self, receipt: Receipt) {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(Key::bucket(receipt.workflow).item()))
            .condition_expression("since = :since")
            .update_expression("ADD tat :back")
            .expression_attribute_values(":since", number(receipt.since_us))
            .expression_attribute_values(":back", number(-receipt.interval_us))
            .return_values(ReturnValue::AllNew);
        let once = aws_sdk_dynamodb::Config::builder().retry_config(RetryConfig::disabled());
        match update.customize().config_override(once).send().await {
            Ok(answer) => {
                if let Some(Ok(bucket)) = answer.attributes.as_ref().map(read) {
                    self.memory().insert(receipt.workflow, bucket);
                }
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => {}
                _ => {
                    let error = StoreError::unavailable("give a token back", error);
                    tracing::warn!(workflow = %receipt.workflow, %error, "a token was not given back");
                }
            },
        }
    }

    /// Of two answers that arrive out of order the later bucket is the truer one.
    fn remember(&self, workflow: WorkflowId, bucket: Bucket) {
        let mut seen = self.memory();
        if seen.len() >= REMEMBERED && !seen.contains_key(&workflow) {
            seen.clear();
        }
        let known = seen.entry(workflow).or_insert(bucket);
        if known.since_us != bucket.since_us || known.tat_us < bucket.tat_us {
            *known = bucket;
        }
    }

    fn memory(&self) -> MutexGuard<'_, HashMap<WorkflowId, Bucket>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refused(error: SdkError<UpdateItemError>) -> Result<Attempt, StoreError> {
    match error.as_service_error() {
        Some(UpdateItemError::ConditionalCheckFailedException(met)) => {
            let bucket = met
                .item()
                .filter(|item| item.contains_key("tat"))
                .map(read)
                .transpose()?;
            Ok(Attempt::Refused(bucket))
        }
        _ => Err(StoreError::unavailable("take a token", error)),
    }
}

fn read(item: &Item) -> Result<Bucket, StoreError> {
    let row = Row(item);
    Ok(Bucket {
        tat_us: row.number("tat")?,
        since_us: row.number("since")?,
    })
}
