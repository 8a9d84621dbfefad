//! Loops, attempts and branches, driven as a worker would.

use super::tests::{NOW_MS, context, json_answer, parse, run, run_with, sandbox};
use super::{CallResult, Effect, Event, HttpCall, Run, StepStatus, advance};
use serde_json::{Value, json};

const LOOP: &str = "
do:
  - loopColors:
      for: { each: color, in: '.colors' }
      do:
        - markProcessed:
            set:
              processed: '${ { colors: (.processed.colors + [ $color ]), indexes: (.processed.indexes + [ $index ])} }'
";

#[test]
fn a_loop_hands_each_item_and_index_to_its_tasks() {
    let driven = run(LOOP, json!({"colors": ["red", "green", "blue"]}));
    let expected = json!({"processed": {"colors": ["red", "green", "blue"], "indexes": [0, 1, 2]}});
    assert_eq!(driven.output(), &expected);
    let visits: Vec<_> = driven
        .steps
        .iter()
        .map(|step| (step.name.as_str(), step.visit))
        .collect();
    let rounds = [
        ("markProcessed", 1),
        ("markProcessed", 2),
        ("markProcessed", 3),
        ("loopColors", 1),
    ];
    assert_eq!(visits, rounds);
}

#[test]
fn a_loop_over_nothing_gives_its_input_and_over_no_array_faults() {
    assert_eq!(
        run(LOOP, json!({"colors": []})).output(),
        &json!({"colors": []})
    );
    let driven = run(LOOP, json!({"colors": "red"}));
    assert!(
        driven
            .fault()
            .detail
            .as_deref()
            .is_some_and(|detail| detail.contains("a string"))
    );
}

#[test]
fn a_loop_ends_when_its_condition_no_longer_holds() {
    let tasks = "
do:
  - sum:
      for: { in: '.items' }
      while: (.total // 0) < 5
      do: [ { add: { set: '${ . + { total: ((.total // 0) + $item) } }' } } ]
";
    assert_eq!(
        run(tasks, json!({"items": [1, 2, 3, 4, 5]})).output()["total"],
        6
    );
}

#[test]
fn loops_nest_and_the_inner_variable_wins() {
    let tasks = "
do:
  - outer:
      for: { in: '[1, 2]' }
      do:
        - inner:
            for: { in: '[10, 20]', at: inner }
            do: [ { add: { set: { all: '${ .all + [$item + $index * 100 + $inner] }' } } } ]
";
    assert_eq!(
        run(tasks, json!({})).output(),
        &json!({"all": [10, 21, 110, 121]})
    );
}

const TRY: &str = "
do:
  - attempt:
      try:
        - get: { call: http, with: { method: get, endpoint: 'http://127.0.0.1:1/{name}' } }
      catch:
        errors: { with: { type: 'https://serverlessworkflow.io/dsl/errors/types/communication', status: 404 } }
        as: err
        do: [ { handle: { set: { error: '${ $err }' } } } ]
";

fn status(status: u16) -> impl FnMut(&HttpCall) -> CallResult {
    move |_| json_answer(status, &json!({}))
}

#[test]
fn an_error_that_the_filter_names_is_handled() {
    let driven = run_with(TRY, json!({"name": "x"}), status(404));
    assert_eq!(driven.output()["error"]["status"], 404);
    assert_eq!(
        driven.output()["error"]["instance"],
        "/do/0/attempt/try/0/get"
    );
    assert_eq!(driven.names(StepStatus::Failed), ["get"]);
    assert_eq!(driven.names(StepStatus::Succeeded), ["handle", "attempt"]);
}

#[test]
fn an_error_that_the_filter_does_not_name_goes_on() {
    let driven = run_with(TRY, json!({"name": "x"}), status(503));
    assert_eq!(driven.fault().status, 503);
    assert_eq!(driven.names(StepStatus::Failed), ["get", "attempt"]);
}

#[test]
fn conditions_decide_what_is_caught() {
    let tasks = |condition: &str| {
        format!(
            "do: [ {{ a: {{ try: [ {{ b: {{ raise: {{ error: {{ type: 'https://example.com/e', status: 418 }} }} }} }} ], \
             catch: {{ {condition}, do: [ {{ c: {{ set: {{ caught: true }} }} }} ] }} }} }} ]"
        )
    };
    let caught = json!({"caught": true});
    assert_eq!(
        run(&tasks("when: $error.status == 418"), json!({})).output(),
        &caught
    );
    assert_eq!(
        run(&tasks("when: $error.status == 400"), json!({}))
            .fault()
            .status,
        418
    );
    assert_eq!(
        run(&tasks("exceptWhen: $error.status == 418"), json!({}))
            .fault()
            .status,
        418
    );
    assert_eq!(
        run(&tasks("exceptWhen: $error.status == 400"), json!({})).output(),
        &caught
    );
}

#[test]
fn an_error_caught_without_a_handler_leaves_the_input() {
    let tasks = "
do: [ { a: { try: [ { b: { raise: { error: { type: 'https://example.com/e', status: 418 } } } } ], catch: {} } } ]
";
    assert_eq!(run(tasks, json!({"kept": 1})).output(), &json!({"kept": 1}));
}

#[test]
fn an_error_while_handling_goes_to_the_next_try_outside() {
    let tasks = "
do:
  - outer:
      try:
        - inner:
            try: [ { a: { raise: { error: { type: 'https://example.com/1', status: 401 } } } } ]
            catch: { do: [ { b: { raise: { error: { type: 'https://example.com/2', status: 402 } } } } ] }
      catch: { as: last, do: [ { c: { set: { status: '${ $last.status }' } } } ] }
";
    assert_eq!(run(tasks, json!({})).output(), &json!({"status": 402}));
}

fn retrying(policy: &str) -> String {
    format!(
        "do: [ {{ a: {{ try: [ {{ get: {{ call: http, with: {{ method: get, endpoint: 'http://127.0.0.1:1/' }} }} }} ], \
         catch: {{ retry: {{ {policy} }} }} }} }} ]"
    )
}

/// The times at which the calls were made, in milliseconds from the start, and how it ended.
fn attempts(policy: &str, failures: usize) -> (Vec<i64>, Effect) {
    let (definition, sandbox) = (parse(&retrying(policy)), sandbox());
    let mut run = Run::start(context(), json!({}));
    let (mut now_ms, mut event, mut times) = (NOW_MS, Event::Start, Vec::new());
    loop {
        let advanced = advance(&definition, &mut run, event, now_ms, &sandbox).expect("in time");
        event = match advanced.effect {
            Effect::Call(call) => {
                assert_eq!(call.idempotency_key_suffix, "/do/0/a/try/0/get/1");
                times.push(now_ms - NOW_MS);
                let code = if times.len() > failures { 200 } else { 503 };
                Event::Responded(json_answer(code, &json!("done")))
            }
            Effect::Wait { until_ms } => {
                now_ms = until_ms;
                Event::Resumed
            }
            end => return (times, end),
        };
    }
}

#[test]
fn a_retry_waits_as_its_policy_says_and_keeps_the_key() {
    let done = Effect::Done(json!("done"));
    let limit = "limit: { attempt: { count: 5 } }";
    let constant = attempts(&format!("delay: PT3S, {limit}"), 3);
    assert_eq!(constant, (vec![0, 3_000, 6_000, 9_000], done.clone()));
    let linear = attempts(
        &format!("delay: PT3S, backoff: {{ linear: {{}} }}, {limit}"),
        3,
    );
    assert_eq!(linear, (vec![0, 3_000, 9_000, 18_000], done.clone()));
    let doubled = attempts(
        &format!("delay: PT3S, backoff: {{ exponential: {{}} }}, {limit}"),
        3,
    );
    assert_eq!(doubled, (vec![0, 3_000, 9_000, 21_000], done));
}

#[test]
fn retries_end_at_their_limits() {
    let (times, end) = attempts("limit: { attempt: { count: 2 } }", 99);
    assert_eq!(times.len(), 3);
    assert!(matches!(end, Effect::Fault(fault) if fault.status == 503));
    let (times, _) = attempts("delay: PT10S, limit: { duration: PT25S }", 99);
    assert_eq!(times, [0, 10_000, 20_000]);
    let (times, _) = attempts("when: $error.status == 500", 99);
    assert_eq!(times, [0]);
}

#[test]
fn jitter_stays_in_its_range_and_is_the_same_again() {
    let policy =
        "delay: PT1S, jitter: { from: PT0.1S, to: PT0.5S }, limit: { attempt: { count: 8 } }";
    let (times, _) = attempts(policy, 8);
    let waits: Vec<_> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(
        waits.iter().all(|wait| (1_100..=1_500).contains(wait)),
        "{waits:?}"
    );
    assert!(waits.iter().any(|wait| *wait != waits[0]), "{waits:?}");
    assert_eq!(attempts(policy, 8).0, times);
}

#[test]
fn history_counts_attempts() {
    let mut calls = 0;
    let tasks = retrying("limit: { attempt: { count: 3 } }");
    let driven = run_with(&tasks, json!({}), |_| {
        calls += 1;
        json_answer(if calls < 3 { 503 } else { 200 }, &json!(1))
    });
    let ended = driven
        .steps
        .iter()
        .filter(|step| step.name == "get" && step.finished_at_ms.is_some());
    let attempts: Vec<_> = ended
        .map(|step| (step.attempts, step.visit, step.status))
        .collect();
    let failed = StepStatus::Failed;
    assert_eq!(
        attempts,
        [
            (1, 1, failed),
            (2, 1, failed),
            (3, 1, StepStatus::Succeeded)
        ]
    );
}

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
    let driven = super::tests::drive(
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
