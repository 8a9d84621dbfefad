//! How many read units of DynamoDB the calls of one page have taken at most, and for how long an open page then waits before
//! it asks for its parts again. It reckons from answers, and does not know what a handler reads.

use std::sync::atomic::{AtomicU32, Ordering};

use domain::Shard;

/// What a page that is open may take a second.
const UNITS_A_SECOND: u32 = 10;
/// A page asks no more often than this.
const LEAST_PAUSE_MS: u32 = 1_000;
/// A consistent read of so many bytes takes one unit.
const UNIT_BYTES: usize = 4_096;
/// The records that an answer is made of are read one by one, and each takes a whole unit at least.
const RECORDS_OF_AN_ANSWER: usize = 2;
/// Every few seconds a container reads again what it knows of the visitor's key.
const KEY_UNITS: usize = 2;

/// The read units of one request to the console, in halves.
#[derive(Debug, Default)]
pub(crate) struct ReadUnits(AtomicU32);

impl ReadUnits {
    /// Counts a call that was answered with so many bytes: what is stored of them takes no more.
    pub(crate) fn count_answer(&self, bytes: usize) {
        self.add_halves(2 * (KEY_UNITS + RECORDS_OF_AN_ANSWER + bytes / UNIT_BYTES));
    }

    /// Counts a list of the executions of one workflow: half a unit for each shard of the index and for each execution, and
    /// a unit for the workflow.
    pub(crate) fn count_list(&self, executions: usize) {
        self.add_halves(2 * (KEY_UNITS + 1) + Shard::all().count() + executions);
    }

    /// For how long a page that took so much waits.
    pub(crate) fn pause_ms(&self) -> u32 {
        let halves = self.0.load(Ordering::Relaxed);
        let pause_ms = halves.saturating_mul(1_000 / 2 / UNITS_A_SECOND);
        pause_ms.max(LEAST_PAUSE_MS)
    }

    fn add_halves(&self, halves: usize) {
        let halves = u32::try_from(halves).unwrap_or(u32::MAX / 2);
        self.0.fetch_add(halves, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_waits_a_second_at_least_and_a_tenth_for_each_unit() {
        let units = ReadUnits::default();
        assert_eq!(units.pause_ms(), 1_000);
        units.count_answer(10);
        assert_eq!(units.pause_ms(), 1_000);
        units.count_list(25);
        assert_eq!(units.pause_ms(), 2_750);
        units.count_answer(400_000);
        assert_eq!(units.pause_ms(), 2_750 + 10_100);
    }
}
