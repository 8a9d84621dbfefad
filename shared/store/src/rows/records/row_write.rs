//! What a writer of a row asks for, and what becomes of it.

use domain::{EffectKey, Expected, RecordKey, RecordTable, Tenant, Timestamp};

/// One write of one row.
pub struct RowWrite<'a> {
    /// Whose table.
    pub tenant: Tenant,
    /// The table.
    pub table: &'a RecordTable,
    /// The key of the row.
    pub key: &'a RecordKey,
    /// What the writer expects the row to be.
    pub expected: Expected,
    /// The effect that writes: its repetitions change nothing.
    pub effect: &'a EffectKey,
    /// The time of the write.
    pub now: Timestamp,
}

/// What became of putting a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutOutcome {
    /// It is written.
    Put {
        /// Its version after the write.
        version: u64,
        /// Whether the write created it.
        is_new: bool,
    },
    /// The row is not what the writer expects; its version, where there is one.
    Unexpected(Option<u64>),
    /// The tenant has as many rows as it may have.
    Full,
    /// Other writers changed the row, or created rows, with every attempt; it may work later.
    Overtaken,
}

/// What became of deleting a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowDeleteOutcome {
    /// It is deleted.
    Deleted,
    /// There was no such row.
    Absent,
    /// The row is not what the writer expects; its version, where there is one.
    Unexpected(Option<u64>),
    /// Other writers changed the row with every attempt; it may work later.
    Overtaken,
}
