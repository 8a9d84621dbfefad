//! The time of an invocation: what it is, and how much is left. It does not know what the time is used for.

use std::time::Duration;

use domain::Timestamp;
use store::AwsContext;

use crate::http_call::CALL_MS;

/// Kept free at the end of an invocation for the last write.
const RESERVE_MS: i64 = 5_000;
/// A worker keeps an execution for waits that are shorter than this: the queue delays messages by whole seconds only, so
/// that such a wait would end late.
const SHORT_WAIT_MS: i64 = 1_000;

/// The clock of one invocation, with its end.
pub(crate) struct InvocationTime<'a> {
    aws: &'a AwsContext,
    /// When Lambda ends this invocation.
    deadline: Timestamp,
    /// The end of the last short wait. It has passed, even where the clock is a little behind the timer that measured it.
    waited_until: Timestamp,
}

impl<'a> InvocationTime<'a> {
    pub(crate) fn new(aws: &'a AwsContext, deadline: Timestamp) -> Self {
        Self {
            aws,
            deadline,
            waited_until: Timestamp::from_millis(0),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.aws.now().max(self.waited_until)
    }

    /// How long work may still take.
    pub(crate) fn left_ms(&self) -> i64 {
        self.deadline.millis_since(self.now()) - RESERVE_MS
    }

    /// Whether a call that starts now could last longer than this invocation.
    pub(crate) fn is_late(&self) -> bool {
        self.left_ms() < CALL_MS
    }

    /// Whether it is better to wait here than to give the execution back.
    pub(crate) fn is_short_wait(&self, until: Timestamp) -> bool {
        let wait_ms = until.millis_since(self.now());
        wait_ms < SHORT_WAIT_MS && wait_ms < self.left_ms()
    }

    /// Waits until then; from then on it is at least that late.
    pub(crate) async fn wait_until(&mut self, until: Timestamp) {
        let wait_ms = u64::try_from(until.millis_since(self.now())).unwrap_or(0);
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
        self.waited_until = until;
    }
}
