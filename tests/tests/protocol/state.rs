//! Everything there is at one moment: the record of one execution, its children, the index, the queue, and how far each
//! process has come. Times are what is left until them, in ticks; an epoch is only its rank among those that anybody
//! still knows; a nonce is only known as "mine" by the call that wrote it last. So the space is finite, however often
//! something crashes, is repeated or comes late.

use crate::ghost::Ghost;
use crate::processes::{Canceller, Deleter, Late, Sweeper, Trigger, Worker};

/// A worker's lease.
pub(crate) const LEASE: u8 = 1;
/// What `domain::redrive_backoff_ms` gives: longer than a lease, or the usual claim would move `due_at`.
pub(crate) const NEXT_LOOK: u8 = 2;
pub(crate) const WAIT: u8 = 1;
/// The end of the wait, and the grace in which its delayed message should come.
pub(crate) const WAIT_DUE: u8 = 2;
/// Five in the worker; the smallest number that shows the same.
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

/// Where the last checkpoint is. What it holds is only how many effects it knows of.
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
    /// Its retention is over.
    pub(crate) has_expired: bool,
}

/// A checkpoint that is an item of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Child {
    pub(crate) epoch: u8,
    pub(crate) sequence: u8,
    pub(crate) effects: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) record: Option<Record>,
    /// Of the record's generation: nobody sees those of another.
    pub(crate) slots: [Option<Child>; 2],
    /// By generation.
    pub(crate) requests: [bool; 2],
    /// A message may come any number of times, or never: that it is sent late, or not at all, needs no step of its own.
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

    /// What has not ended, and is there.
    pub(crate) fn open(&self) -> Option<&Record> {
        let record = self.record.as_ref();
        record.filter(|record| !matches!(record.phase, Phase::Ended(_)))
    }

    /// It has ended, and nobody deletes it, nor does it expire, while the call that made it is still repeated: that takes
    /// six seconds at the most.
    pub(crate) fn may_vanish(&self) -> bool {
        self.record.is_some_and(|record| {
            matches!(record.phase, Phase::Ended(_))
                && self.triggers[record.generation] != Trigger::Repeating
        })
    }

    /// How many effects the checkpoint that the record names knows of.
    pub(crate) fn visible_effects(&self, record: &Record) -> u8 {
        match record.stored {
            Stored::Nowhere => 0,
            Stored::Inline(effects) => effects,
            Stored::Slot(slot) => self.slots[slot].map_or(0, |child| child.effects),
        }
    }

    /// Every write with a nonce of its own: whoever else still waits for an answer finds another's there.
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

    /// Somebody else owns the execution now, or nobody.
    pub(crate) fn dispossess(&mut self) {
        for worker in &mut self.workers {
            match worker {
                Worker::Working(owned) => owned.is_owner = false,
                Worker::Saving { save, .. } => save.owned.is_owner = false,
                Worker::Idle | Worker::Claiming { .. } | Worker::Looking { .. } => {}
            }
        }
    }

    /// `due_at` has another value: what a sweep has seen is out of date.
    pub(crate) fn due_has_moved(&mut self) {
        if let Sweeper::Looked { is_current } = &mut self.sweeper {
            *is_current = false;
        }
    }

    /// Time goes on by a tick.
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
