//! The limits on the state of an execution and on its branches.

use super::{NOW_MS, advance, context, parse, run, sandbox};
use crate::{Advanced, Effect, Event, MAX_STATE_BYTES, MAX_VALUES, Run, StepStatus};
use serde_json::{Value, json};

/// A workflow with as many branches that wait.
fn waiting_branches(count: usize) -> String {
    let branches: Vec<String> = (0..count)
        .map(|at| format!("{{ b{at}: {{ wait: PT1H }} }}"))
        .collect();
    format!(
        "do: [ {{ all: {{ fork: {{ branches: [ {} ] }} }} }} ]",
        branches.join(", ")
    )
}

/// Runs until the run waits, or has ended.
fn until_it_waits(run: &mut Run, tasks: &str) -> Advanced {
    let (definition, sandbox) = (parse(tasks), sandbox());
    let (mut event, mut steps) = (Event::Start, Vec::new());
    loop {
        let mut advanced = advance(&definition, run, event, NOW_MS, &sandbox).expect("not stuck");
        steps.append(&mut advanced.steps);
        if advanced.effect != Effect::Continue {
            return Advanced { steps, ..advanced };
        }
        assert!(run.state_bytes() <= MAX_STATE_BYTES);
        event = Event::Continue;
    }
}

fn text_of(bytes: usize) -> Value {
    json!({"text": "x".repeat(bytes)})
}

#[test]
fn the_size_of_the_state_is_that_of_its_json() {
    let mut run = Run::start(context(), json!({"text": "\u{1}\"ä"}));
    until_it_waits(&mut run, &waiting_branches(3));
    let checkpoint = serde_json::to_vec(&run).expect("JSON");
    assert_eq!(run.state_bytes(), checkpoint.len());
}

#[test]
fn a_state_at_the_limit_is_kept_and_one_byte_more_ends_the_execution() {
    let tasks = "do: [ { rest: { wait: PT1H } } ]";
    let mut small = Run::start(context(), text_of(0));
    until_it_waits(&mut small, tasks);
    // The state holds the input as a whole, as `$context`, and as the input of the list and of the task.
    let copies = 4;
    let most = (MAX_STATE_BYTES - small.state_bytes()) / copies;
    let mut run = Run::start(context(), text_of(most));
    let effect = until_it_waits(&mut run, tasks).effect;
    assert!(matches!(effect, Effect::Wait { .. }), "{effect:?}");
    let mut run = Run::start(context(), text_of(most + 1));
    let Effect::Fault(fault) = until_it_waits(&mut run, tasks).effect else {
        panic!("the state is too large");
    };
    assert_eq!(fault.status, 500);
    assert!(
        fault
            .detail
            .is_some_and(|detail| detail.contains("2000000 bytes"))
    );
}

#[test]
fn a_state_of_the_most_values_is_kept_and_one_more_in_each_copy_ends_the_execution() {
    let list_of = |values: usize| json!({"list": vec![0; values]});
    let tasks = "do: [ { rest: { wait: PT1H } } ]";
    let mut small = Run::start(context(), list_of(0));
    until_it_waits(&mut small, tasks);
    let json = serde_json::to_value(&small).expect("JSON");
    assert_eq!(small.state_values(), values_of(&json));
    let copies = 4;
    let most = (MAX_VALUES - small.state_values()) / copies;
    let mut run = Run::start(context(), list_of(most));
    let effect = until_it_waits(&mut run, tasks).effect;
    assert!(matches!(effect, Effect::Wait { .. }), "{effect:?}");
    let mut run = Run::start(context(), list_of(most + 1));
    let effect = until_it_waits(&mut run, tasks).effect;
    assert!(matches!(effect, Effect::Fault(_)), "{effect:?}");
}

fn values_of(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(values_of).sum(),
        Value::Object(members) => members.values().map(values_of).sum::<usize>(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

#[test]
fn an_execution_whose_state_is_too_large_leaves_a_small_one() {
    let nested = (0..8).fold(
        "do: [ { rest: { wait: PT1H } } ]".to_owned(),
        |inner, level| format!("do: [ {{ level{level}: {{ {inner} }} }} ]"),
    );
    for tasks in [nested, waiting_branches(90)] {
        let mut run = Run::start(context(), text_of(300_000));
        let advanced = until_it_waits(&mut run, &tasks);
        assert!(
            matches!(advanced.effect, Effect::Fault(_)),
            "{:?}",
            advanced.effect
        );
        assert!(run.has_ended());
        assert!(run.state_bytes() < 310_000, "only the input is left");
        let failed = advanced
            .steps
            .iter()
            .filter(|step| step.status == StepStatus::Failed);
        assert!(failed.clone().count() > 0 && failed.clone().all(|step| step.input.is_null()));
    }
}

#[test]
fn a_try_does_not_catch_a_state_that_is_too_large() {
    let inner = waiting_branches(90);
    let tasks = format!("do: [ {{ a: {{ try: [ {{ b: {{ {inner} }} }} ], catch: {{}} }} }} ]");
    let mut run = Run::start(context(), text_of(100_000));
    let effect = until_it_waits(&mut run, &tasks).effect;
    assert!(matches!(effect, Effect::Fault(_)), "{effect:?}");
}

#[test]
fn a_hundred_branches_share_their_input() {
    let branches: Vec<String> = (0..100)
        .map(|at| format!("{{ b{at}: {{ set: {{ n: {at} }} }} }}"))
        .collect();
    let tasks = format!(
        "do: [ {{ all: {{ fork: {{ branches: [ {} ] }} }} }} ]",
        branches.join(", ")
    );
    let outcome = run(&tasks, text_of(15_000));
    assert_eq!(outcome.output()[99], json!({"n": 99}));
}

#[test]
fn nested_forks_together_have_at_most_a_hundred_branches() {
    let nested = |inner: usize| {
        let branches: Vec<String> = (0..2)
            .map(|at| format!("{{ o{at}: {{ {} }} }}", waiting_branches(inner)))
            .collect();
        format!(
            "do: [ {{ outer: {{ fork: {{ branches: [ {} ] }} }} }} ]",
            branches.join(", ")
        )
    };
    let mut run = Run::start(context(), json!({}));
    let effect = until_it_waits(&mut run, &nested(49)).effect;
    assert!(matches!(effect, Effect::Wait { .. }), "{effect:?}");
    let mut run = Run::start(context(), json!({}));
    let Effect::Fault(fault) = until_it_waits(&mut run, &nested(50)).effect else {
        panic!("there are 102 branches");
    };
    assert!(
        fault
            .detail
            .is_some_and(|detail| detail.contains("at most 100 branches"))
    );
}
