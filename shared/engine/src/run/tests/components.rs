//! Functions and other named components, authentication, and timeouts.

use super::{
    NOW_MS, RequestedCall, advance, answered, context, json_answer, parse, run, run_with, sandbox,
};
use crate::{CallResult, Effect, Event, Run, StepStatus};
use serde_json::json;

#[test]
fn a_function_runs_with_its_arguments_and_counts_visits_per_caller() {
    let tasks = "
use:
  functions:
    fetch:
      do:
        - get: { call: http, with: { method: get, endpoint: 'http://127.0.0.1:1/{id}' } }
        - wrap: { set: { got: '${ . }', task: '${ $task.definition | keys[0] }' } }
do:
  - one: { call: fetch, with: { id: '${ .first }' }, output: { as: '$input + { one: . }' } }
  - two: { call: fetch, with: { id: '${ .second }' }, output: { as: '{ one: $input.one.got, two: .got, task: .task }' } }
";
    let outcome = run_with(tasks, json!({"first": "a", "second": "b"}), |call| {
        json_answer(200, &json!(call.url))
    });
    let expected =
        json!({"one": "http://127.0.0.1:1/a", "two": "http://127.0.0.1:1/b", "task": "set"});
    assert_eq!(outcome.output(), &expected);
    let keys: Vec<_> = outcome.calls.iter().map(|call| call.id.as_str()).collect();
    assert_eq!(
        keys,
        [
            "/do/0/one/call/0/fetch/do/0/get/1",
            "/do/1/two/call/0/fetch/do/0/get/1"
        ]
    );
}

#[test]
fn errors_and_retries_are_referenced_by_name() {
    let tasks = "
use:
  errors: { teapot: { type: 'https://example.com/teapot', status: 418, title: Teapot } }
  retries: { twice: { delay: PT1S, limit: { attempt: { count: 2 } } } }
do:
  - a: { try: [ { b: { raise: { error: teapot } } } ], catch: { retry: twice } }
";
    let outcome = run(tasks, json!({}));
    assert_eq!(
        (outcome.fault().status, outcome.fault().title.as_deref()),
        (418, Some("Teapot"))
    );
    let failed = outcome.names(StepStatus::Failed);
    assert_eq!(failed, ["b", "b", "b", "a"]);
}

pub(super) fn header<'c>(call: &'c RequestedCall, name: &str) -> Option<&'c str> {
    let found = call.headers.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}

pub(super) fn authenticated(authentication: &str) -> String {
    format!(
        "
use: {{ authentications: {{ known: {{ bearer: {{ token: t0 }} }} }} }}
do:
  - get:
      call: http
      with:
        method: get
        endpoint: {{ uri: 'http://127.0.0.1:1/x', authentication: {{ {authentication} }} }}
        output: response
      output: {{ as: '{{ shown: .request.headers, authorization: $authorization }}' }}
"
    )
}

#[test]
fn basic_and_bearer_authentication_are_headers_that_no_output_shows() {
    let input = json!({"user": "me", "token": "t1"});
    for (authentication, sent, parameter) in [
        (
            "basic: { username: '${ .user }', password: secret }",
            "Basic bWU6c2VjcmV0",
            "bWU6c2VjcmV0",
        ),
        ("bearer: { token: '${ .token }' }", "Bearer t1", "t1"),
        ("use: known", "Bearer t0", "t0"),
    ] {
        let answer = |_: &RequestedCall| json_answer(200, &json!(1));
        let outcome = run_with(&authenticated(authentication), input.clone(), answer);
        assert_eq!(header(&outcome.calls[0], "authorization"), Some(sent));
        assert_eq!(outcome.output()["shown"], json!({}));
        assert_eq!(outcome.output()["authorization"]["parameter"], parameter);
    }
}

#[test]
fn a_token_cannot_inject_a_header() {
    let tasks = authenticated("bearer: { token: '${ .token }' }");
    let outcome = run(&tasks, json!({"token": "a\r\nHost: evil"}));
    assert!(outcome.fault().r#type.ends_with("/configuration"));
    assert!(!format!("{:?}", outcome.fault()).contains("evil"));
}

#[test]
fn a_digest_challenge_is_answered_with_the_same_call() {
    let answer = |call: &RequestedCall| match header(call, "authorization") {
        None => CallResult::Response {
            status: 401,
            headers: vec![(
                "WWW-Authenticate".to_owned(),
                "Digest realm=\"r\", nonce=\"n\", qop=\"auth\", algorithm=SHA-256".to_owned(),
            )],
            body: Vec::new(),
        },
        Some(_) => json_answer(200, &json!("in")),
    };
    let tasks = authenticated("digest: { username: me, password: secret }");
    let outcome = run_with(&tasks, json!({}), answer);
    assert_eq!(outcome.output()["authorization"]["scheme"], "Digest");
    let [first, second] = outcome.calls.as_slice() else {
        panic!("{:?}", outcome.calls)
    };
    assert_eq!(first.id, second.id);
    assert!(!format!("{:?}", outcome.calls).contains("secret"));
    // A server that challenges every request gets two requests, not an endless sequence.
    let refused = run_with(&tasks, json!({}), |_| answer(&outcome.calls[0]));
    assert_eq!((refused.calls.len(), refused.fault().status), (2, 401));
}

#[test]
fn the_timeout_of_a_task_can_be_caught() {
    let tasks = "
use: { timeouts: { short: { after: PT2S } } }
do:
  - safe:
      try:
        - slow:
            timeout: short
            do: [ { nap: { wait: PT1S } }, { sleep: { wait: PT1H } } ]
      catch:
        errors: { with: { type: 'https://serverlessworkflow.io/spec/1.0.0/errors/timeout', status: 408 } }
        do: [ { late: { set: { at: '${ now }', who: '${ $error.instance }' } } } ]
";
    let outcome = run(tasks, json!({}));
    let at = NOW_MS / 1_000 + 2;
    assert_eq!(
        outcome.output(),
        &json!({"at": at, "who": "/do/0/safe/try/0/slow"})
    );
    assert_eq!(outcome.names(StepStatus::Failed), ["sleep", "slow"]);
}

#[test]
fn the_timeout_of_the_workflow_cannot_be_caught() {
    let tasks = "
timeout: { after: { seconds: 30 } }
do: [ { a: { try: [ { b: { wait: PT1H } } ], catch: { do: [ { c: { set: {} } } ] } } } ]
";
    let outcome = run(tasks, json!({}));
    assert!(outcome.fault().r#type.ends_with("/timeout"));
    assert_eq!(
        outcome.steps.last().and_then(|step| step.finished_at_ms),
        Some(NOW_MS + 30_000)
    );
}

#[test]
fn a_response_after_the_deadline_is_ignored() {
    let definition = parse(
        "do: [ { a: { timeout: { after: PT5S }, call: http, with: { method: get, endpoint: 'http://127.0.0.1:1/' } } } ]",
    );
    let (sandbox, mut run) = (sandbox(), Run::start(context(), json!({})));
    let called = advance(&definition, &mut run, Event::Start, NOW_MS, &sandbox)
        .expect("no expression is stuck");
    // The effect tells the worker when to stop waiting.
    assert!(
        matches!(called.effect, Effect::Perform { until_ms: Some(until_ms), .. } if until_ms == NOW_MS + 5_000)
    );
    let answer = answered("/do/0/a/1", json_answer(200, &json!(1)));
    let late = advance(&definition, &mut run, answer, NOW_MS + 5_000, &sandbox)
        .expect("no expression is stuck");
    assert!(matches!(late.effect, Effect::Fault(fault) if fault.status == 408));
}

#[test]
fn a_deadline_in_one_branch_applies_while_another_waits() {
    let tasks = "
do:
  - all:
      fork:
        branches:
          - long: { wait: PT1H }
          - short: { timeout: { after: PT3S }, do: [ { sleep: { wait: P1D } } ] }
";
    let outcome = run(tasks, json!({}));
    assert_eq!(
        outcome.fault().instance.as_deref(),
        Some("/do/0/all/fork/branches/1/short")
    );
    assert_eq!(
        outcome.steps.last().and_then(|step| step.finished_at_ms),
        Some(NOW_MS + 3_000)
    );
}

#[test]
fn a_response_that_no_task_waits_for_changes_nothing() {
    let definition = parse("do: [ { pause: { wait: PT5S } } ]");
    let (sandbox, mut run) = (sandbox(), Run::start(context(), json!({})));
    let first = advance(&definition, &mut run, Event::Start, NOW_MS, &sandbox)
        .expect("no expression is stuck");
    let stray = answered("/do/0/pause/1", json_answer(200, &json!(1)));
    let second =
        advance(&definition, &mut run, stray, NOW_MS, &sandbox).expect("no expression is stuck");
    assert_eq!(first.effect, second.effect);
}
