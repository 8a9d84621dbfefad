//! `ExecutionLeases::checkpoint`: the child, then the fenced write of the state that names it.

use crate::model::Fortune;
use crate::processes::{Late, Next, Owned, Save, Worker};
use crate::protocol::Protocol;
use crate::state::{Child, Ending, NEXT_LOOK, Phase, State, Stored, WAIT, WAIT_DUE};

impl Protocol {
    /// The next status that the worker may write after an effect, near its deadline or not.
    pub(crate) fn nexts(&self, owned: &Owned) -> &'static [Next] {
        if owned.must_fail {
            &[Next::Failed]
        } else if owned.effects < self.effects && self.hands_over {
            &[Next::Running, Next::Queued]
        } else if owned.effects < self.effects {
            &[Next::Running]
        } else if owned.effects == self.effects && self.waits {
            &[Next::Waiting]
        } else {
            &[Next::Succeeded]
        }
    }

    /// An effect is performed, and the write of its checkpoint begins.
    pub(crate) fn save(&self, state: &mut State, number: usize, next: Next, fortune: Fortune) {
        let Worker::Working(owned) = state.workers[number] else {
            return;
        };
        let effects = owned.effects + 1;
        let slot = usize::from((owned.sequence + 1) % 2);
        let stored = if self.has_slots {
            Stored::Slot(slot)
        } else {
            Stored::Inline(effects)
        };
        let save = Save {
            owned,
            next,
            stored,
            effects,
        };
        let saving = Worker::Saving {
            save,
            is_mine: false,
        };
        if !self.has_slots {
            state.workers[number] = saving;
            self.name(state, number, fortune);
            return;
        }
        let child = Child {
            epoch: owned.epoch,
            sequence: owned.sequence + 1,
            effects,
        };
        let is_written = self.put_child(state, owned.generation, slot, child);
        state.workers[number] = if is_written { saving } else { Worker::Idle };
        if is_written && fortune == Fortune::Again {
            state.late = Some(Late::Child {
                generation: owned.generation,
                slot,
                child,
            });
        }
    }

    /// `put_child`: allowed for the newest epoch that wrote the child, and not after a later checkpoint of the same epoch.
    pub(crate) fn put_child(
        &self,
        state: &mut State,
        generation: usize,
        slot: usize,
        child: Child,
    ) -> bool {
        let is_seen = state
            .record
            .is_some_and(|record| record.generation == generation);
        if !is_seen {
            // In a generation that is not read any more.
            return true;
        }
        let found = state.slots[slot];
        let is_newest = found.is_none_or(|found| {
            (found.epoch <= child.epoch || !self.guards.child_epoch)
                && (found.epoch != child.epoch
                    || found.sequence <= child.sequence
                    || !self.guards.child_sequence)
        });
        if is_newest {
            state.slots[slot] = Some(child);
        }
        is_newest
    }

    /// `name_children`, and what follows from its response.
    pub(crate) fn name(&self, state: &mut State, number: usize, fortune: Fortune) {
        let Worker::Saving { save, is_mine } = state.workers[number] else {
            return;
        };
        let is_written = self.write_name(state, &save, save.owned.is_owner);
        if is_written && fortune == Fortune::Lost {
            state.workers[number] = Worker::Saving {
                save,
                is_mine: true,
            };
            return;
        }
        if is_written && fortune == Fortune::Again {
            state.late = Some(Late::Checkpoint(save));
        }
        let is_ours = is_written || (is_mine && self.guards.nonce);
        state.ghost.untrue_answer |= is_mine && !is_ours;
        state.workers[number] = match save.next {
            _ if !is_ours => Worker::Idle,
            Next::Running => Worker::Working(Owned {
                sequence: save.owned.sequence + 1,
                effects: save.effects,
                must_fail: false,
                ..save.owned
            }),
            Next::Queued | Next::Waiting => {
                state.has_message = true;
                Worker::Idle
            }
            Next::Succeeded | Next::Failed => Worker::Idle,
        };
    }

    /// `name_children`: `epoch = :epoch AND status = running AND generation = :generation AND sequence = :seen`.
    pub(crate) fn write_name(&self, state: &mut State, save: &Save, is_owner: bool) -> bool {
        let Some(mut record) = state.record else {
            return false;
        };
        let is_fenced_out = (self.guards.fence && record.epoch != save.owned.epoch)
            || (self.guards.generation && record.generation != save.owned.generation)
            || (self.guards.sequence && record.sequence != save.owned.sequence)
            || !matches!(record.phase, Phase::Running { .. });
        if is_fenced_out {
            return false;
        }
        state.ghost.fence_broken |= !is_owner;
        state.ghost.recorded_effects = state.ghost.recorded_effects.max(save.effects);
        state.forget_nonces();
        record.sequence = save.owned.sequence + 1;
        record.stored = save.stored;
        record.lost_leases = 0;
        let (phase, due_left) = match save.next {
            Next::Running => (record.phase, record.due_left),
            Next::Queued => (Phase::Queued, Some(NEXT_LOOK)),
            Next::Waiting => (Phase::Waiting { resume_left: WAIT }, Some(WAIT_DUE)),
            Next::Succeeded => (Phase::Ended(Ending::Succeeded), None),
            Next::Failed => (Phase::Ended(Ending::Failed), None),
        };
        record.phase = phase;
        record.due_left = due_left;
        state.record = Some(record);
        if save.next != Next::Running {
            state.dispossess();
            state.due_has_moved();
        }
        true
    }
}
