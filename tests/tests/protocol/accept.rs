//! The trigger: `Executions::accept`, and the message after it. The request is one that does not fit into the state item.

use crate::ghost::Ghost;
use crate::model::Fortune;
use crate::processes::Trigger;
use crate::protocol::Protocol;
use crate::state::{NEXT_LOOK, Phase, Record, State, Stored};

impl Protocol {
    pub(crate) fn deliver(&self, state: &mut State, number: usize, fortune: Fortune) {
        match state.triggers[number] {
            Trigger::Idle => {
                // `put_request`: under the nonce, unconditionally.
                state.requests[number] = true;
                state.triggers[number] = Trigger::Recording;
            }
            Trigger::Recording | Trigger::Repeating => self.put_state(state, number, fortune),
            Trigger::AnsweredNew | Trigger::AnsweredDuplicate { .. } => {}
        }
    }

    /// The execution was recorded before, and its message is in the queue.
    pub(crate) fn accepted(&self, state: &mut State) {
        state.requests[0] = true;
        self.create(state, 0);
        state.triggers[0] = send(state);
    }

    /// `put_state`: `attribute_not_exists(pk) OR (attribute_exists(ended) AND expires_at <= :now)`.
    fn put_state(&self, state: &mut State, number: usize, fortune: Fortune) {
        let found = state.record;
        let may_write = found.is_none_or(|found| found.has_expired) || !self.guards.accept;
        if may_write {
            self.create(state, number);
            state.triggers[number] = match fortune {
                Fortune::Heard => send(state),
                Fortune::Lost | Fortune::Again => Trigger::Repeating,
            };
            return;
        }
        let generation = found.map_or(number, |found| found.generation);
        state.triggers[number] = if generation == number && self.guards.nonce {
            send(state)
        } else {
            state.ghost.untrue_answer |= generation == number;
            Trigger::AnsweredDuplicate { generation }
        };
    }

    fn create(&self, state: &mut State, generation: usize) {
        state.forget_nonces();
        state.dispossess();
        state.due_has_moved();
        state.slots = [None; 2];
        state.ghost = Ghost {
            recorded_effects: 0,
            ..state.ghost
        };
        state.record = Some(Record {
            generation,
            phase: Phase::Queued,
            epoch: 0,
            sequence: 0,
            lost_leases: 0,
            stored: Stored::Nowhere,
            due_left: self.guards.due.then_some(NEXT_LOOK),
            has_expired: false,
        });
    }
}

/// A failed send is no error for the sender of the webhook.
fn send(state: &mut State) -> Trigger {
    state.has_message = true;
    Trigger::AnsweredNew
}
