//! A position in a list that is ordered by creation time and then by id.

use crate::Timestamp;

/// The creation time and id of a record: pages of a list start after it. It does not know what the record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor<I> {
    /// When the record was created.
    pub created_at: Timestamp,
    /// Its id, which orders records of the same millisecond.
    pub id: I,
}
