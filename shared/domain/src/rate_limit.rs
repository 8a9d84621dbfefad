//! The token bucket of a workflow, as GCRA (ITU-T I.371): one number, the theoretical arrival time (TAT), says how full
//! it is. The store turns these rules into conditions of writes; it has no rules of its own.

use crate::Timestamp;

/// The rate limit of a workflow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateLimit {
    capacity_tokens: u32,
    refill_per_second: f64,
}

/// A number is out of range.
#[derive(Debug, thiserror::Error)]
#[error(
    "capacity is a whole number from 1 to 100000, refillPerSecond a number from 0.0001 to 10000"
)]
pub struct InvalidRateLimit;

/// The state of a bucket, in microseconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// When the bucket will be full again.
    pub tat_us: i64,
    /// When it was last full: the same number means the same busy period.
    pub since_us: i64,
    /// How long a token took to come back under the rate limit that it was last used with.
    pub interval_us: i64,
}

/// The ways of taking tokens; each is one conditional write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BucketPhase {
    /// The bucket is full: the arrival time is set.
    Idle,
    /// The bucket is not full: the arrival time is increased.
    Busy,
    /// The bucket is not full, and was last used at another refill rate: the arrival time is set, so that as many tokens
    /// are missing as before, and come back at the rate of today.
    RateChanged(Bucket),
}

/// The answer of a bucket to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The bucket has tokens.
    Take {
        /// Which write takes them.
        phase: BucketPhase,
        /// How many it has: at least 1.
        available: u32,
    },
    /// The bucket has no token.
    Empty {
        /// When it has one again.
        retry_after_ms: i64,
    },
}

impl Default for RateLimit {
    /// 100 requests a minute.
    fn default() -> Self {
        Self::per_minute(100)
    }
}

impl RateLimit {
    /// Checks the numbers.
    pub fn new(capacity_tokens: u32, refill_per_second: f64) -> Result<Self, InvalidRateLimit> {
        let in_range = (1..=100_000).contains(&capacity_tokens)
            && (0.0001..=10_000.0).contains(&refill_per_second);
        in_range
            .then_some(Self {
                capacity_tokens,
                refill_per_second,
            })
            .ok_or(InvalidRateLimit)
    }

    /// So many requests a minute, which may all come at once. At least 1 and at most 100,000.
    pub fn per_minute(requests: u32) -> Self {
        let capacity_tokens = requests.clamp(1, 100_000);
        Self {
            capacity_tokens,
            refill_per_second: f64::from(capacity_tokens) / 60.0,
        }
    }

    /// The limit that keeps both: the smaller capacity and the slower refill.
    pub fn lower(self, other: Self) -> Self {
        Self {
            capacity_tokens: self.capacity_tokens.min(other.capacity_tokens),
            refill_per_second: self.refill_per_second.min(other.refill_per_second),
        }
    }

    /// How many requests a full bucket allows at once.
    pub fn capacity_tokens(&self) -> u32 {
        self.capacity_tokens
    }

    /// How many tokens come back each second.
    pub fn refill_per_second(&self) -> f64 {
        self.refill_per_second
    }

    /// How long one token takes to come back, rounded up so that rounding never allows more requests.
    pub fn interval_us(&self) -> i64 {
        (1_000_000.0 / self.refill_per_second).ceil() as i64
    }

    /// How far the arrival time may be ahead of now, so that so many more requests are allowed.
    pub fn tolerance_us(&self, tokens: u32) -> i64 {
        self.interval_us() * (i64::from(self.capacity_tokens) - i64::from(tokens))
    }

    /// The answer of a bucket as it was last read; `None` was never used.
    pub fn judge(&self, bucket: Option<Bucket>, now: Timestamp) -> Verdict {
        let now_us = now.as_millis() * 1000;
        let Some(bucket) = bucket.filter(|bucket| bucket.tat_us > now_us) else {
            return Verdict::Take {
                phase: BucketPhase::Idle,
                available: self.capacity_tokens,
            };
        };
        let (phase, bucket) = if bucket.interval_us == self.interval_us() {
            (BucketPhase::Busy, bucket)
        } else {
            let converted = self.at_this_rate(bucket, now_us);
            (BucketPhase::RateChanged(bucket), converted)
        };
        let spare_us = now_us + self.tolerance_us(1) - bucket.tat_us;
        if spare_us < 0 {
            return Verdict::Empty {
                retry_after_ms: (-spare_us + 999) / 1000,
            };
        }
        Verdict::Take {
            phase,
            available: (1 + spare_us / self.interval_us()) as u32,
        }
    }

    /// The bucket after a write of that phase took so many tokens.
    pub fn taken(
        &self,
        bucket: Option<Bucket>,
        phase: BucketPhase,
        tokens: u32,
        now: Timestamp,
    ) -> Bucket {
        let now_us = now.as_millis() * 1000;
        let taken_us = self.interval_us() * i64::from(tokens);
        let before = match (phase, bucket) {
            (BucketPhase::Busy, Some(bucket)) => bucket,
            (BucketPhase::RateChanged(bucket), _) => self.at_this_rate(bucket, now_us),
            (BucketPhase::Busy, None) | (BucketPhase::Idle, _) => Bucket {
                tat_us: now_us,
                since_us: now_us,
                interval_us: self.interval_us(),
            },
        };
        Bucket {
            tat_us: before.tat_us + taken_us,
            ..before
        }
    }

    /// A bucket that was last used at another rate: it misses as many tokens as before, or all of them where it missed
    /// more than it holds today. Without this, a bucket that was emptied at a slow rate would stay empty for the time
    /// that the slow rate needs.
    fn at_this_rate(&self, bucket: Bucket, now_us: i64) -> Bucket {
        let interval_us = self.interval_us();
        let missing_us = i128::from(bucket.tat_us - now_us) * i128::from(interval_us);
        let old_us = i128::from(bucket.interval_us.max(1));
        // Rounded up, so that a change of the limit never allows more requests.
        let converted_us = (missing_us + old_us - 1) / old_us;
        let empty_us = interval_us * i64::from(self.capacity_tokens);
        let missing_us = i64::try_from(converted_us).map_or(empty_us, |us| us.min(empty_us));
        Bucket {
            tat_us: now_us + missing_us,
            interval_us,
            ..bucket
        }
    }
}

#[cfg(test)]
mod tests;
