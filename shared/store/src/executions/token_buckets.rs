//! The token buckets that limit how often a workflow runs: one conditional write takes a token or a block of them, and a
//! warm container remembers what it saw, so that no bucket is read.

use std::sync::Arc;

use domain::{RateLimit, Timestamp, TokenBlock, Verdict, WorkflowId};

use crate::StoreError;
use crate::cache::BoundedCache;
use crate::dynamodb::keys::Key;
use crate::dynamodb::table::Table;
use crate::executions::day_bucket_item::DayBucket;
use crate::executions::token_bucket_item::{BucketItems, StoredBucket, TakeAttempt, TakeRequest};
use crate::executions::token_receipts::TokenReceipt;

/// Workflows whose bucket a warm container remembers.
const REMEMBERED: usize = 10_000;
/// How long a request that asks for a block keeps others from asking for one, if its answer does not come.
const ASKING_MS: i64 = 2_000;
/// One guess, its correction, and one more where a token was given back in between.
const ATTEMPTS: usize = 3;

/// The token buckets of all workflows.
#[derive(Clone)]
pub struct TokenBuckets {
    pub(super) items: BucketItems,
    pub(super) memory: Arc<BoundedCache<WorkflowId, Remembered>>,
    /// Of workflows whose webhooks have a limit a day.
    pub(super) days: Arc<BoundedCache<WorkflowId, DayBucket>>,
}

/// What a warm container knows of a bucket.
#[derive(Clone, Copy)]
pub(super) struct Remembered {
    pub(super) stored: StoredBucket,
    pub(super) block: Option<TokenBlock>,
    /// Since when a request has been asking for the next block.
    asked_at: Option<Timestamp>,
}

/// What became of asking for a token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TokenOutcome {
    /// The request may go on.
    Taken(TokenReceipt),
    /// The bucket is empty.
    Empty {
        /// In how many milliseconds it has a token.
        retry_after_ms: i64,
    },
    /// As many tokens were taken today as may be: [`TokenBuckets::take_within_day`].
    DaySpent {
        /// In how many milliseconds the next day begins.
        retry_after_ms: i64,
    },
}

/// What a request asks its bucket for. One request at a time asks for a block; others take single tokens meanwhile.
#[derive(Clone, Copy)]
enum Amount {
    OneToken,
    Block { last: Option<TokenBlock> },
}

/// What became of taking tokens from the stored bucket.
enum BucketOutcome {
    /// The bucket afterwards.
    Taken(StoredBucket),
    Empty {
        retry_after_ms: i64,
    },
}

impl TokenBuckets {
    /// `key` says which of a workflow's buckets they are.
    pub(crate) fn new(table: Table, key: fn(WorkflowId) -> Key) -> Self {
        Self {
            items: BucketItems::new(table, key),
            memory: Arc::new(BoundedCache::new(REMEMBERED)),
            days: Arc::new(BoundedCache::new(REMEMBERED)),
        }
    }

    /// Takes a token from the block that this container holds, or else from the bucket. The phase of the bucket is
    /// guessed from how it was last seen here; a wrong guess costs one more write. A bucket that was seen empty answers
    /// from memory until it has a token again, so that a flood costs no writes: in the meantime it can only have become
    /// emptier, or been given a token back.
    pub async fn take(
        &self,
        workflow: WorkflowId,
        limit: RateLimit,
        now: Timestamp,
    ) -> Result<TokenOutcome, StoreError> {
        let taken = |stored| TokenOutcome::Taken(TokenReceipt::new(workflow, limit, stored));
        if let Some(stored) = self.spend(workflow, limit, now) {
            return Ok(taken(stored));
        }
        let outcome = self.take_from_bucket(workflow, limit, now).await?;
        Ok(match outcome {
            BucketOutcome::Taken(stored) => taken(stored),
            BucketOutcome::Empty { retry_after_ms } => TokenOutcome::Empty { retry_after_ms },
        })
    }

    /// Counts a change of the workflow's configuration, once it is written: a container whose configuration is older learns
    /// of it with its next token, and with tokens of a block within the two seconds that a block is valid.
    pub async fn count_configuration_change(
        &self,
        workflow: WorkflowId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.items.count_configuration_change(workflow, now).await
    }

    async fn take_from_bucket(
        &self,
        workflow: WorkflowId,
        limit: RateLimit,
        now: Timestamp,
    ) -> Result<BucketOutcome, StoreError> {
        let known = self.memory.get(&workflow, now);
        let mut bucket = known.map(|known| known.stored.bucket);
        let amount = self.amount(workflow, now);
        for _ in 0..ATTEMPTS {
            let (phase, available) = match limit.judge(bucket, now) {
                Verdict::Take { phase, available } => (phase, available),
                Verdict::Empty { retry_after_ms } => {
                    return Ok(BucketOutcome::Empty { retry_after_ms });
                }
            };
            let tokens = amount.tokens(limit, available, now);
            let request = TakeRequest {
                workflow,
                limit,
                phase,
                tokens,
                now,
            };
            match self.items.take(request).await? {
                TakeAttempt::Taken(stored) => {
                    let block = amount.block(limit, tokens, now);
                    self.remember(workflow, stored, block, now);
                    return Ok(BucketOutcome::Taken(stored));
                }
                TakeAttempt::Refused(found) => {
                    found.inspect(|found| self.remember(workflow, *found, None, now));
                    bucket = found.map(|found| found.bucket);
                }
            }
        }
        Err(StoreError::Unavailable {
            operation: "take a token",
            cause: "the bucket changed with every attempt".to_owned(),
        })
    }

    /// Spends a token of the block that this container holds.
    fn spend(
        &self,
        workflow: WorkflowId,
        limit: RateLimit,
        now: Timestamp,
    ) -> Option<StoredBucket> {
        let spent = self.memory.update(&workflow, now, |known| {
            let is_spent = known.block.as_mut()?.spend(limit, now);
            is_spent.then_some(known.stored)
        });
        spent.flatten()
    }

    fn amount(&self, workflow: WorkflowId, now: Timestamp) -> Amount {
        let amount = self.memory.update(&workflow, now, |known| {
            let is_recent = |at| (0..ASKING_MS).contains(&now.millis_since(at));
            if known.asked_at.is_some_and(is_recent) {
                return Amount::OneToken;
            }
            known.asked_at = Some(now);
            Amount::Block { last: known.block }
        });
        amount.unwrap_or(Amount::Block { last: None })
    }

    /// Of two answers at the same rate that arrive out of order the later bucket is the one to remember.
    fn remember(
        &self,
        workflow: WorkflowId,
        stored: StoredBucket,
        block: Option<TokenBlock>,
        now: Timestamp,
    ) {
        self.memory.upsert(workflow, now, |known| {
            let mut known = known.copied().unwrap_or(Remembered {
                stored,
                block: None,
                asked_at: None,
            });
            let (old, new) = (known.stored.bucket, stored.bucket);
            let is_comparable = old.since_us == new.since_us && old.interval_us == new.interval_us;
            if !is_comparable || old.tat_us < new.tat_us {
                known.stored = stored;
            }
            if block.is_some() {
                known.block = block;
                known.asked_at = None;
            }
            known
        });
    }
}

impl Amount {
    fn tokens(self, limit: RateLimit, available: u32, now: Timestamp) -> u32 {
        match self {
            Self::OneToken => 1,
            Self::Block { last } => TokenBlock::size(last.as_ref(), limit, available, now),
        }
    }

    fn block(self, limit: RateLimit, tokens: u32, now: Timestamp) -> Option<TokenBlock> {
        match self {
            Self::OneToken => None,
            Self::Block { .. } => Some(TokenBlock::new(limit, tokens, now)),
        }
    }
}
