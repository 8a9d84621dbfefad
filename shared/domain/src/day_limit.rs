//! A limit on how many executions the webhooks of a workflow begin in a day of UTC: a count beside the token bucket. The
//! store turns these rules into conditions of the same write that takes the token; it has no rules of its own.

use crate::Timestamp;

const DAY_MS: i64 = 86_400_000;

/// How many tokens were taken on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayCount {
    /// The day, in days since the Unix epoch.
    pub day: i64,
    /// How many tokens were taken on it.
    pub taken: u32,
}

/// The two ways of counting a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayStep {
    /// The count of this day goes on.
    Continue(i64),
    /// The count of this day begins.
    Begin(i64),
}

/// The answer of a day's count to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayVerdict {
    /// The day has room.
    Take(DayStep),
    /// As many were taken on this day as may be.
    Spent {
        /// When the next day begins.
        retry_after_ms: i64,
    },
}

impl DayCount {
    /// The answer of a count as it was last read; `None` was never used. A count of a later day, from a container whose
    /// clock is ahead, goes on.
    pub fn judge(count: Option<Self>, per_day: u32, now: Timestamp) -> DayVerdict {
        let today = now.as_millis().div_euclid(DAY_MS);
        match count {
            Some(count) if count.day >= today => {
                if count.taken < per_day {
                    return DayVerdict::Take(DayStep::Continue(count.day));
                }
                let tomorrow_ms = (count.day + 1) * DAY_MS;
                DayVerdict::Spent {
                    retry_after_ms: tomorrow_ms - now.as_millis(),
                }
            }
            Some(_) | None => DayVerdict::Take(DayStep::Begin(today)),
        }
    }

    /// How many more the day has room for.
    pub fn remaining(self, per_day: u32) -> u32 {
        per_day.saturating_sub(self.taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 20_000 * DAY_MS + DAY_MS / 2;

    fn judge(count: Option<DayCount>, at_ms: i64) -> DayVerdict {
        DayCount::judge(count, 3, Timestamp::from_millis(at_ms))
    }

    fn count(day: i64, taken: u32) -> Option<DayCount> {
        Some(DayCount { day, taken })
    }

    #[test]
    fn a_day_begins_without_a_count_and_after_that_of_an_earlier_day() {
        let begins = DayVerdict::Take(DayStep::Begin(20_000));
        assert_eq!(judge(None, NOON), begins);
        assert_eq!(judge(count(19_999, 3), NOON), begins);
    }

    #[test]
    fn the_last_of_a_day_passes_and_one_more_waits_for_midnight() {
        let goes_on = DayVerdict::Take(DayStep::Continue(20_000));
        assert_eq!(judge(count(20_000, 2), NOON), goes_on);
        let spent = DayVerdict::Spent {
            retry_after_ms: DAY_MS / 2,
        };
        assert_eq!(judge(count(20_000, 3), NOON), spent);
        let midnight = 20_001 * DAY_MS;
        let begins = DayVerdict::Take(DayStep::Begin(20_001));
        assert_eq!(judge(count(20_000, 3), midnight), begins);
    }

    #[test]
    fn a_container_whose_clock_is_behind_counts_for_the_day_that_has_begun() {
        let before_midnight = 20_001 * DAY_MS - 1;
        let verdict = judge(count(20_001, 1), before_midnight);
        assert_eq!(verdict, DayVerdict::Take(DayStep::Continue(20_001)));
    }

    #[test]
    fn what_remains_of_a_day_is_never_negative() {
        let taken = |taken| DayCount { day: 1, taken };
        assert_eq!(taken(1).remaining(3), 2);
        assert_eq!(taken(9).remaining(3), 0);
    }
}
