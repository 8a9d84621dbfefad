//! The system's clock, waits, and the deadline of an invocation. It does not know who asks.

use std::time::Duration;

use domain::Timestamp;

use crate::AwsContext;

/// How often a wait looks at the clock, which a test may move.
const LOOK_MS: i64 = 50;

pub(crate) fn deadline(epoch_ms: u64, now: Timestamp) -> Timestamp {
    let given = Timestamp::from_millis(i64::try_from(epoch_ms).unwrap_or(i64::MAX));
    if given > now {
        given
    } else {
        now.plus_secs(60)
    }
}

impl AwsContext {
    /// Waits until that time by the context's clock.
    pub async fn sleep_until(&self, at: Timestamp) {
        loop {
            let left_ms = at.millis_since(self.now());
            if left_ms <= 0 {
                return;
            }
            let pause_ms = left_ms.min(LOOK_MS).unsigned_abs();
            tokio::time::sleep(Duration::from_millis(pause_ms)).await;
        }
    }
}

pub(crate) fn system_now() -> Timestamp {
    let since_epoch = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_that_has_passed_counts_as_one_in_a_minute() {
        let now = Timestamp::from_millis(1_000_000);
        assert_eq!(deadline(1_000_001, now), Timestamp::from_millis(1_000_001));
        assert_eq!(deadline(600_000, now), Timestamp::from_millis(1_060_000));
        assert_eq!(deadline(u64::MAX, now), Timestamp::from_millis(i64::MAX));
    }
}
