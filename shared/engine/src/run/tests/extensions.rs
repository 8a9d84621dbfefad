//! Extensions: which tasks they extend, their input, and what happens to their output.

use super::{json_answer, run, run_with};
use crate::StepStatus;
use serde_json::json;

const LOGGING: &str = "
use:
  extensions:
    - logging:
        extend: set
        before: [ { tell: { call: http, with: { method: post, endpoint: 'http://127.0.0.1:1/before', body: '${ [$task.reference, .] }' } } } ]
        after: [ { tell: { call: http, with: { method: post, endpoint: 'http://127.0.0.1:1/after', body: '${ [$task.name, .] }' } } } ]
do:
  - one: { set: { n: '${ .n + 1 }' } }
  - rest: { wait: PT1S }
  - two: { set: { n: '${ .n + 1 }' }, then: end }
  - never: { set: {} }
";

#[test]
fn an_extension_runs_around_every_task_of_its_kind_and_does_not_change_the_data() {
    let outcome = run_with(LOGGING, json!({"n": 1}), |_| {
        json_answer(200, &json!("noted"))
    });
    assert_eq!(outcome.output(), &json!({"n": 3}));
    let bodies: Vec<_> = outcome
        .calls
        .iter()
        .map(|call| String::from_utf8_lossy(call.body.as_deref().unwrap_or_default()).into_owned())
        .collect();
    let expected = [
        "[\"/do/0/one\",{\"n\":1}]",
        "[\"one\",{\"n\":2}]",
        "[\"/do/2/two\",{\"n\":2}]",
        "[\"two\",{\"n\":3}]",
    ];
    assert_eq!(bodies, expected);
    let keys: Vec<_> = outcome.calls.iter().map(|call| call.id.as_str()).collect();
    let expected = [
        "/do/0/one/extension/0/before/0/tell/1",
        "/do/0/one/extension/0/after/0/tell/1",
        "/do/2/two/extension/0/before/0/tell/1",
        "/do/2/two/extension/0/after/0/tell/1",
    ];
    assert_eq!(keys, expected);
}

#[test]
fn a_task_that_exits_a_before_list_replaces_the_extended_task() {
    let tasks = "
use:
  extensions:
    - mock:
        extend: call
        when: '$task.definition.with.endpoint | startswith(\"http://mocked\")'
        before: [ { intercept: { set: { mocked: '${ $task.name }' }, then: exit } } ]
        after: [ { never: { raise: { error: { type: 'https://example.com/e', status: 500 } } } } ]
do:
  - get: { call: http, with: { method: get, endpoint: 'http://mocked/x' }, output: { as: .mocked }, export: { as: . } }
  - real: { if: '$context == \"get\"', call: http, with: { method: get, endpoint: 'http://127.0.0.1:1/x' } }
";
    let outcome = run_with(tasks, json!({}), |call| json_answer(200, &json!(call.url)));
    assert_eq!(outcome.output(), &json!("http://127.0.0.1:1/x"));
    assert_eq!(outcome.calls.len(), 1);
    assert_eq!(
        outcome.names(StepStatus::Succeeded),
        ["intercept", "get", "real"]
    );
}

#[test]
fn a_fault_in_an_extension_fails_the_task() {
    let tasks = "
use:
  extensions:
    - guard: { extend: all, before: [ { no: { if: .closed, raise: { error: { type: 'https://example.com/closed', status: 423 } } } } ] }
do:
  - safe:
      try: [ { work: { set: { done: true } } } ]
      catch: { errors: { with: { status: 423 } }, do: [ { after: { if: 'false', set: {} } } ] }
";
    assert_eq!(
        run(tasks, json!({"closed": false})).output(),
        &json!({"done": true})
    );
    let closed = run(tasks, json!({"closed": true}));
    assert_eq!(closed.fault().status, 423);
    assert_eq!(closed.names(StepStatus::Failed), ["no", "safe"]);
}
