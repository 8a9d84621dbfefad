//! The token buckets: one number a workflow, one conditional write a token or a block of them, no read.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use domain::{Bucket, BucketPhase, RateLimit, Timestamp, TokenBlock, Verdict, WorkflowId};

use crate::StoreError;
use crate::dynamodb::attributes::{Item, Row, VERSION, number};
use crate::dynamodb::keys::Key;

/// Workflows whose bucket a warm container remembers.
const REMEMBERED: usize = 10_000;
/// How long a request that asks for a block keeps others from asking for one, if nothing is heard of it.
const ASKING_MS: i64 = 2_000;

#[derive(Clone)]
pub struct Buckets {
    client: Client,
    table: String,
    memory: Arc<Mutex<HashMap<WorkflowId, Remembered>>>,
}

/// What a warm container knows of a bucket.
#[derive(Clone, Copy)]
struct Remembered {
    bucket: Bucket,
    lease: Option<TokenBlock>,
    /// Since when somebody has been asking for the next block.
    asked_at: Option<Timestamp>,
}

/// A token that was taken, and can be given back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Receipt {
    workflow: WorkflowId,
    limit: RateLimit,
    since_us: i64,
}

/// What became of asking for a token.
#[derive(Clone, Copy, Debug, PartialEq)]
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
            memory: Arc::default(),
        }
    }

    /// Takes a token: from the block that this container holds, or else from the bucket. The form is guessed from the
    /// bucket as it was last seen here; a wrong guess costs one more write. A bucket that was seen empty answers from
    /// memory until it is not, so that a flood costs no writes: it can only have become emptier, or been given a token
    /// back.
    pub async fn take(
        &self,
        workflow: WorkflowId,
        limit: RateLimit,
        now: Timestamp,
    ) -> Result<Taken, StoreError> {
        let receipt = |since_us| Receipt {
            workflow,
            limit,
            since_us,
        };
        if let Some(bucket) = self.spend(workflow, limit, now) {
            return Ok(Taken::Token(receipt(bucket.since_us)));
        }
        let mut bucket = self.memory().get(&workflow).map(|known| known.bucket);
        let last = self.ask(workflow, now);
        // Guess, correct the guess, and once more where a token was given back in between.
        for _ in 0..3 {
            let (form, room) = match limit.judge(bucket, now) {
                Verdict::Take { form, room } => (form, room),
                Verdict::Empty { retry_after_ms } => return Ok(Taken::Empty { retry_after_ms }),
            };
            let tokens = last.map_or(1, |last| TokenBlock::size(last.as_ref(), limit, room, now));
            match self.attempt(workflow, limit, (form, tokens), now).await? {
                Attempt::Took(taken) => {
                    let lease = TokenBlock::new(limit, tokens, now);
                    self.remember(workflow, taken, last.map(|_| lease));
                    return Ok(Taken::Token(receipt(taken.since_us)));
                }
                Attempt::Refused(met) => {
                    if let Some(met) = met {
                        self.remember(workflow, met, None);
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
        (form, tokens): (BucketPhase, u32),
        now: Timestamp,
    ) -> Result<Attempt, StoreError> {
        let now_us = now.as_millis() * 1000;
        let taken_us = limit.interval_us() * i64::from(tokens);
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(Key::bucket(workflow).item()))
            .expression_attribute_values(":now", number(now_us))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let update = match form {
            BucketPhase::Idle => update
                .condition_expression("attribute_not_exists(tat) OR tat <= :now")
                .update_expression("SET tat = :tat, since = :now, v = :v")
                .expression_attribute_values(":tat", number(now_us + taken_us))
                .expression_attribute_values(":v", number(VERSION)),
            BucketPhase::Busy => update
                .condition_expression("tat > :now AND tat <= :latest")
                .update_expression("ADD tat :taken")
                .expression_attribute_values(":latest", number(now_us + limit.tolerance_us(tokens)))
                .expression_attribute_values(":taken", number(taken_us)),
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

    /// Gives a token back, for what turned out to be a duplicate: to the block that this container holds, or else to the
    /// bucket, unless that has been full since and the token is back already. Nothing depends on it, so a failure is only
    /// logged.
    pub async fn give_back(&self, receipt: Receipt, now: Timestamp) {
        if self.restore(receipt, now) {
            return;
        }
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(Key::bucket(receipt.workflow).item()))
            .condition_expression("since = :since")
            .update_expression("ADD tat :back")
            .expression_attribute_values(":since", number(receipt.since_us))
            .expression_attribute_values(":back", number(-receipt.limit.interval_us()))
            .return_values(ReturnValue::AllNew);
        let once = aws_sdk_dynamodb::Config::builder().retry_config(RetryConfig::disabled());
        match update.customize().config_override(once).send().await {
            Ok(answer) => {
                if let Some(Ok(bucket)) = answer.attributes.as_ref().map(read)
                    && let Some(known) = self.memory().get_mut(&receipt.workflow)
                {
                    known.bucket = bucket;
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

    /// Spends a token of the block that is held here.
    fn spend(&self, workflow: WorkflowId, limit: RateLimit, now: Timestamp) -> Option<Bucket> {
        let mut memory = self.memory();
        let known = memory.get_mut(&workflow)?;
        let is_spent = known.lease.as_mut()?.spend(limit, now);
        is_spent.then_some(known.bucket)
    }

    fn restore(&self, receipt: Receipt, now: Timestamp) -> bool {
        let mut memory = self.memory();
        let known = memory.get_mut(&receipt.workflow);
        let lease = known
            .filter(|known| known.bucket.since_us == receipt.since_us)
            .and_then(|known| known.lease.as_mut());
        lease.is_some_and(|lease| lease.restore(receipt.limit, now))
    }

    /// The last block, for the one request at a time that may ask for the next; others take single tokens meanwhile.
    fn ask(&self, workflow: WorkflowId, now: Timestamp) -> Option<Option<TokenBlock>> {
        let mut memory = self.memory();
        let Some(known) = memory.get_mut(&workflow) else {
            return Some(None);
        };
        let is_asked = |at| (0..ASKING_MS).contains(&now.millis_since(at));
        if known.asked_at.is_some_and(is_asked) {
            return None;
        }
        known.asked_at = Some(now);
        Some(known.lease)
    }

    /// Of two answers that arrive out of order the later bucket is the truer one.
    fn remember(&self, workflow: WorkflowId, bucket: Bucket, lease: Option<TokenBlock>) {
        let mut memory = self.memory();
        if memory.len() >= REMEMBERED && !memory.contains_key(&workflow) {
            memory.clear();
        }
        let known = memory.entry(workflow).or_insert(Remembered {
            bucket,
            lease: None,
            asked_at: None,
        });
        if known.bucket.since_us != bucket.since_us || known.bucket.tat_us < bucket.tat_us {
            known.bucket = bucket;
        }
        if lease.is_some() {
            known.lease = lease;
            known.asked_at = None;
        }
    }

    fn memory(&self) -> MutexGuard<'_, HashMap<WorkflowId, Remembered>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
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
