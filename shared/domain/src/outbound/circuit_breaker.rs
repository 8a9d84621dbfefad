//! How a receiver fares that has failed since its last success, and when it is left alone for a while. A request that
//! waits for nothing holds a place that the deliveries of others need.

use crate::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CircuitBreaker {
    /// When the first failure since the last success began.
    pub since: Timestamp,
    /// Attempts in a row that brought no answer in their time.
    pub silent: u32,
    pub pause: Option<OpenUntil>,
}

/// Nothing is sent until then; after that, one request tries whether it answers again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenUntil {
    pub until: Timestamp,
    /// From 1, since the receiver last answered.
    pub number: u32,
}

/// So many attempts in a row without an answer begin a pause.
const SILENT_LIMIT: u32 = 3;
const FIRST_PAUSE_MS: i64 = 30_000;
/// What the queue can hold a message back for.
const LONGEST_PAUSE_MS: i64 = 900_000;
/// While one request tries, the others wait: a little longer than an attempt may take.
const TRIAL_MS: i64 = 20_000;

impl CircuitBreaker {
    /// The pause that follows from an attempt that brought no answer. `tried`: it was the one that a pause lets through.
    /// The others that were under way change nothing.
    pub fn pause_after(&self, tried: bool, now: Timestamp) -> Option<OpenUntil> {
        let number = match self.pause {
            None if self.silent >= SILENT_LIMIT => 1,
            Some(pause) if tried || pause.until <= now => pause.number.saturating_add(1),
            None | Some(_) => return None,
        };
        let length_ms = pause_ms(number);
        Some(OpenUntil {
            until: now.plus_millis(length_ms),
            number,
        })
    }
}

impl OpenUntil {
    /// The same pause while one request tries whether it can end.
    pub fn half_open(self, now: Timestamp) -> Self {
        Self {
            until: now.plus_millis(TRIAL_MS),
            ..self
        }
    }

    /// When a delivery that comes now is looked at again: some time after the pause, so that not all of them come at
    /// once, and no later than the queue can do it.
    pub fn over_for_one(self, now: Timestamp, random: u16) -> Timestamp {
        let spread_ms = pause_ms(self.number) * i64::from(random) / i64::from(u16::MAX);
        let wait_ms = self.until.millis_since(now) + spread_ms;
        now.plus_millis(wait_ms.min(LONGEST_PAUSE_MS))
    }
}

/// Each is twice as long as the one before.
fn pause_ms(number: u32) -> i64 {
    (FIRST_PAUSE_MS << number.saturating_sub(1).min(5)).min(LONGEST_PAUSE_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_millis(secs * 1_000)
    }

    fn failing(silent: u32, pause: Option<OpenUntil>) -> CircuitBreaker {
        CircuitBreaker {
            since: at(0),
            silent,
            pause,
        }
    }

    #[test]
    fn silence_in_a_row_begins_a_pause_and_single_failures_do_not() {
        assert_eq!(failing(0, None).pause_after(false, at(10)), None);
        assert_eq!(failing(2, None).pause_after(false, at(10)), None);
        let begun = failing(3, None).pause_after(false, at(10));
        let first = OpenUntil {
            until: at(40),
            number: 1,
        };
        assert_eq!(begun, Some(first));
    }

    #[test]
    fn only_the_one_that_tries_makes_a_pause_longer() {
        let pause = OpenUntil {
            until: at(60),
            number: 1,
        };
        let others = failing(9, Some(pause)).pause_after(false, at(50));
        assert_eq!(others, None, "they were under way when it began");
        let tried = failing(9, Some(pause)).pause_after(true, at(50));
        assert_eq!(
            tried.map(|longer| (longer.until, longer.number)),
            Some((at(110), 2))
        );
        let later = failing(9, Some(pause)).pause_after(false, at(70));
        assert_eq!(later.map(|longer| longer.number), Some(2));
    }

    #[test]
    fn pauses_double_up_to_what_the_queue_can_hold() {
        let secs: Vec<i64> = (1..9).map(|number| pause_ms(number) / 1_000).collect();
        assert_eq!(secs, [30, 60, 120, 240, 480, 900, 900, 900]);
    }

    #[test]
    fn deliveries_come_back_after_the_pause_and_not_all_at_once() {
        let pause = OpenUntil {
            until: at(100),
            number: 2,
        };
        assert_eq!(pause.over_for_one(at(90), 0), at(100));
        assert_eq!(pause.over_for_one(at(90), u16::MAX), at(160));
        let long = OpenUntil {
            until: at(890),
            number: 6,
        };
        assert_eq!(long.over_for_one(at(0), u16::MAX), at(900));
        assert_eq!(pause.half_open(at(100)).until, at(120));
    }
}
