//! `try`: which errors are caught, when they are retried, and what handles them.

use super::{
    NOW_MS, RequestedCall, advance, answered, context, json_answer, only_call, parse, run,
    run_with, sandbox,
};
use crate::{CallResult, Effect, Event, Run, StepStatus};
use serde_json::json;

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

fn status(status: u16) -> impl FnMut(&RequestedCall) -> CallResult {
    move |_| json_answer(status, &json!({}))
}

#[test]
fn an_error_that_matches_the_filter_is_handled() {
    let outcome = run_with(TRY, json!({"name": "x"}), status(404));
    assert_eq!(outcome.output()["error"]["status"], 404);
    assert_eq!(
        outcome.output()["error"]["instance"],
        "/do/0/attempt/try/0/get"
    );
    assert_eq!(outcome.names(StepStatus::Failed), ["get"]);
    assert_eq!(outcome.names(StepStatus::Succeeded), ["handle", "attempt"]);
}

#[test]
fn an_error_that_does_not_match_the_filter_is_not_caught() {
    let outcome = run_with(TRY, json!({"name": "x"}), status(503));
    assert_eq!(outcome.fault().status, 503);
    assert_eq!(outcome.names(StepStatus::Failed), ["get", "attempt"]);
}

#[test]
fn conditions_decide_whether_an_error_is_caught() {
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
fn the_output_after_an_error_without_a_handler_is_the_input() {
    let tasks = "
do: [ { a: { try: [ { b: { raise: { error: { type: 'https://example.com/e', status: 418 } } } } ], catch: {} } } ]
";
    assert_eq!(run(tasks, json!({"kept": 1})).output(), &json!({"kept": 1}));
}

#[test]
fn an_error_in_a_handler_goes_to_the_next_outer_try() {
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

/// The times of the calls, in milliseconds from the start, and the last effect.
fn attempts(policy: &str, failures: usize) -> (Vec<i64>, Effect) {
    let (definition, sandbox) = (parse(&retrying(policy)), sandbox());
    let mut run = Run::start(context(), json!({}));
    let (mut now_ms, mut event, mut times) = (NOW_MS, Event::Start, Vec::new());
    loop {
        let advanced = advance(&definition, &mut run, event, now_ms, &sandbox)
            .expect("no expression is stuck");
        event = match advanced.effect {
            effect @ Effect::Perform { .. } => {
                let call = only_call(effect);
                assert_eq!(call.id, "/do/0/a/try/0/get/1");
                times.push(now_ms - NOW_MS);
                let code = if times.len() > failures { 200 } else { 503 };
                answered(&call.id, json_answer(code, &json!("done")))
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
fn a_retry_waits_for_the_delay_of_its_policy_and_keeps_the_idempotency_key() {
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
fn jitter_stays_in_its_range_and_is_the_same_for_every_repeat() {
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
    let outcome = run_with(&tasks, json!({}), |_| {
        calls += 1;
        json_answer(if calls < 3 { 503 } else { 200 }, &json!(1))
    });
    let ended = outcome
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
fn an_attempt_that_times_out_is_retried() {
    let tasks = "
do:
  - a:
      try:
        - first: { if: '(now | floor) < 1700000010', wait: PT1H }
        - then: { set: { at: '${ now }' } }
      catch: { errors: { with: { status: 408 } }, retry: { delay: PT1S, limit: { attempt: { count: 3, duration: PT6S } } } }
";
    let outcome = run(tasks, json!({}));
    // Two attempts of six seconds, each followed by a delay of one second.
    assert_eq!(outcome.output(), &json!({"at": NOW_MS / 1_000 + 14}));
    assert_eq!(outcome.names(StepStatus::Failed), ["first", "first"]);
    let short = tasks.replace("count: 3", "count: 1");
    assert_eq!(
        run(&short, json!({})).fault().instance.as_deref(),
        Some("/do/0/a")
    );
}
