//! What is explored: which processes take part, how much they do, and which of the guards are in place.

use crate::recovery::Memory;

/// The conditions that the code has; a test takes one out and sees the checker find what it is there for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guards {
    /// `accept` writes only where nothing is, or what has ended and expired.
    pub(crate) accept: bool,
    /// `accept` writes `due_at`.
    pub(crate) due: bool,
    /// A call that is repeated knows its own nonce again.
    pub(crate) nonce: bool,
    /// `claim_seen` claims what it has seen.
    pub(crate) claim_epoch: bool,
    /// `name_children` compares the epoch.
    pub(crate) fence: bool,
    /// `name_children` compares the generation.
    pub(crate) generation: bool,
    /// `name_children` compares the sequence.
    pub(crate) sequence: bool,
    /// `put_child` compares the epoch.
    pub(crate) child_epoch: bool,
    /// `put_child` compares the sequence, within an epoch.
    pub(crate) child_sequence: bool,
    /// `cancel` leaves alone what has ended.
    pub(crate) cancel: bool,
    /// `postpone` compares `due_at`, and leaves alone what has ended.
    pub(crate) postpone: bool,
    /// `delete` takes the children of the generation that it saw, and no others.
    pub(crate) delete: bool,
}

pub(crate) const ALL: Guards = Guards {
    accept: true,
    due: true,
    nonce: true,
    claim_epoch: true,
    fence: true,
    generation: true,
    sequence: true,
    child_epoch: true,
    child_sequence: true,
    cancel: true,
    postpone: true,
    delete: true,
};

#[derive(Debug)]
pub(crate) struct Protocol {
    pub(crate) guards: Guards,
    /// Deliveries with one id that come while it is explored; with none, one was accepted before.
    pub(crate) deliveries: usize,
    /// Effects that are followed by a checkpoint.
    pub(crate) effects: u8,
    /// The workflow waits after them.
    pub(crate) waits: bool,
    /// Checkpoints are items of their own.
    pub(crate) has_slots: bool,
    /// A worker may hand over at each of them.
    pub(crate) hands_over: bool,
    /// A worker's writes may lose their answers.
    pub(crate) loses_answers: bool,
    pub(crate) sweeps: bool,
    pub(crate) cancels: bool,
    /// What has ended may be deleted.
    pub(crate) deletes: bool,
    /// The retention of what has ended may end.
    pub(crate) expires: bool,
    /// Attempts that were given up may take effect later.
    pub(crate) late_attempts: bool,
    /// A worker's clock may be so far ahead that it takes a live lease for one that has ended.
    pub(crate) clocks_differ: bool,
    pub(crate) memory: Memory,
}

/// Everybody, with the least to do.
impl Default for Protocol {
    fn default() -> Self {
        Self {
            guards: ALL,
            deliveries: 0,
            effects: 1,
            waits: false,
            has_slots: false,
            hands_over: true,
            loses_answers: true,
            sweeps: true,
            cancels: true,
            deletes: false,
            expires: false,
            late_attempts: false,
            clocks_differ: false,
            memory: Memory::default(),
        }
    }
}
