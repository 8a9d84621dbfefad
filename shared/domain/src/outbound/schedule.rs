//! When a failed delivery is tried again.

/// How many attempts a delivery has: one at once, and one after each of the delays.
pub const MAX_ATTEMPTS: u32 = 10;

const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// The delay before each further attempt.
const DELAYS_MS: [i64; MAX_ATTEMPTS as usize - 1] = [
    5 * SECOND_MS,
    5 * MINUTE_MS,
    30 * MINUTE_MS,
    2 * HOUR_MS,
    5 * HOUR_MS,
    10 * HOUR_MS,
    14 * HOUR_MS,
    20 * HOUR_MS,
    24 * HOUR_MS,
];

/// The longest delay that a receiver may ask for.
const LONGEST_RETRY_AFTER_MS: i64 = 24 * HOUR_MS;

/// The delay before the next attempt, after `tries` attempts; `None` after the last one. `random` adds jitter of ±20 %, so
/// that deliveries that failed together are not retried together. A receiver that asks for a longer delay gets it, up to a
/// day.
pub fn next_delay_ms(tries: u32, retry_after_ms: Option<i64>, random: u16) -> Option<i64> {
    let planned_ms = DELAYS_MS.get(usize::try_from(tries.checked_sub(1)?).ok()?)?;
    let spread_ms = planned_ms * 2 / 5;
    let jittered_ms =
        planned_ms - planned_ms / 5 + spread_ms * i64::from(random) / i64::from(u16::MAX);
    let asked_ms = retry_after_ms.unwrap_or(0).min(LONGEST_RETRY_AFTER_MS);
    Some(jittered_ms.max(asked_ms))
}

/// How long a subscription may fail before it is disabled: 5 days.
pub const FAILING_LIMIT_MS: i64 = 5 * 24 * HOUR_MS;

/// The longest that a delivery can take, in seconds: every delay with the most jitter, or as long as a receiver may ask for.
/// Whatever a delivery needs has to be stored for that time.
pub fn worst_case_secs() -> i64 {
    let longest_ms = |planned_ms: &i64| (planned_ms * 6 / 5).max(LONGEST_RETRY_AFTER_MS);
    DELAYS_MS.iter().map(longest_ms).sum::<i64>() / SECOND_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_follow_the_schedule_within_a_fifth() {
        for (tries, planned_ms) in (1..).zip(DELAYS_MS) {
            let least = next_delay_ms(tries, None, 0).unwrap();
            let most = next_delay_ms(tries, None, u16::MAX).unwrap();
            assert_eq!(least, planned_ms * 4 / 5);
            assert_eq!(most, planned_ms * 6 / 5);
        }
        assert_eq!(next_delay_ms(MAX_ATTEMPTS, None, 0), None);
        assert_eq!(next_delay_ms(0, None, 0), None);
        assert_eq!(next_delay_ms(u32::MAX, None, 0), None);
    }

    #[test]
    fn a_receiver_gets_the_time_that_it_asks_for_up_to_a_day() {
        assert_eq!(next_delay_ms(1, Some(3_600_000), 0), Some(3_600_000));
        assert_eq!(next_delay_ms(1, Some(i64::MAX), 0), Some(24 * HOUR_MS));
        assert_eq!(next_delay_ms(2, Some(1_000), 0), Some(4 * MINUTE_MS));
        assert_eq!(next_delay_ms(MAX_ATTEMPTS, Some(1_000), 0), None);
    }

    #[test]
    fn no_schedule_is_longer_than_the_worst_case() {
        let total_ms = |retry_after_ms| {
            let delays = (1..).map_while(|tries| next_delay_ms(tries, retry_after_ms, u16::MAX));
            delays.sum::<i64>()
        };
        assert_eq!(total_ms(Some(i64::MAX)), worst_case_secs() * SECOND_MS);
        assert!(total_ms(None) < total_ms(Some(i64::MAX)));
    }
}
