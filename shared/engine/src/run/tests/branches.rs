//! Branches: side by side, in races, with faults, inside each other.

use super::{NOW_MS, context, drive, json_answer, parse, run, run_with, sandbox};
use crate::{Effect, Event, Run, StepStatus, advance};
use serde_json::{Value, json};

#[test]
fn branches_run_side_by_side_and_give_their_outputs_in_order() {
    let tasks = "
do:
  - all:
      fork:
        branches:
          - slow: { do: [ { wait: { wait: PT5S } }, { a: { set: { at: '${ now }' } } } ] }
          - call: { call: http, with: { method: get, endpoint: 'http://127.0.0.1:1/x' } }
          - quick: { set: { quick: '${ .in }' } }
";
    let driven = run_with(tasks, json!({"in": 1}), |_| {
        json_answer(200, &json!("answer"))
    });
    let at = NOW_MS / 1_000 + 5;
    assert_eq!(
        driven.output(),
        &json!([{ "at": at }, "answer", {"quick": 1}])
    );
    let ended: Vec<_> = driven.names(StepStatus::Succeeded);
    assert_eq!(ended, ["quick", "call", "wait", "a", "slow", "all"]);
}

#[test]
fn the_first_branch_to_end_wins_a_race_and_the_others_are_cancelled() {
    let tasks = "
do:
  - race:
      fork:
        compete: true
        branches:
          - slow: { wait: PT5S }
          - quick: { do: [ { pause: { wait: PT1S } }, { won: { set: { winner: quick } } } ] }
";
    let driven = run(tasks, json!({}));
    assert_eq!(driven.output(), &json!({"winner": "quick"}));
    assert_eq!(driven.names(StepStatus::Failed), ["slow"]);
}

#[test]
fn a_fault_in_a_branch_ends_the_fork_and_can_be_caught() {
    let tasks = "
do:
  - safe:
      try:
        - all:
            fork:
              branches:
                - waits: { wait: P1D }
                - fails: { raise: { error: { type: 'https://example.com/e', status: 418 } } }
      catch: { do: [ { handled: { set: { status: '${ $error.status }' } } } ] }
";
    let driven = run(tasks, json!({}));
    assert_eq!(driven.output(), &json!({"status": 418}));
    assert_eq!(driven.names(StepStatus::Failed), ["fails", "waits", "all"]);
}

#[test]
fn an_answer_reaches_the_branch_that_asked_even_when_another_became_ready() {
    let tasks = "
do:
  - all:
      fork:
        branches:
          - later:
              do:
                - pause: { wait: PT1S }
                - second: { call: http, with: { method: get, endpoint: 'http://127.0.0.1:1/second' } }
          - first: { call: http, with: { method: get, endpoint: 'http://127.0.0.1:1/first' } }
";
    let (definition, sandbox) = (parse(tasks), sandbox());
    let mut run = Run::start(context(), json!({}));
    let mut at = |event, now_ms| {
        advance(&definition, &mut run, event, now_ms, &sandbox)
            .expect("in time")
            .effect
    };
    let answered = |text: &str| Event::Responded(json_answer(200, &json!(text)));
    let url_of = |effect: &Effect| match effect {
        Effect::Call(call) => call.url.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        url_of(&at(Event::Start, NOW_MS)),
        "http://127.0.0.1:1/first"
    );
    // By the time the answer comes, the other branch's wait is over, too.
    assert_eq!(
        url_of(&at(answered("one"), NOW_MS + 9_000)),
        "http://127.0.0.1:1/second"
    );
    assert_eq!(
        at(answered("two"), NOW_MS + 9_500),
        Effect::Done(json!(["two", "one"]))
    );
}

#[test]
fn forks_nest() {
    let inner = |name: &str| {
        format!(
            "{{ {name}: {{ fork: {{ branches: [ {{ a: {{ wait: PT2S }} }}, {{ b: {{ call: http, with: {{ method: get, \
             endpoint: 'http://127.0.0.1:1/{name}' }} }} }} ] }} }} }}"
        )
    };
    let tasks = format!(
        "do: [ {{ all: {{ fork: {{ branches: [ {}, {} ] }} }} }} ]",
        inner("x"),
        inner("y")
    );
    let driven = run_with(&tasks, json!(0), |call| {
        let name: String = call.url.chars().rev().take(1).collect();
        json_answer(200, &Value::from(name))
    });
    assert_eq!(driven.output(), &json!([[0, "x"], [0, "y"]]));
}

#[test]
fn the_deepest_checkpoint_can_be_read_again() {
    let mut tasks =
        "{ inner: { for: { in: '[$input]' }, do: [ { rest: { wait: PT1S } } ] } }".to_owned();
    for level in 0..8 {
        tasks = format!(
            "{{ f{level}: {{ fork: {{ branches: [ {{ b: {{ wait: PT2S }} }}, {tasks} ] }} }} }}"
        );
    }
    let nested = |levels: usize| (1..levels).fold(json!(1), |inner, _| json!([inner]));
    let definition = parse(&format!("do: [ {tasks} ]"));
    let driven = drive(
        &definition,
        nested(56),
        |call| panic!("{call:?}"),
        |run| {
            let checkpoint = serde_json::to_vec(&run).expect("JSON");
            serde_json::from_slice(&checkpoint).expect("a checkpoint that can be read")
        },
    );
    assert!(matches!(driven.end, Effect::Done(_)));
    assert!(
        run("do: [ { a: { set: {} } } ]", nested(65))
            .fault()
            .detail
            .as_deref()
            .is_some_and(|detail| detail.contains("deeper"))
    );
    assert!(
        run("do: [ { a: { set: { b: '${ . }' } } } ]", nested(64))
            .fault()
            .detail
            .is_some()
    );
}
