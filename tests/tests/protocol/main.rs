//! A model of accept, claim, checkpoint, sweep, cancel and delete, which the checker explores completely: two workers, a
//! sweep, a sender, a cancel and a delete, in every order. Each process may crash at every step, responses may be lost,
//! messages may be lost and repeated, and the due index may lag. One atomic step is one write, with the condition that
//! `shared/store` gives it. Steps, sizes and tenants are left out.

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

/// Two workers, a sweep and a cancel, with leases, hand-overs, waits and clocks that differ.
fn owners(guards: Guards) -> Protocol {
    Protocol {
        guards,
        effects: 2,
        waits: true,
        clocks_differ: true,
        ..Protocol::default()
    }
}

/// Checkpoints that are child items, in two slots.
fn checkpoints(guards: Guards) -> Protocol {
    Protocol {
        guards,
        effects: 3,
        has_slots: true,
        cancels: false,
        ..Protocol::default()
    }
}

/// The same, where attempts that the SDK has given up take effect late.
fn late_attempts(guards: Guards) -> Protocol {
    Protocol {
        late_attempts: true,
        hands_over: false,
        loses_answers: false,
        sweeps: false,
        ..checkpoints(guards)
    }
}

/// Late attempts of claims as well; after a hand-over their condition holds again.
fn late_claims(guards: Guards) -> Protocol {
    Protocol {
        guards,
        waits: true,
        late_attempts: true,
        ..Protocol::default()
    }
}

/// A webhook and its repeat, while their execution is cancelled and deleted.
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

/// The same, where the execution expires.
fn expiries(guards: Guards) -> Protocol {
    Protocol {
        deletes: false,
        expires: true,
        ..deletes(guards)
    }
}

fn assert_holds(name: &str, protocol: Protocol) {
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

/// Without a guard, the checker finds that the property is violated.
fn assert_violates(protocol: Protocol, property: &'static str) {
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
    assert_holds("owners", owners(ALL));
}

#[test]
fn checkpoints_in_every_order_keep_the_invariants() {
    assert_holds("checkpoints", checkpoints(ALL));
}

#[test]
fn late_attempts_keep_the_invariants() {
    assert_holds("late attempts", late_attempts(ALL));
}

#[test]
fn late_claims_keep_the_invariants() {
    assert_holds("late claims", late_claims(ALL));
}

#[test]
fn deliveries_and_deletes_in_every_order_keep_the_invariants() {
    assert_holds("deletes", deletes(ALL));
}

#[test]
fn deliveries_and_expiries_in_every_order_keep_the_invariants() {
    assert_holds("expiries", expiries(ALL));
}

#[test]
fn without_the_epoch_an_owner_without_a_lease_writes() {
    let guards = Guards {
        fence: false,
        ..ALL
    };
    assert_violates(owners(guards), FENCE);
}

#[test]
fn without_the_generation_the_owner_of_a_deleted_execution_writes_into_the_next_one() {
    let guards = Guards {
        generation: false,
        ..ALL
    };
    assert_violates(deletes(guards), FENCE);
}

#[test]
fn without_the_nonce_a_repeated_call_does_not_recognise_its_own_write() {
    let guards = Guards {
        nonce: false,
        ..ALL
    };
    assert_violates(owners(guards), TRUE);
}

#[test]
fn without_due_at_a_lost_message_is_never_sent_again() {
    let guards = Guards { due: false, ..ALL };
    assert_violates(owners(guards), DUE);
    assert_violates(owners(guards), RECOVERS);
}

#[test]
fn without_its_condition_a_sweep_makes_an_ended_execution_due_again() {
    let guards = Guards {
        postpone: false,
        ..ALL
    };
    assert_violates(owners(guards), ENDS);
    assert_violates(deletes(guards), NOTHING);
}

#[test]
fn without_its_condition_a_second_delivery_overwrites_the_first() {
    let guards = Guards {
        accept: false,
        ..ALL
    };
    assert_violates(deletes(guards), ACCEPTED);
}

#[test]
fn without_the_seen_epoch_a_claim_takes_an_execution_from_its_owner() {
    let guards = Guards {
        claim_epoch: false,
        ..ALL
    };
    assert_violates(deletes(guards), LEASE);
}

#[test]
fn without_its_condition_a_cancel_changes_an_ended_execution() {
    let guards = Guards {
        cancel: false,
        ..ALL
    };
    assert_violates(owners(guards), ENDS);
}

#[test]
fn without_the_sequence_a_late_attempt_undoes_a_checkpoint() {
    let guards = Guards {
        sequence: false,
        ..ALL
    };
    assert_violates(late_attempts(guards), EFFECTS);
}

#[test]
fn without_epoch_or_sequence_a_late_child_overwrites_the_current_one() {
    let epoch = Guards {
        child_epoch: false,
        ..ALL
    };
    assert_violates(checkpoints(epoch), EFFECTS);
    let sequence = Guards {
        child_sequence: false,
        ..ALL
    };
    assert_violates(late_attempts(sequence), EFFECTS);
}

#[test]
fn without_the_generation_a_delete_removes_the_request_of_the_next_execution() {
    let guards = Guards {
        delete: false,
        ..ALL
    };
    assert_violates(deletes(guards), RUNNABLE);
}
