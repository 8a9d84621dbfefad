//! The protocol as the checker's model: the actions that are possible in a state, and their results.

use stateright::{Model, Property};

use crate::processes::{Canceller, Deleter, Next, Sweeper, Trigger, Worker};
use crate::properties;
use crate::protocol::Protocol;
use crate::state::{Phase, Record, State};

/// The fate of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fortune {
    Heard,
    /// It takes effect, but the response is lost, and the SDK repeats it.
    Lost,
    /// The SDK gives up the first attempt; the second succeeds; the first takes effect later.
    Again,
}

/// One step of a process, or of the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Tick,
    MessageIsLost,
    RetentionEnds,
    LateAttemptArrives,
    Deliver {
        trigger: usize,
        fortune: Fortune,
    },
    Receive {
        worker: usize,
        fortune: Fortune,
        is_early: bool,
    },
    Repeat {
        worker: usize,
        fortune: Fortune,
    },
    Save {
        worker: usize,
        next: Next,
        fortune: Fortune,
    },
    Die {
        worker: usize,
    },
    Look {
        is_current: bool,
    },
    PickUp(Fortune),
    SweeperDies,
    Cancel(Fortune),
    Delete,
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let mut first = State::first();
        if self.deliveries == 0 {
            self.accepted(&mut first);
        }
        vec![first]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        self.of_the_world(state, actions);
        for (trigger, stage) in state.triggers.iter().enumerate().take(self.deliveries) {
            self.of_a_trigger(trigger, *stage, actions);
        }
        for worker in 0..state.workers.len() {
            // Workers in the same state are interchangeable, so only one of them acts.
            if worker == 0 || state.workers[0] != state.workers[worker] {
                self.of_a_worker(state, worker, actions);
            }
        }
        self.of_outsiders(state, actions);
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = *last;
        match action {
            Action::Tick => state.tick(),
            Action::MessageIsLost => state.has_message = false,
            Action::RetentionEnds => {
                if let Some(record) = &mut state.record {
                    record.has_expired = true;
                }
            }
            Action::LateAttemptArrives => self.late_attempt(&mut state),
            Action::Deliver { trigger, fortune } => self.deliver(&mut state, trigger, fortune),
            Action::Receive {
                worker,
                fortune,
                is_early,
            } => self.claim_fresh(&mut state, worker, fortune, is_early),
            Action::Repeat { worker, fortune } => self.repeat(&mut state, worker, fortune),
            Action::Save {
                worker,
                next,
                fortune,
            } => self.save(&mut state, worker, next, fortune),
            Action::Die { worker } => state.workers[worker] = Worker::Idle,
            Action::Look { is_current } => Self::look(&mut state, is_current),
            Action::PickUp(fortune) => self.pick_up(&mut state, fortune),
            Action::SweeperDies => state.sweeper = Sweeper::Idle,
            Action::Cancel(fortune) => self.cancel(&mut state, fortune),
            Action::Delete => self.delete(&mut state),
        }
        note_ends(last, &mut state);
        let state = state.into_canonical();
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all(self)
    }
}

impl Protocol {
    fn of_the_world(&self, state: &State, actions: &mut Vec<Action>) {
        actions.push(Action::Tick);
        if state.has_message {
            actions.push(Action::MessageIsLost);
        }
        if self.expires && state.may_vanish() {
            actions.push(Action::RetentionEnds);
        }
        if state.late.is_some() {
            actions.push(Action::LateAttemptArrives);
        }
    }

    fn of_a_trigger(&self, trigger: usize, stage: Trigger, actions: &mut Vec<Action>) {
        let fortunes: &[Fortune] = match stage {
            Trigger::Idle => &[Fortune::Heard],
            Trigger::Recording | Trigger::Repeating => &[Fortune::Heard, Fortune::Lost],
            Trigger::AnsweredNew | Trigger::AnsweredDuplicate { .. } => &[],
        };
        let delivered = fortunes.iter().map(|fortune| Action::Deliver {
            trigger,
            fortune: *fortune,
        });
        actions.extend(delivered);
    }

    fn of_a_worker(&self, state: &State, worker: usize, actions: &mut Vec<Action>) {
        let stage = state.workers[worker];
        if stage != Worker::Idle {
            actions.push(Action::Die { worker });
        }
        for fortune in self.fortunes(state) {
            match stage {
                Worker::Idle if state.has_message => {
                    for is_early in [false, true] {
                        if self.clocks_differ || !is_early {
                            actions.push(Action::Receive {
                                worker,
                                fortune,
                                is_early,
                            });
                        }
                    }
                }
                Worker::Idle => {}
                Worker::Claiming { .. } | Worker::Looking { .. } | Worker::Saving { .. } => {
                    actions.push(Action::Repeat { worker, fortune });
                }
                Worker::Working(owned) => {
                    for next in self.nexts(&owned).iter().copied() {
                        actions.push(Action::Save {
                            worker,
                            next,
                            fortune,
                        });
                    }
                }
            }
        }
    }

    fn fortunes(&self, state: &State) -> impl Iterator<Item = Fortune> + use<> {
        let again = self.late_attempts && state.late.is_none();
        let lost = self.loses_answers.then_some(Fortune::Lost);
        [Fortune::Heard]
            .into_iter()
            .chain(lost)
            .chain(again.then_some(Fortune::Again))
    }

    fn of_outsiders(&self, state: &State, actions: &mut Vec<Action>) {
        let both = [Fortune::Heard, Fortune::Lost];
        match state.sweeper {
            Sweeper::Idle if !self.sweeps => {}
            Sweeper::Idle => {
                let looks = [true, false];
                actions.extend(looks.map(|is_current| Action::Look { is_current }));
            }
            Sweeper::Looked { .. } => {
                actions.extend(both.map(Action::PickUp));
                actions.push(Action::SweeperDies);
            }
        }
        let is_there = state.record.is_some();
        if self.cancels && is_there && state.canceller != Canceller::Answered {
            actions.extend(both.map(Action::Cancel));
        }
        if self.deletes && state.deleter != Deleter::Done {
            actions.push(Action::Delete);
        }
    }

    /// The next write of a worker, for the first time or again.
    fn repeat(&self, state: &mut State, worker: usize, fortune: Fortune) {
        match state.workers[worker] {
            Worker::Idle | Worker::Working(_) => {}
            Worker::Claiming { .. } => self.claim_fresh(state, worker, fortune, false),
            Worker::Looking { .. } => self.claim_seen(state, worker, fortune),
            Worker::Saving { .. } => self.name(state, worker, fortune),
        }
    }
}

/// Records the end of an execution; a change of it afterwards is a violation.
fn note_ends(last: &State, state: &mut State) {
    if let Some(Record {
        generation,
        phase: Phase::Ended(_),
        ..
    }) = state.record
    {
        state.ghost.has_ended[generation] = true;
    }
    if let (Some(before), Some(after)) = (last.record, state.record) {
        let had_ended = matches!(before.phase, Phase::Ended(_));
        let is_same = before.generation == after.generation;
        let has_changed = before.phase != after.phase || before.due_left != after.due_left;
        state.ghost.end_changed |= had_ended && is_same && has_changed;
    }
}
