//! What an execution costs. It does not know how it is counted.

use crate::Timestamp;

/// What the records of an execution, and the workers that ran it, have used so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// DynamoDB's write units, those of its indexes included.
    pub write_units: u64,
    /// DynamoDB's read units.
    pub read_units: u64,
    /// For how long workers have owned it.
    pub owned_ms: u64,
}

impl Cost {
    /// With units that were written.
    #[must_use]
    pub fn with_writes(self, units: u64) -> Self {
        Self {
            write_units: self.write_units + units,
            ..self
        }
    }

    /// With units that were read.
    #[must_use]
    pub fn with_reads(self, units: u64) -> Self {
        Self {
            read_units: self.read_units + units,
            ..self
        }
    }

    /// With the time for which a worker has owned the execution. Clocks that differ never make it less.
    #[must_use]
    pub fn with_time(self, since: Timestamp, until: Timestamp) -> Self {
        let owned_ms = u64::try_from(until.millis_since(since)).unwrap_or(0);
        Self {
            owned_ms: self.owned_ms + owned_ms,
            ..self
        }
    }
}
