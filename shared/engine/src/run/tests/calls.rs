//! Calls over HTTP: the request, the response, and that a repeat is the same call.

use super::{NOW_MS, advance, context, json_answer, parse, run, run_with, sandbox};
use crate::{CallFailure, CallResult, Effect, Event, Run, StepStatus};
use serde_json::json;

#[test]
fn a_call_has_the_parts_that_the_document_gives() {
    let tasks = "
do:
  - send:
      call: http
      with:
        method: post
        endpoint: https://example.com/pets/{id}/notes?tag={tag}
        query: { page: '${ .page }', all: true }
        headers: { X-Trace: '${ .trace }' }
        body: { note: '${ .note }' }
      output: { as: '{ id: .id }' }
";
    let input = json!({"id": "a b", "tag": "x&y", "page": 2, "trace": "t1", "note": "hi"});
    let outcome = run_with(tasks, input, |_| {
        json_answer(201, &json!({"id": 7, "more": 1}))
    });
    assert_eq!(outcome.output(), &json!({"id": 7}));
    let call = &outcome.calls[0];
    assert_eq!(call.method, "POST");
    assert_eq!(
        call.url,
        "https://example.com/pets/a%20b/notes?tag=x%26y&page=2&all=true"
    );
    assert_eq!(call.body.as_deref(), Some(br#"{"note":"hi"}"#.as_slice()));
    assert!(
        call.headers
            .contains(&("X-Trace".to_owned(), "t1".to_owned()))
    );
    assert!(
        call.headers
            .contains(&("content-type".to_owned(), "application/json".to_owned()))
    );
    assert_eq!(call.id, "/do/0/send/1");
    let [open, ended] = outcome.steps.as_slice() else {
        panic!("{:?}", outcome.steps)
    };
    assert_eq!(
        (open.status, ended.status),
        (StepStatus::Running, StepStatus::Succeeded)
    );
    assert_eq!(ended.call.as_ref().and_then(|call| call.status), Some(201));
}

#[test]
fn the_output_format_decides_how_a_response_is_read() {
    let with = |output: &str| {
        let tasks = format!(
            "do: [ {{ get: {{ call: http, with: {{ method: get, endpoint: 'http://127.0.0.1:1/x', \
             output: {output} }} }} }} ]"
        );
        run_with(&tasks, json!({}), |_| json_answer(200, &json!({"a": 1})))
            .output()
            .clone()
    };
    assert_eq!(with("content"), json!({"a": 1}));
    assert_eq!(with("raw"), json!("eyJhIjoxfQ=="));
    let response = with("response");
    assert_eq!(response["statusCode"], 200);
    assert_eq!(response["content"], json!({"a": 1}));
    assert_eq!(response["request"]["uri"], "http://127.0.0.1:1/x");
    assert_eq!(
        response["headers"]["content-type"],
        "application/json; charset=utf-8"
    );
}

const GET: &str =
    "do: [ { get: { call: http, with: { method: get, endpoint: 'http://127.0.0.1:1/x' } } } ]";

#[test]
fn a_status_outside_200_to_299_is_a_communication_error_with_that_status() {
    let outcome = run_with(GET, json!({}), |_| {
        json_answer(404, &json!({"error": "no pet"}))
    });
    let fault = outcome.fault();
    assert_eq!(
        fault.r#type,
        "https://serverlessworkflow.io/spec/1.0.0/errors/communication"
    );
    assert_eq!(
        (fault.status, fault.instance.as_deref()),
        (404, Some("/do/0/get"))
    );
    let failed = outcome.steps.last().expect("a step");
    assert_eq!(failed.call.as_ref().and_then(|call| call.status), Some(404));
    assert!(matches!(
        run_with(GET, json!({}), |_| json_answer(302, &json!(1))).end,
        Effect::Fault(_)
    ));
}

#[test]
fn a_call_without_a_response_faults_by_the_kind_of_failure() {
    for (kind, name, status) in [
        (CallFailure::Communication, "communication", 500),
        (CallFailure::Timeout, "timeout", 408),
        (CallFailure::Refused, "configuration", 400),
    ] {
        let outcome = run_with(GET, json!({}), |_| CallResult::Failed {
            kind,
            detail: "x".to_owned(),
        });
        assert!(outcome.fault().r#type.ends_with(name));
        assert_eq!(outcome.fault().status, status);
    }
}

#[test]
fn a_header_cannot_inject_another_one() {
    let tasks = "
do: [ { get: { call: http, with: { method: get, endpoint: 'http://127.0.0.1:1/', headers: { X-A: '${ .v }' } } } } ]
";
    let outcome = run(tasks, json!({"v": "a\r\nHost: evil"}));
    assert!(
        outcome
            .fault()
            .detail
            .as_deref()
            .is_some_and(|detail| detail.contains("header"))
    );
}

#[test]
fn a_call_repeated_after_a_crash_is_the_same_call() {
    let definition = parse(GET);
    let (sandbox, mut run) = (sandbox(), Run::start(context(), json!({})));
    let first = advance(&definition, &mut run, Event::Start, NOW_MS, &sandbox)
        .expect("no expression is stuck");
    let again = advance(&definition, &mut run, Event::Continue, NOW_MS + 9, &sandbox)
        .expect("no expression is stuck");
    assert_eq!(first.effect, again.effect);
    assert!(matches!(first.effect, Effect::Perform { .. }));
}

#[test]
fn every_iteration_of_a_loop_has_its_own_idempotency_key() {
    let tasks = "
do:
  - count: { set: { n: '${ .n + 1 }' } }
  - get:
      call: http
      with: { method: get, endpoint: 'http://127.0.0.1:1/x' }
      output: { as: $input }
  - again: { switch: [ { more: { when: .n < 3, then: count } } ] }
";
    let outcome = run_with(tasks, json!({"n": 0}), |_| json_answer(200, &json!(null)));
    let keys: Vec<_> = outcome.calls.iter().map(|call| call.id.as_str()).collect();
    assert_eq!(keys, ["/do/1/get/1", "/do/1/get/2", "/do/1/get/3"]);
}

#[test]
fn a_response_that_is_not_quite_json_is_read() {
    let tasks = "do: [ { a: { call: http, with: { method: get, endpoint: 'http://127.0.0.1:{port}/' } } } ]";
    let with_body = |body: &[u8]| {
        run_with(tasks, json!({"port": 1}), |call| {
            assert_eq!(call.url, "http://127.0.0.1:1/");
            CallResult::Response {
                status: 200,
                headers: vec![("content-type".to_owned(), "application/json".to_owned())],
                body: body.to_vec(),
            }
        })
    };
    for blank in [&b"\r\n"[..], b"\xEF\xBB\xBF \n"] {
        assert_eq!(with_body(blank).output(), &serde_json::Value::Null);
    }
    let outcome = with_body(b"\xEF\xBB\xBF{\"a\":\"\\ud83d\"}");
    assert_eq!(outcome.output(), &json!({"a": "\u{fffd}"}));
    assert!(with_body(b"{\"e\":1e400}").output()["e"].is_number());
    assert_eq!(with_body(b"{").fault().status, 500);
}
