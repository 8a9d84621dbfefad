//! The protocol of accept, claim, checkpoint, sweep, cancel and delete, explored whole: two workers, a sweeper and those
//! who deliver, cancel and delete, in every order, each dying at every step, answers lost, messages lost and repeated,
//! the due index lagging. One atomic step is one write, with the condition that `shared/store` gives it; what the writes
//! are about (steps, sizes, tenants) is not here.

mod accept;
mod canonical;
mod checkpoint;
mod claim;
mod ghost;
mod model;
mod outside;
mod processes;
mod properties;
mod protocol;
mod recovery;
mod state;

use properties::{ACCEPTED, DUE, EFFECTS, ENDS, FENCE, LEASE, NOTHING, RECOVERS, RUNNABLE, TRUE};
use protocol::{ALL, Guards, Protocol};
use stateright::{Checker, Model as _};

/// Two workers, a sweep and a cancel: leases, hand-overs, waits, clocks that differ.
fn owners(guards: Guards) -> Protocol {
    Protocol {
        guards,
        effects: 2,
        waits: true,
        clocks_differ: true,
        ..Protocol::default()
    }
}

/// Checkpoints that are items of their own, in two slots.
fn checkpoints(guards: Guards) -> Protocol {
    Protocol {
        guards,
        effects: 3,
        has_slots: true,
        cancels: false,
        ..Protocol::default()
    }
}

/// The same, where attempts that were given up come late.
fn late_attempts(guards: Guards) -> Protocol {
    Protocol {
        late_attempts: true,
        hands_over: false,
        loses_answers: false,
        sweeps: false,
        ..checkpoints(guards)
    }
}

/// Late attempts of claims, too: after a hand-over they find what they ask for.
fn late_claims(guards: Guards) -> Protocol {
    Protocol {
        guards,
        waits: true,
        late_attempts: true,
        ..Protocol::default()
    }
}

/// A delivery and its repetition, while what they make is cancelled and deleted.
fn deletes(guards: Guards) -> Protocol {
    Protocol {
        guards,
        deliveries: 2,
        effects: 0,
        deletes: true,
        loses_answers: false,
        ..Protocol::default()
    }
}

/// The same, where it expires.
fn expiries(guards: Guards) -> Protocol {
    Protocol {
        deletes: false,
        expires: true,
        ..deletes(guards)
    }
}

fn holds(name: &str, protocol: Protocol) {
    let begun = std::time::Instant::now();
    let checker = protocol.checker().spawn_bfs().join();
    let states = checker.unique_state_count();
    let depth = checker.max_depth();
    eprintln!(
        "{name}: {states} states, {depth} steps deep, {:.1?}",
        begun.elapsed()
    );
    checker.assert_properties();
    assert!(
        states > 5_000,
        "{states} states are too few to say anything"
    );
}

/// The checker finds what the guard is there for, and that is the first thing it looks for.
fn breaks(protocol: Protocol, property: &'static str) {
    let checker = protocol
        .checker()
        .finish_when(stateright::HasDiscoveries::AnyOf([property].into()))
        .spawn_bfs()
        .join();
    let path = checker.assert_any_discovery(property);
    eprintln!("{property}: broken by {:?}", path.into_actions());
}

#[test]
fn owners_in_every_order_keep_the_invariants() {
    holds("owners", owners(ALL));
}

#[test]
fn checkpoints_in_every_order_keep_the_invariants() {
    holds("checkpoints", checkpoints(ALL));
}

#[test]
fn attempts_that_come_late_keep_the_invariants() {
    holds("late attempts", late_attempts(ALL));
}

#[test]
fn claims_that_come_late_keep_the_invariants() {
    holds("late claims", late_claims(ALL));
}

#[test]
fn deliveries_and_deletes_in_every_order_keep_the_invariants() {
    holds("deletes", deletes(ALL));
}

#[test]
fn deliveries_and_expiries_in_every_order_keep_the_invariants() {
    holds("expiries", expiries(ALL));
}

#[test]
fn without_the_epoch_a_lost_owner_writes() {
    let guards = Guards {
        fence: false,
        ..ALL
    };
    breaks(owners(guards), FENCE);
}

#[test]
fn without_the_generation_the_owner_of_a_deleted_execution_writes_into_the_next() {
    let guards = Guards {
        generation: false,
        ..ALL
    };
    breaks(deletes(guards), FENCE);
}

#[test]
fn without_the_nonce_a_repeated_call_takes_its_own_write_for_anothers() {
    let guards = Guards {
        nonce: false,
        ..ALL
    };
    breaks(owners(guards), TRUE);
}

#[test]
fn without_due_at_a_lost_message_is_lost() {
    let guards = Guards { due: false, ..ALL };
    breaks(owners(guards), DUE);
    breaks(owners(guards), RECOVERS);
}

#[test]
fn without_its_condition_a_sweep_brings_back_what_has_ended() {
    let guards = Guards {
        postpone: false,
        ..ALL
    };
    breaks(owners(guards), ENDS);
    breaks(deletes(guards), NOTHING);
}

#[test]
fn without_its_condition_a_second_delivery_overwrites_the_first() {
    let guards = Guards {
        accept: false,
        ..ALL
    };
    breaks(deletes(guards), ACCEPTED);
}

#[test]
fn without_the_epoch_that_it_saw_a_claim_takes_what_another_holds() {
    let guards = Guards {
        claim_epoch: false,
        ..ALL
    };
    breaks(deletes(guards), LEASE);
}

#[test]
fn without_its_condition_a_cancel_ends_what_has_ended() {
    let guards = Guards {
        cancel: false,
        ..ALL
    };
    breaks(owners(guards), ENDS);
}

#[test]
fn without_the_sequence_a_late_attempt_undoes_a_checkpoint() {
    let guards = Guards {
        sequence: false,
        ..ALL
    };
    breaks(late_attempts(guards), EFFECTS);
}

#[test]
fn without_epoch_or_sequence_a_late_child_overwrites_the_one_that_is_named() {
    let epoch = Guards {
        child_epoch: false,
        ..ALL
    };
    breaks(checkpoints(epoch), EFFECTS);
    let sequence = Guards {
        child_sequence: false,
        ..ALL
    };
    breaks(late_attempts(sequence), EFFECTS);
}

#[test]
fn without_the_generation_a_delete_takes_the_request_of_the_next() {
    let guards = Guards {
        delete: false,
        ..ALL
    };
    breaks(deletes(guards), RUNNABLE);
}
