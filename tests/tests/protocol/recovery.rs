//! Whether a state can be recovered from: every process crashes, the queue is emptied, and then nothing fails any more.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::model::Fortune;
use crate::processes::{Sweeper, Worker};
use crate::protocol::Protocol;
use crate::state::{LEASE, NEXT_LOOK, State, WAIT_DUE};

/// Enough steps for every effect, a hand-over after each, and every lease that may be lost.
const SWEEPS: usize = 8;

/// States that differ only in the processes that crash are equal afterwards, so their results are cached together.
#[derive(Debug, Default)]
pub(crate) struct Memory(Mutex<HashMap<State, bool>>);

impl Protocol {
    /// Whether sweeps and one worker bring the execution to its end from this state.
    pub(crate) fn recovers(&self, state: &State) -> bool {
        let dead = State {
            has_message: false,
            late: None,
            workers: [Worker::Idle; 2],
            sweeper: Sweeper::Idle,
            ..*state
        }
        .into_canonical();
        let mut memory = self.memory.0.lock().unwrap_or_else(PoisonError::into_inner);
        *memory
            .entry(dead)
            .or_insert_with(|| self.ends_after_sweeps(dead))
    }

    fn ends_after_sweeps(&self, mut state: State) -> bool {
        for _ in 0..SWEEPS {
            if state.open().is_none() {
                return true;
            }
            for _ in 0..LEASE + NEXT_LOOK + WAIT_DUE {
                state.tick();
            }
            Self::look(&mut state, true);
            self.pick_up(&mut state, Fortune::Heard);
            self.run_messages(&mut state);
        }
        state.open().is_none()
    }

    fn run_messages(&self, state: &mut State) {
        while std::mem::take(&mut state.has_message) {
            self.claim_fresh(state, 0, Fortune::Heard, false);
            loop {
                match state.workers[0] {
                    Worker::Idle => break,
                    Worker::Claiming { .. } => {
                        self.claim_fresh(state, 0, Fortune::Heard, false);
                    }
                    Worker::Looking { .. } => self.claim_seen(state, 0, Fortune::Heard),
                    Worker::Working(owned) => {
                        let next = self.nexts(&owned)[0];
                        self.save(state, 0, next, Fortune::Heard);
                    }
                    Worker::Saving { .. } => self.name(state, 0, Fortune::Heard),
                }
            }
        }
    }
}
