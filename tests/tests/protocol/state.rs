//! The model's state: the record of one execution, its children, the index, the queue, and the local state of each process.
//! Times are the ticks that are left until them. An epoch is its rank among the epochs that are still in use. A nonce is
//! only known as "mine" by the call that wrote it last. So the number of states is finite, however often processes crash,
//! messages are repeated or attempts take effect late.

use crate::ghost::Ghost;
use crate::processes::{Canceller, Deleter, Late, Sweeper, Trigger, Worker};

/// A worker's lease.
pub(crate) const LEASE: u8 = 1;
/// The value of `domain::redrive_backoff_ms`: longer than a lease, or the usual claim would move `due_at`.
pub(crate) const NEXT_LOOK: u8 = 2;
pub(crate) const WAIT: u8 = 1;
/// The end of the wait, and the time in which its delayed message should arrive.
pub(crate) const WAIT_DUE: u8 = 2;
/// Five in the worker; here the smallest number with the same behaviour.
pub(crate) const MAX_LOST_LEASES: u8 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Ending {
    Succeeded,
    Failed,
    Cancelled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Phase {
    Queued,
    Running { lease_left: u8 },
    Waiting { resume_left: u8 },
    Ended(Ending),
}

/// Where the last checkpoint is stored. Its content is only the number of effects that it records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Stored {
    Nowhere,
    Inline(u8),
    Slot(usize),
}

/// The state item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Record {
    /// The trigger whose write created it.
    pub(crate) generation: usize,
    pub(crate) phase: Phase,
    pub(crate) epoch: u8,
    pub(crate) sequence: u8,
    pub(crate) lost_leases: u8,
    pub(crate) stored: Stored,
    pub(crate) due_left: Option<u8>,
    /// Its retention has ended.
    pub(crate) has_expired: bool,
}

/// A checkpoint that is a child item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Child {
    pub(crate) epoch: u8,
    pub(crate) sequence: u8,
    pub(crate) effects: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) record: Option<Record>,
    /// Those of the record's generation; others are never read.
    pub(crate) slots: [Option<Child>; 2],
    /// By generation.
    pub(crate) requests: [bool; 2],
    /// A message may arrive any number of times, or never, so a late or failed send needs no step of its own.
    pub(crate) has_message: bool,
    pub(crate) late: Option<Late>,
    pub(crate) workers: [Worker; 2],
    pub(crate) sweeper: Sweeper,
    pub(crate) triggers: [Trigger; 2],
    pub(crate) canceller: Canceller,
    pub(crate) deleter: Deleter,
    pub(crate) ghost: Ghost,
}

impl State {
    pub(crate) fn first() -> Self {
        Self {
            record: None,
            slots: [None; 2],
            requests: [false; 2],
            has_message: false,
            late: None,
            workers: [Worker::Idle; 2],
            sweeper: Sweeper::Idle,
            triggers: [Trigger::Idle; 2],
            canceller: Canceller::Idle,
            deleter: Deleter::Idle,
            ghost: Ghost::default(),
        }
    }

    /// The record, if it exists and has not ended.
    pub(crate) fn open(&self) -> Option<&Record> {
        let record = self.record.as_ref();
        record.filter(|record| !matches!(record.phase, Phase::Ended(_)))
    }

    /// Whether it has ended and may be deleted or expire: not while the call that created it is still repeated, which takes
    /// six seconds at most.
    pub(crate) fn may_vanish(&self) -> bool {
        self.record.is_some_and(|record| {
            matches!(record.phase, Phase::Ended(_))
                && self.triggers[record.generation] != Trigger::Repeating
        })
    }

    /// How many effects the record's current checkpoint records.
    pub(crate) fn visible_effects(&self, record: &Record) -> u8 {
        match record.stored {
            Stored::Nowhere => 0,
            Stored::Inline(effects) => effects,
            Stored::Slot(slot) => self.slots[slot].map_or(0, |child| child.effects),
        }
    }

    /// Every write has a nonce of its own, so other calls whose response was lost do not find theirs any more.
    pub(crate) fn forget_nonces(&mut self) {
        for worker in &mut self.workers {
            match worker {
                Worker::Claiming { is_mine }
                | Worker::Looking { is_mine, .. }
                | Worker::Saving { is_mine, .. } => *is_mine = false,
                Worker::Idle | Worker::Working(_) => {}
            }
        }
        if let Canceller::Repeating { is_mine } = &mut self.canceller {
            *is_mine = false;
        }
    }

    /// The execution has another owner now, or none.
    pub(crate) fn dispossess(&mut self) {
        for worker in &mut self.workers {
            match worker {
                Worker::Working(owned) => owned.is_owner = false,
                Worker::Saving { save, .. } => save.owned.is_owner = false,
                Worker::Idle | Worker::Claiming { .. } | Worker::Looking { .. } => {}
            }
        }
    }

    /// `due_at` has changed, so the value that a sweep has read is outdated.
    pub(crate) fn due_has_moved(&mut self) {
        if let Sweeper::Looked { is_current } = &mut self.sweeper {
            *is_current = false;
        }
    }

    /// One tick passes.
    pub(crate) fn tick(&mut self) {
        if let Some(record) = &mut self.record {
            match &mut record.phase {
                Phase::Running { lease_left: left } | Phase::Waiting { resume_left: left } => {
                    *left = left.saturating_sub(1);
                }
                Phase::Queued | Phase::Ended(_) => {}
            }
            record.due_left = record.due_left.map(|left| left.saturating_sub(1));
        }
    }
}
