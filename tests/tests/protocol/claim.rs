//! `ExecutionLeases::claim`: the usual claim, and the one after a read.

use crate::model::Fortune;
use crate::processes::{Late, Open, Owned, Seen, Worker};
use crate::protocol::Protocol;
use crate::state::{LEASE, MAX_LOST_LEASES, Phase, Record, State, Stored};

impl Protocol {
    /// A message is received, or its claim is retried. `is_early`: the worker's clock is ahead.
    pub(crate) fn claim_fresh(
        &self,
        state: &mut State,
        number: usize,
        fortune: Fortune,
        is_early: bool,
    ) {
        let is_mine = matches!(state.workers[number], Worker::Claiming { is_mine: true });
        if Self::write_fresh(state) {
            if fortune == Fortune::Again {
                state.late = Some(Late::FreshClaim);
            }
            state.workers[number] = match fortune {
                Fortune::Lost => Worker::Claiming { is_mine: true },
                Fortune::Heard | Fortune::Again => owned(state),
            };
            return;
        }
        state.workers[number] = match state.record {
            None => Worker::Idle,
            Some(_) if is_mine && self.guards.nonce => owned(state),
            Some(record) => match claimable(&record, is_early) {
                Some(status) => Worker::Looking {
                    seen: Seen {
                        generation: record.generation,
                        status,
                        epoch: record.epoch,
                        lost_leases: record.lost_leases,
                    },
                    is_mine: false,
                },
                None => Worker::Idle,
            },
        };
    }

    /// `claim_fresh`: `status = queued AND due_at >= :lease`.
    pub(crate) fn write_fresh(state: &mut State) -> bool {
        let Some(record) = &mut state.record else {
            return false;
        };
        let is_due_later = record.due_left.is_some_and(|left| left >= LEASE);
        if record.phase != Phase::Queued || !is_due_later {
            return false;
        }
        record.phase = Phase::Running { lease_left: LEASE };
        record.epoch += 1;
        state.forget_nonces();
        state.dispossess();
        true
    }

    /// `claim_seen`: `epoch = :epoch AND status = :seen AND generation = :generation`.
    pub(crate) fn claim_seen(&self, state: &mut State, number: usize, fortune: Fortune) {
        let Worker::Looking { seen, is_mine } = state.workers[number] else {
            return;
        };
        let Some(record) = &mut state.record else {
            state.workers[number] = Worker::Idle;
            return;
        };
        let is_as_seen = record.generation == seen.generation
            && status(record) == Some(seen.status)
            && (record.epoch == seen.epoch || !self.guards.claim_epoch);
        if !is_as_seen {
            state.workers[number] = if is_mine && self.guards.nonce {
                owned(state)
            } else {
                Worker::Idle
            };
            return;
        }
        let is_held = matches!(record.phase, Phase::Running { lease_left } if lease_left > 0);
        state.ghost.lease_broken |= is_held && !self.clocks_differ;
        let was_lost = seen.status == Open::Running;
        record.lost_leases = (seen.lost_leases + u8::from(was_lost)).min(MAX_LOST_LEASES);
        record.phase = Phase::Running { lease_left: LEASE };
        record.epoch += 1;
        record.due_left = Some(LEASE);
        state.forget_nonces();
        state.dispossess();
        state.due_has_moved();
        state.workers[number] = match fortune {
            Fortune::Lost => Worker::Looking {
                seen,
                is_mine: true,
            },
            Fortune::Heard | Fortune::Again => owned(state),
        };
    }
}

/// The opposite of `unclaimable`.
fn claimable(record: &Record, is_early: bool) -> Option<Open> {
    match record.phase {
        Phase::Queued => Some(Open::Queued),
        Phase::Running { lease_left } => (lease_left == 0 || is_early).then_some(Open::Running),
        Phase::Waiting { resume_left } => (resume_left == 0 || is_early).then_some(Open::Waiting),
        Phase::Ended(_) => None,
    }
}

fn status(record: &Record) -> Option<Open> {
    claimable(record, true)
}

/// The response to the claim, and the reads after it, which only a newer owner can change. A worker that finds its request
/// or checkpoint missing returns the message to the queue.
fn owned(state: &State) -> Worker {
    let Some(record) = state.record else {
        return Worker::Idle;
    };
    let has_checkpoint = match record.stored {
        Stored::Nowhere | Stored::Inline(_) => true,
        Stored::Slot(slot) => state.slots[slot].is_some(),
    };
    if !state.requests[record.generation] || !has_checkpoint {
        return Worker::Idle;
    }
    Worker::Working(Owned {
        generation: record.generation,
        epoch: record.epoch,
        sequence: record.sequence,
        must_fail: record.lost_leases >= MAX_LOST_LEASES,
        effects: state.visible_effects(&record),
        is_owner: true,
    })
}
