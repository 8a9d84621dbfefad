//! Token buckets of workflows whose webhooks have a limit a day, too: the same conditional write that takes the token
//! counts it for the day. They take single tokens, never blocks, so that the count of a day is exact.

use domain::{
    BucketPhase, DayCount, DayStep, DayVerdict, Quota, RateLimit, Timestamp, Verdict, WorkflowId,
};

use crate::executions::day_bucket_item::{DayBucket, DayTakeAttempt, DayTakeRequest};
use crate::{StoreError, TokenBuckets, TokenOutcome, TokenReceipt};

/// One guess, its correction, and one more where a token was given back in between.
const ATTEMPTS: usize = 3;

impl TokenBuckets {
    /// Takes a token from the bucket, and counts it for the day. The phase of the bucket and the day are guessed from how
    /// they were last seen here; a wrong guess costs one more write. A bucket that was seen empty, or a day that was seen
    /// spent, answers from memory until then.
    pub async fn take_within_day(
        &self,
        workflow: WorkflowId,
        limit: RateLimit,
        per_day: u32,
        now: Timestamp,
    ) -> Result<TokenOutcome, StoreError> {
        let mut known = self.days.get(&workflow, now);
        for _ in 0..ATTEMPTS {
            let (phase, step) = match judge(known, limit, per_day, now) {
                Ok(guess) => guess,
                Err(refused) => return Ok(refused),
            };
            let request = DayTakeRequest {
                workflow,
                limit,
                phase,
                per_day,
                step,
                now,
            };
            match self.items.take_within_day(request).await? {
                DayTakeAttempt::Taken(taken) => {
                    self.remember_day(workflow, taken, now);
                    return Ok(TokenOutcome::Taken(receipt(workflow, limit, taken)));
                }
                DayTakeAttempt::Refused(found) => {
                    found.inspect(|found| self.remember_day(workflow, *found, now));
                    known = found;
                }
            }
        }
        Err(StoreError::Unavailable {
            operation: "take a token of the day",
            cause: "the bucket changed with every attempt".to_owned(),
        })
    }

    /// What is left, as the bucket was last seen here; `None` where it was not.
    pub fn quota(
        &self,
        workflow: WorkflowId,
        limit: RateLimit,
        per_day: u32,
        now: Timestamp,
    ) -> Option<Quota> {
        let seen = self.days.get(&workflow, now)?;
        let bucket = (seen.stored.bucket, seen.day);
        Some(Quota::of(limit, per_day, bucket, now))
    }

    /// The refusal of the bucket as it was last seen here; `None` where it may have a token.
    pub fn known_refusal(
        &self,
        workflow: WorkflowId,
        limit: RateLimit,
        per_day: Option<u32>,
        now: Timestamp,
    ) -> Option<TokenOutcome> {
        if let Some(per_day) = per_day {
            let known = self.days.get(&workflow, now)?;
            return judge(Some(known), limit, per_day, now).err();
        }
        let known = self.memory.get(&workflow, now)?;
        match limit.judge(Some(known.stored.bucket), now) {
            Verdict::Take { .. } => None,
            Verdict::Empty { retry_after_ms } => Some(TokenOutcome::Empty { retry_after_ms }),
        }
    }

    /// Of two answers that arrive out of order the later bucket is the one to remember.
    fn remember_day(&self, workflow: WorkflowId, seen: DayBucket, now: Timestamp) {
        let order = |of: DayBucket| {
            let day = of.day.map(|day| (day.day, day.taken));
            (day, of.stored.bucket.tat_us)
        };
        self.days.upsert(workflow, now, |known| match known {
            Some(known) if is_same_rate(*known, seen) && order(*known) > order(seen) => *known,
            Some(_) | None => seen,
        });
    }
}

/// Arrival times at different rates cannot be compared.
fn is_same_rate(one: DayBucket, other: DayBucket) -> bool {
    one.stored.bucket.interval_us == other.stored.bucket.interval_us
}

/// Which write takes a token of the bucket as it was last seen, or why none does.
fn judge(
    known: Option<DayBucket>,
    limit: RateLimit,
    per_day: u32,
    now: Timestamp,
) -> Result<(BucketPhase, DayStep), TokenOutcome> {
    let day = known.and_then(|known| known.day);
    let step = match DayCount::judge(day, per_day, now) {
        DayVerdict::Take(step) => step,
        DayVerdict::Spent { retry_after_ms } => {
            return Err(TokenOutcome::DaySpent { retry_after_ms });
        }
    };
    match limit.judge(known.map(|known| known.stored.bucket), now) {
        Verdict::Take { phase, .. } => Ok((phase, step)),
        Verdict::Empty { retry_after_ms } => Err(TokenOutcome::Empty { retry_after_ms }),
    }
}

fn receipt(workflow: WorkflowId, limit: RateLimit, taken: DayBucket) -> TokenReceipt {
    TokenReceipt {
        day: taken.day,
        ..TokenReceipt::new(workflow, limit, taken.stored)
    }
}
