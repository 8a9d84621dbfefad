//! The configuration of a model: its processes, how much they do, and which guards are in place.

use crate::recovery::Memory;

/// The conditions of the code's writes. A test removes one, and the checker finds the violation that it prevents.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guards {
    /// `accept` writes only where there is no record, or an ended and expired one.
    pub(crate) accept: bool,
    /// `accept` writes `due_at`.
    pub(crate) due: bool,
    /// A repeated call recognises its own nonce.
    pub(crate) nonce: bool,
    /// `claim_seen` claims only the record that it has read.
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
    /// `cancel` does not change an ended execution.
    pub(crate) cancel: bool,
    /// `postpone` compares `due_at`, and does not change an ended execution.
    pub(crate) postpone: bool,
    /// `delete` removes only the children of the generation that it has read.
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
    /// Webhooks with one delivery id that arrive during the run; with none, one was accepted before.
    pub(crate) deliveries: usize,
    /// Effects, each followed by a checkpoint.
    pub(crate) effects: u8,
    /// The workflow waits after them.
    pub(crate) waits: bool,
    /// Checkpoints are child items.
    pub(crate) has_slots: bool,
    /// A worker may hand over at each checkpoint.
    pub(crate) hands_over: bool,
    /// The responses to a worker's writes may be lost.
    pub(crate) loses_answers: bool,
    pub(crate) sweeps: bool,
    pub(crate) cancels: bool,
    /// An ended execution may be deleted.
    pub(crate) deletes: bool,
    /// An ended execution may expire.
    pub(crate) expires: bool,
    /// Attempts that the SDK has given up may take effect later.
    pub(crate) late_attempts: bool,
    /// A worker's clock may be so far ahead that a live lease looks expired to it.
    pub(crate) clocks_differ: bool,
    pub(crate) memory: Memory,
}

/// All processes, each with as little to do as possible.
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
