//! Functions and other named components, authentication, and timeouts.

use super::{
    Asked, NOW_MS, advance, answered, context, json_answer, parse, run, run_with, sandbox,
};
use crate::{CallResult, Effect, Event, Run, StepStatus};
use serde_json::json;

#[test]
fn a_function_runs_with_its_arguments_and_counts_visits_by_caller() {
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
    let driven = run_with(tasks, json!({"first": "a", "second": "b"}), |call| {
        json_answer(200, &json!(call.url))
    });
    let expected =
        json!({"one": "http://127.0.0.1:1/a", "two": "http://127.0.0.1:1/b", "task": "set"});
    assert_eq!(driven.output(), &expected);
    let keys: Vec<_> = driven.calls.iter().map(|call| call.id.as_str()).collect();
    assert_eq!(
        keys,
        [
            "/do/0/one/call/0/fetch/do/0/get/1",
            "/do/1/two/call/0/fetch/do/0/get/1"
        ]
    );
}

#[test]
fn errors_and_retries_are_found_by_name() {
    let tasks = "
use:
  errors: { teapot: { type: 'https://example.com/teapot', status: 418, title: Teapot } }
  retries: { twice: { delay: PT1S, limit: { attempt: { count: 2 } } } }
do:
  - a: { try: [ { b: { raise: { error: teapot } } } ], catch: { retry: twice } }
";
    let driven = run(tasks, json!({}));
    assert_eq!(
        (driven.fault().status, driven.fault().title.as_deref()),
        (418, Some("Teapot"))
    );
    let failed = driven.names(StepStatus::Failed);
    assert_eq!(failed, ["b", "b", "b", "a"]);
}

pub(super) fn header<'c>(call: &'c Asked, name: &str) -> Option<&'c str> {
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
        let answer = |_: &Asked| json_answer(200, &json!(1));
        let driven = run_with(&authenticated(authentication), input.clone(), answer);
        assert_eq!(header(&driven.calls[0], "authorization"), Some(sent));
        assert_eq!(driven.output()["shown"], json!({}));
        assert_eq!(driven.output()["authorization"]["parameter"], parameter);
    }
}

#[test]
fn a_token_cannot_smuggle_a_header() {
    let tasks = authenticated("bearer: { token: '${ .token }' }");
    let driven = run(&tasks, json!({"token": "a\r\nHost: evil"}));
    assert!(driven.fault().r#type.ends_with("/configuration"));
    assert!(!format!("{:?}", driven.fault()).contains("evil"));
}

#[test]
fn a_digest_answers_the_challenge_with_the_same_call() {
    let answer = |call: &Asked| match header(call, "authorization") {
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
    let driven = run_with(&tasks, json!({}), answer);
    assert_eq!(driven.output()["authorization"]["scheme"], "Digest");
    let [first, second] = driven.calls.as_slice() else {
        panic!("{:?}", driven.calls)
    };
    assert_eq!(first.id, second.id);
    assert!(!format!("{:?}", driven.calls).contains("secret"));
    // A server that is never content is asked twice, not for ever.
    let refused = run_with(&tasks, json!({}), |_| answer(&driven.calls[0]));
    assert_eq!((refused.calls.len(), refused.fault().status), (2, 401));
}

#[test]
fn a_task_that_takes_too_long_times_out_and_can_be_caught() {
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
    let driven = run(tasks, json!({}));
    let at = NOW_MS / 1_000 + 2;
    assert_eq!(
        driven.output(),
        &json!({"at": at, "who": "/do/0/safe/try/0/slow"})
    );
    assert_eq!(driven.names(StepStatus::Failed), ["sleep", "slow"]);
}

#[test]
fn a_workflow_that_takes_too_long_faults_whatever_would_catch_it() {
    let tasks = "
timeout: { after: { seconds: 30 } }
do: [ { a: { try: [ { b: { wait: PT1H } } ], catch: { do: [ { c: { set: {} } } ] } } } ]
";
    let driven = run(tasks, json!({}));
    assert!(driven.fault().r#type.ends_with("/timeout"));
    assert_eq!(
        driven.steps.last().and_then(|step| step.finished_at_ms),
        Some(NOW_MS + 30_000)
    );
}

#[test]
fn an_answer_that_comes_after_the_deadline_is_too_late() {
    let definition = parse(
        "do: [ { a: { timeout: { after: PT5S }, call: http, with: { method: get, endpoint: 'http://127.0.0.1:1/' } } } ]",
    );
    let (sandbox, mut run) = (sandbox(), Run::start(context(), json!({})));
    let called = advance(&definition, &mut run, Event::Start, NOW_MS, &sandbox).expect("in time");
    // Whoever performs it is told when it is no longer wanted.
    assert!(
        matches!(called.effect, Effect::Perform { until_ms: Some(until_ms), .. } if until_ms == NOW_MS + 5_000)
    );
    let answer = answered("/do/0/a/1", json_answer(200, &json!(1)));
    let late = advance(&definition, &mut run, answer, NOW_MS + 5_000, &sandbox).expect("in time");
    assert!(matches!(late.effect, Effect::Fault(fault) if fault.status == 408));
}

#[test]
fn a_deadline_in_one_branch_is_kept_while_another_waits() {
    let tasks = "
do:
  - all:
      fork:
        branches:
          - long: { wait: PT1H }
          - short: { timeout: { after: PT3S }, do: [ { sleep: { wait: P1D } } ] }
";
    let driven = run(tasks, json!({}));
    assert_eq!(
        driven.fault().instance.as_deref(),
        Some("/do/0/all/fork/branches/1/short")
    );
    assert_eq!(
        driven.steps.last().and_then(|step| step.finished_at_ms),
        Some(NOW_MS + 3_000)
    );
}

#[test]
fn an_answer_nobody_waits_for_changes_nothing() {
    let definition = parse("do: [ { pause: { wait: PT5S } } ]");
    let (sandbox, mut run) = (sandbox(), Run::start(context(), json!({})));
    let first = advance(&definition, &mut run, Event::Start, NOW_MS, &sandbox).expect("in time");
    let stray = answered("/do/0/pause/1", json_answer(200, &json!(1)));
    let second = advance(&definition, &mut run, stray, NOW_MS, &sandbox).expect("in time");
    assert_eq!(first.effect, second.effect);
}
