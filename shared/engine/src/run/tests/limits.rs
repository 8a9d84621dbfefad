//! Waits, durations, and the limits of a run.

use super::{NOW_MS, advance, context, drive, parse, run, sandbox};
use crate::{Effect, Event, MAX_TASKS, Run, Sandbox};
use serde_json::json;
use std::time::Duration;

#[test]
fn a_wait_ends_at_its_time_and_not_before() {
    let definition = parse("do: [ { pause: { wait: { minutes: 2, seconds: 1 } } } ]");
    let (sandbox, mut run) = (sandbox(), Run::start(context(), json!({"kept": true})));
    let mut at = |event, now_ms| {
        advance(&definition, &mut run, event, now_ms, &sandbox)
            .expect("no expression is stuck")
            .effect
    };
    let wait = Effect::Wait {
        until_ms: NOW_MS + 121_000,
    };
    assert_eq!(at(Event::Start, NOW_MS), wait);
    assert_eq!(at(Event::Resumed, NOW_MS + 120_999), wait);
    assert_eq!(
        at(Event::Resumed, NOW_MS + 121_000),
        Effect::Done(json!({"kept": true}))
    );
    assert_eq!(
        at(Event::Continue, NOW_MS + 130_000),
        Effect::Done(json!({"kept": true}))
    );
}

#[test]
fn durations_come_in_every_form() {
    for (written, wait_ms) in [
        ("PT15S", 15_000),
        ("P1DT12H", 129_600_000),
        ("{ milliseconds: 250 }", 250),
        ("'${ .length }'", 90_000),
        ("{ seconds: '${ 2 + 1 }' }", 3_000),
    ] {
        let definition = parse(&format!("do: [ {{ pause: {{ wait: {written} }} }} ]"));
        let mut run = Run::start(context(), json!({"length": "PT1M30S"}));
        let advanced = advance(&definition, &mut run, Event::Start, NOW_MS, &sandbox())
            .expect("no expression is stuck");
        assert_eq!(
            advanced.effect,
            Effect::Wait {
                until_ms: NOW_MS + wait_ms
            },
            "{written}"
        );
    }
}

#[test]
fn an_endless_loop_yields_and_faults_at_the_limit() {
    let outcome = run(
        "do: [ { again: { set: { a: 1 }, then: again } } ]",
        json!({}),
    );
    assert!(
        outcome
            .fault()
            .detail
            .as_deref()
            .is_some_and(|detail| detail.contains("at most"))
    );
    assert_eq!(outcome.steps.len() as u64, MAX_TASKS);
    assert!(outcome.slices > 100);
}

#[test]
fn a_workflow_of_ten_thousand_steps_ends_and_its_state_stays_small() {
    let tasks = "
do:
  - count: { set: { n: '${ .n + 1 }' } }
  - again: { switch: [ { more: { when: .n < 5000, then: count } } ] }
";
    let mut largest = 0;
    let outcome = drive(
        &parse(tasks),
        json!({"n": 0}),
        |action| panic!("{action:?}"),
        |run| {
            largest = largest.max(serde_json::to_vec(&run).expect("JSON").len());
            run
        },
    );
    assert_eq!(outcome.output(), &json!({"n": 5000}));
    assert_eq!(outcome.steps.len(), 10_000);
    assert!(largest < 1_000, "{largest}");
}

#[test]
fn an_expression_that_does_not_end_in_time_is_stuck() {
    let definition = parse("do: [ { a: { set: '${ [range(100000)] | length }' } } ]");
    let mut run = Run::start(context(), json!({}));
    let hasty = Sandbox::with_time_limit(Duration::from_nanos(1));
    assert!(advance(&definition, &mut run, Event::Start, NOW_MS, &hasty).is_err());
}

#[test]
fn a_checkpoint_of_another_version_is_refused() {
    let mut checkpoint = serde_json::to_value(Run::start(context(), json!({}))).expect("JSON");
    checkpoint["v"] = json!(99);
    let error = serde_json::from_value::<Run>(checkpoint).expect_err("must be refused");
    assert!(error.to_string().contains("99"));
}
