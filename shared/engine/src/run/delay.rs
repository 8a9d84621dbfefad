//! When an attempt is made again: limits, back-off, and jitter that is random and yet always the same.

use super::machine::{Machine, Trouble};
use super::stage::Attempt;
use super::state::OpenTask;
use crate::definition::{Duration, Retry, Task, milliseconds};
use crate::fault::FaultKind;

impl Machine<'_> {
    /// When to try again, if at all.
    pub(super) fn retry_at(
        &mut self,
        retry: &Retry,
        task: &Task,
        open: &OpenTask,
        attempt: &Attempt,
    ) -> Result<Option<i64>, Trouble> {
        let is_exhausted = retry
            .max_retries
            .is_some_and(|most| u64::from(attempt.number) > most);
        let (when, except_when) = (retry.when.as_ref(), retry.except_when.as_ref());
        if is_exhausted || !self.holds(when, except_when, task, open)? {
            return Ok(None);
        }
        let delay_ms = match &retry.delay {
            Some(delay) => self.length_ms(delay, task, open)?,
            None => 0,
        };
        let mut delay_ms = retry.backoff.delay_ms(delay_ms, u64::from(attempt.number));
        if let Some((least, most)) = &retry.jitter {
            let (least, most) = (
                self.length_ms(least, task, open)?,
                self.length_ms(most, task, open)?,
            );
            let range = u64::try_from(most.saturating_sub(least))
                .unwrap_or(0)
                .saturating_add(1);
            let addition = self.chance(open, attempt.number) % range;
            let addition = i64::try_from(addition).unwrap_or(0);
            delay_ms = delay_ms.saturating_add(least).saturating_add(addition);
        }
        let until_ms = self.now_ms.saturating_add(delay_ms);
        if let Some(longest) = &retry.max_duration {
            let longest_ms = self.length_ms(longest, task, open)?;
            if until_ms > attempt.first_at_ms.saturating_add(longest_ms) {
                return Ok(None);
            }
        }
        Ok(Some(until_ms))
    }

    /// A duration in milliseconds.
    pub(super) fn length_ms(
        &mut self,
        duration: &Duration,
        task: &Task,
        open: &OpenTask,
    ) -> Result<i64, Trouble> {
        let value = self.on_input(duration.templated(), task, open)?;
        milliseconds(&value)
            .map_err(|reason| FaultKind::Expression.fault(reason, &task.pointer).into())
    }

    /// A number that differs between executions, tasks and attempts, and is the same whenever it is asked for: FNV-1a.
    pub(super) fn chance(&self, open: &OpenTask, attempt: u32) -> u64 {
        let id = self.run.context.execution_id.bytes();
        let bytes = id
            .chain(open.at.bytes())
            .chain(open.visit.to_le_bytes())
            .chain(attempt.to_le_bytes());
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        // The low bits of the hash depend on little; fold the high ones in.
        hash ^ (hash >> 29)
    }
}
