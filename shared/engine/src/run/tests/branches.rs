//! Forks: concurrent, competing, with faults, and nested.

use super::{
    NOW_MS, advance, answered, context, drive, json_answer, parse, run, run_with, sandbox,
};
use crate::{Definition, Effect, Event, Run, StepStatus};
use serde_json::{Value, json};

#[test]
fn the_output_of_a_fork_has_the_outputs_of_its_branches_in_document_order() {
    let tasks = "
do:
  - all:
      fork:
        branches:
          - slow: { do: [ { wait: { wait: PT5S } }, { a: { set: { at: '${ now }' } } } ] }
          - call: { call: http, with: { method: get, endpoint: 'http://127.0.0.1:1/x' } }
          - quick: { set: { quick: '${ .in }' } }
";
    let outcome = run_with(tasks, json!({"in": 1}), |_| {
        json_answer(200, &json!("answer"))
    });
    let at = NOW_MS / 1_000 + 5;
    assert_eq!(
        outcome.output(),
        &json!([{ "at": at }, "answer", {"quick": 1}])
    );
    let ended: Vec<_> = outcome.names(StepStatus::Succeeded);
    assert_eq!(ended, ["quick", "call", "wait", "a", "slow", "all"]);
}

#[test]
fn the_first_branch_to_end_wins_a_competing_fork_and_the_others_are_cancelled() {
    let tasks = "
do:
  - race:
      fork:
        compete: true
        branches:
          - slow: { wait: PT5S }
          - quick: { do: [ { pause: { wait: PT1S } }, { won: { set: { winner: quick } } } ] }
";
    let outcome = run(tasks, json!({}));
    assert_eq!(outcome.output(), &json!({"winner": "quick"}));
    assert_eq!(outcome.names(StepStatus::Failed), ["slow"]);
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
    let outcome = run(tasks, json!({}));
    assert_eq!(outcome.output(), &json!({"status": 418}));
    assert_eq!(outcome.names(StepStatus::Failed), ["fails", "waits", "all"]);
}

/// Two branches with a call each, one of them after a wait.
const CALLS: &str = "
do:
  - all:
      fork:
        branches:
          - later:
              do:
                - pause: { wait: PT1S }
                - second: { call: http, with: { method: get, endpoint: 'http://127.0.0.1:1/second' } }
          - first: { call: http, with: { method: get, endpoint: 'http://127.0.0.1:1/first' } }
          - third: { call: http, with: { method: get, endpoint: 'http://127.0.0.1:1/third' } }
";

const FIRST: &str = "/do/0/all/fork/branches/1/first/1";
const SECOND: &str = "/do/0/all/fork/branches/0/later/do/1/second/1";
const THIRD: &str = "/do/0/all/fork/branches/2/third/1";

/// Advances a run by one event, and returns the ids of the actions that it waits for.
fn asked(run: &mut Run, definition: &Definition, event: Event, now_ms: i64) -> Vec<String> {
    let advanced =
        advance(definition, run, event, now_ms, &sandbox()).expect("no expression is stuck");
    match advanced.effect {
        Effect::Perform { actions, .. } => actions.into_iter().map(|action| action.id).collect(),
        Effect::Wait { .. } | Effect::Continue | Effect::Done(_) | Effect::Fault(_) => Vec::new(),
    }
}

#[test]
fn the_calls_of_branches_are_concurrent_and_their_responses_arrive_in_any_order() {
    let definition = parse(CALLS);
    let reply = |id: &str| answered(id, json_answer(200, &json!(id)));
    let mut run = Run::start(context(), json!({}));
    let mut at = |event, now_ms| asked(&mut run, &definition, event, now_ms);
    assert_eq!(at(Event::Start, NOW_MS), [FIRST, THIRD]);
    assert_eq!(at(Event::Continue, NOW_MS + 1), [FIRST, THIRD]);
    assert_eq!(at(Event::Resumed, NOW_MS + 1_000), [SECOND, FIRST, THIRD]);
    assert_eq!(at(reply(THIRD), NOW_MS + 1_001), [SECOND, FIRST]);
    assert_eq!(at(reply(THIRD), NOW_MS + 1_002), [SECOND, FIRST]);
    assert_eq!(at(reply(SECOND), NOW_MS + 1_003), [FIRST]);
    assert!(at(reply(FIRST), NOW_MS + 1_004).is_empty());
    let ended = advance(&definition, &mut run, Event::Continue, NOW_MS, &sandbox());
    assert_eq!(
        ended.expect("no expression is stuck").effect,
        Effect::Done(json!([SECOND, FIRST, THIRD]))
    );
}

#[test]
fn a_response_reaches_its_branch_even_if_another_branch_can_continue() {
    let definition = parse(CALLS);
    let mut run = Run::start(context(), json!({}));
    asked(&mut run, &definition, Event::Start, NOW_MS);
    // When the response arrives, the wait of the other branch is over, too.
    let answer = answered(FIRST, json_answer(200, &json!("one")));
    let then = asked(&mut run, &definition, answer, NOW_MS + 9_000);
    assert_eq!(then, [SECOND, THIRD]);
}

#[test]
fn the_calls_of_branches_that_lost_are_not_listed_any_more() {
    let call = |name: &str| {
        format!(
            "{{ {name}: {{ call: http, with: {{ method: get, endpoint: 'http://127.0.0.1:1/' }} }} }}"
        )
    };
    let definition = parse(&format!(
        "do: [ {{ race: {{ fork: {{ compete: true, branches: [ {}, {} ] }} }} }}, {} ]",
        call("a"),
        call("b"),
        call("c")
    ));
    let mut run = Run::start(context(), json!({}));
    let (a, b) = (
        "/do/0/race/fork/branches/0/a/1",
        "/do/0/race/fork/branches/1/b/1",
    );
    assert_eq!(asked(&mut run, &definition, Event::Start, NOW_MS), [a, b]);
    let reply = |id: &str, text: &str| answered(id, json_answer(200, &json!(text)));
    let then = asked(&mut run, &definition, reply(b, "won"), NOW_MS);
    assert_eq!(then, ["/do/1/c/1"]);
    let late = asked(&mut run, &definition, reply(a, "late"), NOW_MS);
    assert_eq!(late, ["/do/1/c/1"]);
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
    let outcome = run_with(&tasks, json!(0), |call| {
        let name: String = call.url.chars().rev().take(1).collect();
        json_answer(200, &Value::from(name))
    });
    assert_eq!(outcome.output(), &json!([[0, "x"], [0, "y"]]));
}

#[test]
fn the_deepest_checkpoint_can_be_parsed() {
    let mut tasks =
        "{ inner: { for: { in: '[$input]' }, do: [ { rest: { wait: PT1S } } ] } }".to_owned();
    for level in 0..8 {
        tasks = format!(
            "{{ f{level}: {{ fork: {{ branches: [ {{ b: {{ wait: PT2S }} }}, {tasks} ] }} }} }}"
        );
    }
    let nested = |levels: usize| (1..levels).fold(json!(1), |inner, _| json!([inner]));
    let definition = parse(&format!("do: [ {tasks} ]"));
    let outcome = drive(
        &definition,
        nested(56),
        |action| panic!("{action:?}"),
        |run| {
            let checkpoint = serde_json::to_vec(&run).expect("JSON");
            serde_json::from_slice(&checkpoint).expect("a checkpoint that can be read")
        },
    );
    assert!(matches!(outcome.end, Effect::Done(_)));
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
