//! The delay before a retry: limits, back-off and jitter. The jitter differs between executions and is the same for every
//! repeat.

use super::arguments::CaughtError;
use super::interpreter::{Failure, Interpreter};
use super::stage::Attempt;
use super::state::OpenTask;
use crate::definition::{Retry, Task};
use serde_json::Value;

impl Interpreter<'_> {
    /// When to retry, in epoch milliseconds; `None` if the policy allows no retry.
    pub(super) fn retry_at(
        &mut self,
        retry: &Retry,
        task: &Task,
        open: &OpenTask,
        attempt: &Attempt,
        error: &Value,
    ) -> Result<Option<i64>, Failure> {
        let (now_ms, name) = (self.now_ms, retry.error_name.as_str());
        let caught = CaughtError { name, error };
        let is_exhausted = retry
            .max_retries
            .is_some_and(|most| u64::from(attempt.number) > most);
        let (when, except_when) = (retry.when.as_ref(), retry.except_when.as_ref());
        if is_exhausted || !self.conditions_hold(when, except_when, task, open, caught)? {
            return Ok(None);
        }
        let delay_ms = match &retry.delay {
            Some(delay) => self.evaluate_retry_duration_ms(delay, task, open, caught, now_ms)?,
            None => 0,
        };
        let mut delay_ms = retry.backoff.delay_ms(delay_ms, u64::from(attempt.number));
        if let Some((least, most)) = &retry.jitter {
            let least_ms = self.evaluate_retry_duration_ms(least, task, open, caught, now_ms)?;
            let most_ms = self.evaluate_retry_duration_ms(most, task, open, caught, now_ms)?;
            let range = u64::try_from(most_ms.saturating_sub(least_ms)).unwrap_or(0);
            let addition = self.stable_random(open, attempt.number) % range.saturating_add(1);
            let addition = i64::try_from(addition).unwrap_or(0);
            delay_ms = delay_ms.saturating_add(least_ms).saturating_add(addition);
        }
        let until_ms = now_ms.saturating_add(delay_ms);
        if let Some(limit) = &retry.max_duration {
            let from_ms = attempt.first_at_ms;
            let limit_ms = self.evaluate_retry_duration_ms(limit, task, open, caught, from_ms)?;
            if until_ms > from_ms.saturating_add(limit_ms) {
                return Ok(None);
            }
        }
        Ok(Some(until_ms))
    }

    /// A number that differs between executions, tasks and attempts, and is the same for every repeat: FNV-1a.
    pub(super) fn stable_random(&self, open: &OpenTask, attempt: u32) -> u64 {
        let id = self.run.context.execution_id.bytes();
        let bytes = id
            .chain(open.pointer.bytes())
            .chain(open.visit.to_le_bytes())
            .chain(attempt.to_le_bytes());
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        // The low bits of the hash depend on little; fold the high ones in.
        hash ^ (hash >> 29)
    }
}
