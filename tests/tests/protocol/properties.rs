//! The properties that hold in every reachable state, and the states that must be reachable for that to mean anything.

use stateright::Property;

use crate::processes::{Sweeper, Trigger, Worker};
use crate::protocol::Protocol;
use crate::state::{Ending, Phase, State};

pub(crate) const FENCE: &str = "an owner that lost its lease changes nothing that anybody sees";
pub(crate) const LEASE: &str = "no live lease is taken over";
pub(crate) const ENDS: &str = "what has ended stays as it ended";
pub(crate) const ACCEPTED: &str = "a 2xx names an execution that is there, or has ended";
pub(crate) const EFFECTS: &str = "an effect that was recorded stays recorded";
pub(crate) const DUE: &str = "what has not ended is due, and nothing else";
pub(crate) const RUNNABLE: &str = "what has not ended has its request";
pub(crate) const TRUE: &str = "no process gets a wrong answer";
pub(crate) const NOTHING: &str = "no write of a record makes a new one";
pub(crate) const RECOVERS: &str = "if all die here, sweeps and one worker bring it to its end";

pub(crate) fn all(protocol: &Protocol) -> Vec<Property<Protocol>> {
    let mut all = vec![
        Property::always(FENCE, |_, state: &State| !state.ghost.fence_broken),
        Property::always(LEASE, |_, state: &State| !state.ghost.lease_broken),
        Property::always(ENDS, |_, state: &State| !state.ghost.end_changed),
        Property::always(ACCEPTED, |_, state: &State| {
            is_what_was_accepted_there(state)
        }),
        Property::always(EFFECTS, |_, state: &State| {
            let open = state.open();
            open.is_none_or(|open| state.visible_effects(open) == state.ghost.recorded_effects)
        }),
        Property::always(DUE, |_, state: &State| is_due_as_long_as_open(state)),
        Property::always(RUNNABLE, |_, state: &State| {
            let open = state.open();
            open.is_none_or(|open| state.requests[open.generation])
        }),
        Property::always(TRUE, |_, state: &State| !state.ghost.untrue_answer),
        Property::always(NOTHING, |_, state: &State| !state.ghost.from_nothing),
        Property::always(RECOVERS, Protocol::recovers),
        Property::sometimes("it succeeds", |_, state: &State| {
            has_ended(state, Ending::Succeeded)
        }),
        Property::sometimes("it fails after lost leases", |_, state: &State| {
            has_ended(state, Ending::Failed)
        }),
        Property::sometimes(
            "an owner has lost its lease, and works on",
            |_, state: &State| {
                let lost =
                    |worker: &Worker| matches!(worker, Worker::Working(owned) if !owned.is_owner);
                state.workers.iter().any(lost)
            },
        ),
    ];
    if protocol.sweeps {
        let name = "a sweep has seen an entry that is out of date";
        all.push(Property::sometimes(name, |_, state: &State| {
            state.sweeper == Sweeper::Looked { is_current: false }
        }));
    }
    if protocol.cancels {
        all.push(Property::sometimes(
            "it is cancelled",
            |_, state: &State| has_ended(state, Ending::Cancelled),
        ));
    }
    if protocol.deletes || protocol.expires {
        all.push(Property::sometimes(
            "its delivery id is used again",
            |_, state: &State| state.triggers == [Trigger::AnsweredNew; 2],
        ));
    }
    all
}

fn has_ended(state: &State, ending: Ending) -> bool {
    let record = state.record;
    record.is_some_and(|record| record.phase == Phase::Ended(ending))
}

fn is_what_was_accepted_there(state: &State) -> bool {
    let is_there = |generation: usize| {
        let record = state.record;
        record.is_some_and(|record| record.generation == generation)
            || state.ghost.has_ended[generation]
    };
    state
        .triggers
        .iter()
        .enumerate()
        .all(|(number, trigger)| match trigger {
            Trigger::AnsweredNew => is_there(number),
            Trigger::AnsweredDuplicate { generation } => is_there(*generation),
            Trigger::Idle | Trigger::Recording | Trigger::Repeating => true,
        })
}

fn is_due_as_long_as_open(state: &State) -> bool {
    let record = state.record;
    record.is_none_or(|record| state.open().is_some() == record.due_left.is_some())
}
