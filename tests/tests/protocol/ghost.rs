//! What no process can see: what really happened, for the properties to speak of.

/// Things that must never happen, and things that have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Ghost {
    /// Of the record's generation: what a write of the state has recorded.
    pub(crate) recorded_effects: u8,
    /// By generation: it has ended.
    pub(crate) has_ended: [bool; 2],
    /// A worker that was not the owner any more changed the record.
    pub(crate) fence_broken: bool,
    /// A lease that had not ended was taken over, by clocks that agree.
    pub(crate) lease_broken: bool,
    /// A record that had ended was changed.
    pub(crate) end_changed: bool,
    /// A write of an existing record made a new one.
    pub(crate) from_nothing: bool,
    /// Somebody was told what is not true.
    pub(crate) untrue_answer: bool,
}
