//! What is left of the limits of a workflow whose webhooks have a limit a day, as its bucket was last seen. It does not know
//! who is told.

use crate::{Bucket, DayCount, DayStep, DayVerdict, RateLimit, Timestamp, Verdict};

/// The limits, and how many more webhooks they allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// How many may come at once: of a limit a minute, the requests of a minute.
    pub per_minute: u32,
    /// How many the bucket has left.
    pub remaining_of_minute: u32,
    /// How many a day of UTC allows.
    pub per_day: u32,
    /// How many are left of this day.
    pub remaining_of_day: u32,
}

impl Quota {
    /// Of a bucket and the count of its day.
    pub fn of(
        limit: RateLimit,
        per_day: u32,
        (bucket, day): (Bucket, Option<DayCount>),
        now: Timestamp,
    ) -> Self {
        let remaining_of_minute = match limit.judge(Some(bucket), now) {
            Verdict::Take { available, .. } => available,
            Verdict::Empty { .. } => 0,
        };
        let remaining_of_day = match DayCount::judge(day, per_day, now) {
            DayVerdict::Take(DayStep::Begin(_)) => per_day,
            DayVerdict::Take(DayStep::Continue(_)) => {
                day.map_or(per_day, |day| day.remaining(per_day))
            }
            DayVerdict::Spent { .. } => 0,
        };
        Self {
            per_minute: limit.capacity_tokens(),
            remaining_of_minute,
            per_day,
            remaining_of_day,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BucketPhase;

    fn noon() -> Timestamp {
        Timestamp::from_millis(20_000 * 86_400_000 + 43_200_000)
    }

    fn quota(taken: u32, day: i64, of_day: u32, now: Timestamp) -> Quota {
        let limit = RateLimit::per_minute(100);
        let bucket = limit.taken(None, BucketPhase::Idle, taken, noon());
        let day = Some(DayCount { day, taken: of_day });
        Quota::of(limit, 1_000, (bucket, day), now)
    }

    #[test]
    fn what_was_taken_is_missing_until_it_comes_back() {
        let used = quota(3, 20_000, 40, noon());
        assert_eq!((used.per_minute, used.remaining_of_minute), (100, 97));
        assert_eq!((used.per_day, used.remaining_of_day), (1_000, 960));
        let later = quota(3, 20_000, 40, noon().plus_millis(60_000));
        assert_eq!(
            (later.remaining_of_minute, later.remaining_of_day),
            (100, 960)
        );
    }

    #[test]
    fn nothing_is_left_of_an_empty_bucket_and_of_a_spent_day_until_the_next() {
        let spent = quota(100, 20_000, 1_000, noon());
        assert_eq!((spent.remaining_of_minute, spent.remaining_of_day), (0, 0));
        let tomorrow = quota(100, 20_000, 1_000, noon().plus_millis(43_200_000));
        assert_eq!(tomorrow.remaining_of_day, 1_000);
    }
}
