//! What a sweep did, in numbers.

use std::ops::Add;

use serde::Serialize;
use store::{Count, Metrics};

/// How many executions, events and deliveries a sweep found due, by what it did with them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SweepTotals {
    /// Their message was sent again.
    pub sent: u64,
    /// Their message is most likely still in the queue, so none was sent.
    pub in_backlog: u64,
    /// They were not due after all: the index lagged behind the record, or another process handles them.
    pub left: u64,
    /// Their record cannot be read. Each is logged and taken out of the due index.
    pub quarantined: u64,
    /// A call to AWS failed, or the time was up; the next sweep finds them again.
    pub failed: u64,
}

impl SweepTotals {
    pub(crate) const SENT: Self = Self {
        sent: 1,
        ..Self::NONE
    };
    pub(crate) const IN_BACKLOG: Self = Self {
        in_backlog: 1,
        ..Self::NONE
    };
    pub(crate) const LEFT: Self = Self {
        left: 1,
        ..Self::NONE
    };
    pub(crate) const QUARANTINED: Self = Self {
        quarantined: 1,
        ..Self::NONE
    };
    pub(crate) const FAILED: Self = Self {
        failed: 1,
        ..Self::NONE
    };
    const NONE: Self = Self {
        sent: 0,
        in_backlog: 0,
        left: 0,
        quarantined: 0,
        failed: 0,
    };

    /// Those that were more than skipped.
    pub(crate) fn handled(&self) -> u64 {
        self.sent + self.left + self.quarantined + self.failed
    }

    /// Counts the sweep, also one that found nothing: an alarm watches that sweeps take place.
    pub(crate) fn count(&self, metrics: &Metrics) {
        metrics.count(Count::Sweeps, 1);
        metrics.count(Count::Redrives, self.sent);
        metrics.count(Count::BacklogHeld, self.in_backlog);
        metrics.count(Count::Quarantined, self.quarantined);
        metrics.count(Count::SweepFailures, self.failed);
    }
}

impl Add for SweepTotals {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            sent: self.sent + other.sent,
            in_backlog: self.in_backlog + other.in_backlog,
            left: self.left + other.left,
            quarantined: self.quarantined + other.quarantined,
            failed: self.failed + other.failed,
        }
    }
}
