//! What becomes of creating and changing records.

/// What became of creating a record whose id may be derived from an `Idempotency-Key`.
#[derive(Clone, Debug, PartialEq)]
pub enum InsertOutcome<T> {
    /// This request created it.
    New(T),
    /// An earlier, identical request with the same key created it.
    Repeat(T),
    /// The key was used for another request, or for a record that is gone.
    KeyReused,
    /// Another workflow has the slug.
    SlugTaken,
}

/// What became of changing a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateOutcome {
    /// It is changed.
    Updated,
    /// Another request has changed or deleted it since it was read.
    Conflict,
    /// Another workflow has the slug.
    SlugTaken,
}

impl UpdateOutcome {
    pub(crate) fn of(is_updated: bool) -> Self {
        match is_updated {
            true => Self::Updated,
            false => Self::Conflict,
        }
    }
}
