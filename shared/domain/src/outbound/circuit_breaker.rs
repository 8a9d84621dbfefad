//! The circuit breaker of a receiver: after three consecutive timeouts its circuit opens for 30 s, doubling to 15 min, and no
//! attempt is used up meanwhile. A request that waits for its timeout takes capacity that the deliveries of others need.

use crate::Timestamp;

/// The state of a receiver that has failed since its last success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CircuitBreaker {
    /// When the first failure since the last success began.
    pub since: Timestamp,
    /// How many attempts in a row timed out.
    pub consecutive_timeouts: u32,
    /// `None` while the circuit is closed.
    pub open: Option<OpenUntil>,
}

/// An open circuit: nothing is sent until then; after that one trial request shows whether the receiver answers again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenUntil {
    /// When the trial request may be sent.
    pub until: Timestamp,
    /// How many times the circuit has opened since the receiver last answered, from 1.
    pub openings: u32,
}

/// What the owner of a subscription is told of its receiver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReceiverHealth {
    /// When the first failure since the last success began; `None` where the receiver has not failed since.
    pub failing_since: Option<Timestamp>,
    /// Until when its deliveries are postponed; `None` where they are not.
    pub paused_until: Option<Timestamp>,
}

/// How many consecutive timeouts open the circuit.
const TIMEOUTS_TO_OPEN: u32 = 3;
/// How long the circuit is open the first time.
const FIRST_OPEN_MS: i64 = 30_000;
/// The longest that the circuit is open: as long as the queue can hold a message back.
const LONGEST_OPEN_MS: i64 = 900_000;
/// How long other deliveries wait for the trial request: a little longer than an attempt may take.
const TRIAL_MS: i64 = 20_000;

impl CircuitBreaker {
    /// What the owner of the subscription is told. A circuit whose time is over pauses nothing: the next delivery is attempted.
    pub fn health(&self, now: Timestamp) -> ReceiverHealth {
        let open_until = self.open.map(|open| open.until);
        ReceiverHealth {
            failing_since: Some(self.since),
            paused_until: open_until.filter(|until| *until > now),
        }
    }

    /// Whether the circuit opens after an attempt that timed out. Only the trial request opens it again; other attempts that
    /// were in progress change nothing.
    pub fn open_after(&self, was_trial: bool, now: Timestamp) -> Option<OpenUntil> {
        let openings = match self.open {
            None if self.consecutive_timeouts >= TIMEOUTS_TO_OPEN => 1,
            Some(open) if was_trial || open.until <= now => open.openings.saturating_add(1),
            None | Some(_) => return None,
        };
        Some(OpenUntil {
            until: now.plus_millis(open_ms(openings)),
            openings,
        })
    }
}

impl OpenUntil {
    /// Half open: the trial request is in progress, and other deliveries wait for it.
    pub fn half_open(self, now: Timestamp) -> Self {
        Self {
            until: now.plus_millis(TRIAL_MS),
            ..self
        }
    }

    /// When a delivery that is due now is tried again: after the circuit can close, with random jitter, and no later than
    /// the queue can hold a message back.
    pub fn retry_at(self, now: Timestamp, random: u16) -> Timestamp {
        let jitter_ms = open_ms(self.openings) * i64::from(random) / i64::from(u16::MAX);
        let wait_ms = self.until.millis_since(now) + jitter_ms;
        now.plus_millis(wait_ms.min(LONGEST_OPEN_MS))
    }
}

/// How long the circuit stays open: each time twice as long as before.
fn open_ms(openings: u32) -> i64 {
    (FIRST_OPEN_MS << openings.saturating_sub(1).min(5)).min(LONGEST_OPEN_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_millis(secs * 1_000)
    }

    fn breaker(consecutive_timeouts: u32, open: Option<OpenUntil>) -> CircuitBreaker {
        CircuitBreaker {
            since: at(0),
            consecutive_timeouts,
            open,
        }
    }

    #[test]
    fn three_consecutive_timeouts_open_the_circuit_and_fewer_do_not() {
        assert_eq!(breaker(0, None).open_after(false, at(10)), None);
        assert_eq!(breaker(2, None).open_after(false, at(10)), None);
        let begun = breaker(3, None).open_after(false, at(10));
        let first = OpenUntil {
            until: at(40),
            openings: 1,
        };
        assert_eq!(begun, Some(first));
    }

    #[test]
    fn deliveries_are_paused_until_the_circuit_can_close_and_not_after() {
        let open = OpenUntil {
            until: at(60),
            openings: 1,
        };
        let breaker = breaker(3, Some(open));
        let paused = ReceiverHealth {
            failing_since: Some(at(0)),
            paused_until: Some(at(60)),
        };
        assert_eq!(breaker.health(at(59)), paused);
        let over = ReceiverHealth {
            paused_until: None,
            ..paused
        };
        assert_eq!(breaker.health(at(60)), over);
        assert_eq!(super::tests::breaker(1, None).health(at(10)), over);
    }

    #[test]
    fn only_the_trial_request_opens_the_circuit_for_longer() {
        let open = OpenUntil {
            until: at(60),
            openings: 1,
        };
        let others = breaker(9, Some(open)).open_after(false, at(50));
        assert_eq!(others, None, "they were under way when it began");
        let tried = breaker(9, Some(open)).open_after(true, at(50));
        assert_eq!(
            tried.map(|longer| (longer.until, longer.openings)),
            Some((at(110), 2))
        );
        let later = breaker(9, Some(open)).open_after(false, at(70));
        assert_eq!(later.map(|longer| longer.openings), Some(2));
    }

    #[test]
    fn the_circuit_opens_twice_as_long_each_time_up_to_the_queues_limit() {
        let secs: Vec<i64> = (1..9).map(|openings| open_ms(openings) / 1_000).collect();
        assert_eq!(secs, [30, 60, 120, 240, 480, 900, 900, 900]);
    }

    #[test]
    fn deliveries_are_retried_after_the_circuit_with_jitter() {
        let open = OpenUntil {
            until: at(100),
            openings: 2,
        };
        assert_eq!(open.retry_at(at(90), 0), at(100));
        assert_eq!(open.retry_at(at(90), u16::MAX), at(160));
        let long = OpenUntil {
            until: at(890),
            openings: 6,
        };
        assert_eq!(long.retry_at(at(0), u16::MAX), at(900));
        assert_eq!(open.half_open(at(100)).until, at(120));
    }
}
