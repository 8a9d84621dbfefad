//! Processes other than the worker: sweep, cancel, delete, and late attempts.

use crate::model::Fortune;
use crate::processes::{Canceller, Deleter, Late, Sweeper};
use crate::protocol::Protocol;
use crate::state::{Ending, NEXT_LOOK, Phase, Record, State};

impl Protocol {
    /// `sweep::recover`, the query and the read of the record. The index may lag, so the sweep may find an outdated entry or
    /// miss one at any time.
    pub(crate) fn look(state: &mut State, is_current: bool) {
        let Some(record) = &state.record else {
            return;
        };
        let is_due = record.due_left == Some(0) || !is_current;
        if is_due && needs_a_message(record) {
            state.sweeper = Sweeper::Looked { is_current };
        }
    }

    /// The rest of it: `due_at` is moved on, then the message is sent. After a lost response the repeat finds `due_at`
    /// moved, and nothing is sent.
    pub(crate) fn pick_up(&self, state: &mut State, fortune: Fortune) {
        if let Sweeper::Looked { is_current } = state.sweeper {
            let is_moved = self.postpone(state, is_current);
            state.has_message |= is_moved && fortune == Fortune::Heard;
            state.sweeper = Sweeper::Idle;
        }
    }

    /// `postpone`: `due_at = :seen AND attribute_not_exists(ended)`.
    fn postpone(&self, state: &mut State, is_current: bool) -> bool {
        let has_ended = state.open().is_none();
        if self.guards.postpone && (!is_current || has_ended) {
            return false;
        }
        match &mut state.record {
            Some(record) => record.due_left = Some(NEXT_LOOK),
            None => state.ghost.from_nothing = true,
        }
        state.due_has_moved();
        true
    }

    /// `cancel`: `tenant = :tenant AND attribute_not_exists(ended)`.
    pub(crate) fn cancel(&self, state: &mut State, fortune: Fortune) {
        let is_mine = matches!(state.canceller, Canceller::Repeating { is_mine: true });
        state.canceller = Canceller::Answered;
        let Some(mut record) = state.record else {
            return;
        };
        if matches!(record.phase, Phase::Ended(_)) && self.guards.cancel {
            state.ghost.untrue_answer |= is_mine && !self.guards.nonce;
            return;
        }
        record.phase = Phase::Ended(Ending::Cancelled);
        record.epoch += 1;
        record.due_left = None;
        state.record = Some(record);
        state.forget_nonces();
        state.dispossess();
        state.due_has_moved();
        if fortune == Fortune::Lost {
            state.canceller = Canceller::Repeating { is_mine: true };
        }
    }

    /// `delete`: read, list the children, remove them, remove the state.
    pub(crate) fn delete(&self, state: &mut State) {
        state.deleter = match state.deleter {
            Deleter::Idle => match state.record {
                Some(record) if state.may_vanish() => Deleter::Read {
                    generation: record.generation,
                },
                Some(_) | None => Deleter::Idle,
            },
            Deleter::Read { generation } => {
                let mut requests = state.requests;
                if self.guards.delete {
                    requests[1 - generation] = false;
                }
                Deleter::Listed {
                    generation,
                    requests,
                }
            }
            Deleter::Listed {
                generation,
                requests,
            } => {
                for (there, listed) in state.requests.iter_mut().zip(requests) {
                    *there &= !listed;
                }
                Deleter::Emptied { generation }
            }
            Deleter::Emptied { generation } => {
                if state
                    .record
                    .is_some_and(|record| record.generation == generation)
                {
                    remove(state);
                }
                Deleter::Done
            }
            Deleter::Done => Deleter::Done,
        };
    }

    /// An attempt that the SDK has given up takes effect.
    pub(crate) fn late_attempt(&self, state: &mut State) {
        match state.late.take() {
            Some(Late::FreshClaim) => {
                Self::write_fresh(state);
            }
            Some(Late::Child {
                generation,
                slot,
                child,
            }) => {
                self.put_child(state, generation, slot, child);
            }
            Some(Late::Checkpoint(save)) => {
                // It was the owner's write once; what matters here is what it overwrites.
                self.write_name(state, &save, true);
            }
            None => {}
        }
    }
}

/// `domain::recovery_action`.
fn needs_a_message(record: &Record) -> bool {
    match record.phase {
        Phase::Queued | Phase::Waiting { .. } => true,
        Phase::Running { lease_left } => lease_left == 0,
        Phase::Ended(_) => false,
    }
}

fn remove(state: &mut State) {
    state.record = None;
    state.slots = [None; 2];
    state.dispossess();
    state.due_has_moved();
}
