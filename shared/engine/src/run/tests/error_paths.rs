//! What `catch` and `retry` see of an error, and where the flow continues after it.

use super::{NOW_MS, json_answer, run, run_with};
use crate::CallResult;
use serde_json::json;

const RAISE_503: &str =
    "{ b: { raise: { error: { type: 'https://example.com/e', status: 503 } } } }";

fn guarded(catch: &str, rest: &str) -> String {
    format!("do: [ {{ a: {{ try: [ {RAISE_503} ], catch: {{ {catch} }} }} }}{rest} ]")
}

#[test]
fn conditions_see_the_error_as_their_input() {
    let handler = "do: [ { c: { set: { caught: true } } } ]";
    let caught = json!({"caught": true});
    for condition in [
        "when: .status == 503",
        "when: '${ .type | endswith(\"/e\") }'",
        "exceptWhen: .status == 404",
        "when: .status == 503 and $input.n == 1",
        "as: problem, when: .status == $problem.status",
        "when: .instance == \"/do/0/a/try/0/b\"",
    ] {
        let tasks = guarded(&format!("{condition}, {handler}"), "");
        assert_eq!(
            run(&tasks, json!({"n": 1})).output(),
            &caught,
            "{condition}"
        );
    }
    for condition in ["when: .status == 404", "exceptWhen: .status == 503"] {
        let tasks = guarded(&format!("{condition}, {handler}"), "");
        assert_eq!(run(&tasks, json!({})).fault().status, 503, "{condition}");
    }
}

/// How many calls are made if the first ones fail.
fn calls(before: &str, catch: &str, failures: usize) -> usize {
    let tasks = format!(
        "{before}\ndo: [ {{ a: {{ try: [ {{ get: {{ call: http, with: {{ method: get, endpoint: 'http://127.0.0.1:1/' }} }} }} ], catch: {{ {catch} }} }} }} ]"
    );
    let mut made = 0;
    run_with(&tasks, json!({}), |_| -> CallResult {
        made += 1;
        let status = if made > failures { 200 } else { 503 };
        json_answer(status, &json!({}))
    });
    made
}

#[test]
fn the_conditions_of_a_retry_see_the_error_as_their_input() {
    for condition in ["when: .status == 503", "exceptWhen: .status == 404"] {
        let retry = format!("retry: {{ {condition}, delay: PT1S }}");
        assert_eq!(calls("", &retry, 1), 2, "{condition}");
    }
    for condition in ["when: .status == 404", "exceptWhen: .status == 503"] {
        let retry = format!("retry: {{ {condition}, delay: PT1S }}");
        assert_eq!(calls("", &retry, 1), 1, "{condition}");
    }
}

#[test]
fn a_shared_retry_policy_sees_the_error_under_its_own_name() {
    let policy = |policy: &str| format!("use: {{ retries: {{ shared: {{ {policy} }} }} }}");
    let delays = [
        "when: $error.status >= 500, delay: PT1S",
        "delay: '${ \"PT\\($error.status)S\" }'",
        "delay: PT1S, jitter: { from: PT0S, to: '${ if $error.status == 503 then \"PT1S\" else \"bad\" end }' }",
    ];
    for delay in delays {
        for catch in ["as: problem, retry: shared", "retry: shared"] {
            assert_eq!(calls(&policy(delay), catch, 2), 3, "{delay} {catch}");
        }
    }
    assert_eq!(
        calls(
            &policy("when: $error.status < 500"),
            "as: problem, retry: shared",
            2
        ),
        1
    );
}

#[test]
fn an_outer_error_keeps_its_name_beside_a_shared_retry_policy() {
    let tasks = "
use: { retries: { shared: { when: $error.status == 402, limit: { attempt: { count: 1 } } } } }
do:
  - outer:
      try: [ { first: { raise: { error: { type: 'https://example.com/1', status: 401 } } } } ]
      catch:
        do:
          - inner:
              try: [ { second: { raise: { error: { type: 'https://example.com/2', status: 402 } } } } ]
              catch:
                as: problem
                retry: shared
                do: [ { both: { set: { outer: '${ $error.status }', inner: '${ $problem.status }' } } } ]
";
    let outcome = run(tasks, json!({}));
    assert_eq!(outcome.output(), &json!({"outer": 401, "inner": 402}));
    let raised = outcome.steps.iter().filter(|step| step.name == "second");
    assert_eq!(raised.count(), 2, "one retry");
}

#[test]
fn the_error_path_continues_where_catch_says() {
    let rest = ", { skipped: { set: { skipped: true } } }, { after: { set: { in: '${ . }' } } }";
    let to_after = json!({"in": {"n": 1}});
    assert_eq!(
        run(&guarded("then: after", rest), json!({"n": 1})).output(),
        &to_after
    );
    let handled = guarded(
        "do: [ { c: { set: { handled: true } } } ], then: after",
        rest,
    );
    assert_eq!(
        run(&handled, json!({})).output(),
        &json!({"in": {"handled": true}})
    );
    let ended = run(&guarded("then: end", rest), json!({"n": 1}));
    assert_eq!(ended.output(), &json!({"n": 1}));
    let retried = guarded(
        "retry: { limit: { attempt: { count: 1 } } }, then: after",
        rest,
    );
    assert_eq!(run(&retried, json!({"n": 1})).output(), &to_after);
}

#[test]
fn the_directive_of_the_error_path_does_not_apply_to_success() {
    let tasks = "do: [ { a: { try: [ { b: { set: { ok: true } } } ], catch: { then: end } } }, { c: { set: { last: true } } } ]";
    assert_eq!(run(tasks, json!({})).output(), &json!({"last": true}));
}

#[test]
fn sub_second_delays_are_kept() {
    let tasks = guarded(
        "retry: { delay: { milliseconds: 250 }, backoff: { exponential: {} }, limit: { attempt: { count: 2 } } }",
        "",
    );
    let outcome = run(&tasks, json!({}));
    let starts = outcome.steps.iter().filter(|step| step.name == "b");
    let starts: Vec<i64> = starts.map(|step| step.started_at_ms - NOW_MS).collect();
    assert_eq!(starts, [0, 250, 750]);
}
