//! Facts about the run that no process can read, for the properties to check.

/// Violations, and facts that have occurred.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Ghost {
    /// For the record's generation: the effects that a write of the state has recorded.
    pub(crate) recorded_effects: u8,
    /// By generation: whether it has ended.
    pub(crate) has_ended: [bool; 2],
    /// A worker that had lost its lease changed the record.
    pub(crate) fence_broken: bool,
    /// A live lease was taken over although the clocks agree.
    pub(crate) lease_broken: bool,
    /// An ended record was changed.
    pub(crate) end_changed: bool,
    /// A write for an existing record created a new one.
    pub(crate) from_nothing: bool,
    /// A process was given a wrong answer.
    pub(crate) untrue_answer: bool,
}
