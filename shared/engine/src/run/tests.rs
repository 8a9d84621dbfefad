//! Whole workflows, driven as a worker would, with answers made up on the spot.

use super::{
    CallFailure, CallResult, Effect, Event, HttpCall, MAX_TASKS, Run, RunContext, Step, StepStatus,
    advance,
};
use crate::{Definition, Sandbox, yaml_to_json};
use serde_json::{Value, json};
use std::time::Duration;

pub(super) const NOW_MS: i64 = 1_700_000_000_000;

/// What a driven workflow did.
pub(super) struct Driven {
    pub(super) end: Effect,
    pub(super) steps: Vec<Step>,
    pub(super) calls: Vec<HttpCall>,
    pub(super) slices: usize,
}

impl Driven {
    pub(super) fn output(&self) -> &Value {
        match &self.end {
            Effect::Done(output) => output,
            other => panic!("the workflow did not end well: {other:?}"),
        }
    }

    pub(super) fn fault(&self) -> &crate::Fault {
        match &self.end {
            Effect::Fault(fault) => fault,
            other => panic!("the workflow did not fault: {other:?}"),
        }
    }

    pub(super) fn names(&self, status: StepStatus) -> Vec<&str> {
        let ended = self.steps.iter().filter(|step| step.status == status);
        ended.map(|step| step.name.as_str()).collect()
    }
}

pub(super) fn parse(tasks: &str) -> Definition {
    let heading = "document: {dsl: '1.0.3', namespace: test, name: example, version: '0.1.0'}\n";
    let document = yaml_to_json(&format!("{heading}{tasks}")).expect("YAML");
    Definition::parse(&document).unwrap_or_else(|problems| panic!("{problems:?}"))
}

pub(super) fn sandbox() -> Sandbox {
    Sandbox::with_time_limit(Duration::from_secs(120))
}

pub(super) fn context() -> RunContext {
    RunContext {
        execution_id: "exe_1".to_owned(),
        workflow_id: "wf_1".to_owned(),
        workflow_version: 3,
        started_at_ms: NOW_MS,
    }
}

/// Drives to the end; time jumps over waits; `between` may replace the run at every effect.
pub(super) fn drive(
    definition: &Definition,
    input: Value,
    mut answer: impl FnMut(&HttpCall) -> CallResult,
    mut between: impl FnMut(Run) -> Run,
) -> Driven {
    let (sandbox, mut run) = (sandbox(), Run::start(context(), input));
    let (mut now_ms, mut event) = (NOW_MS, Event::Start);
    let (mut steps, mut calls, mut slices) = (Vec::new(), Vec::new(), 0);
    loop {
        let advanced = advance(definition, &mut run, event, now_ms, &sandbox).expect("in time");
        steps.extend(advanced.steps);
        run = between(run);
        slices += 1;
        event = match advanced.effect {
            Effect::Call(call) => {
                let result = answer(&call);
                calls.push(call);
                Event::Responded(result)
            }
            Effect::Wait { until_ms } => {
                now_ms = until_ms;
                Event::Resumed
            }
            Effect::Continue => Event::Continue,
            end @ (Effect::Done(_) | Effect::Fault(_)) => {
                return Driven {
                    end,
                    steps,
                    calls,
                    slices,
                };
            }
        };
    }
}

pub(super) fn run(tasks: &str, input: Value) -> Driven {
    drive(
        &parse(tasks),
        input,
        |call| panic!("no call is expected: {call:?}"),
        |run| run,
    )
}

pub(super) fn run_with(
    tasks: &str,
    input: Value,
    answer: impl FnMut(&HttpCall) -> CallResult,
) -> Driven {
    drive(&parse(tasks), input, answer, |run| run)
}

pub(super) fn json_answer(status: u16, body: &Value) -> CallResult {
    let headers = vec![(
        "Content-Type".to_owned(),
        "application/json; charset=utf-8".to_owned(),
    )];
    CallResult::Response {
        status,
        headers,
        body: body.to_string().into_bytes(),
    }
}

#[test]
fn tasks_pass_their_output_on() {
    let colors = "
do:
  - composite:
      do:
        - setRed: { set: { colors: '${ .colors + [\"red\"] }' } }
        - setGreen: { set: { colors: '${ .colors + [\"green\"] }' } }
        - setBlue: { set: { colors: '${ .colors + [\"blue\"] }' } }
";
    let driven = run(colors, json!({}));
    assert_eq!(
        driven.output(),
        &json!({"colors": ["red", "green", "blue"]})
    );
    let expected = ["setRed", "setGreen", "setBlue", "composite"];
    assert_eq!(driven.names(StepStatus::Succeeded), expected);
    assert_eq!(driven.steps[0].path, "/do/0/composite/do/0/setRed");
    assert_eq!(driven.steps[0].kind, "set");
}

#[test]
fn a_switch_takes_the_first_case_that_matches_or_the_default() {
    let tasks = "
do:
  - choose:
      switch:
        - red: { when: '.color == \"red\"', then: setRed }
        - other: { then: setOther }
  - setRed: { set: { got: red }, then: end }
  - setOther: { set: { got: '${ $input.color }' }, then: end }
";
    assert_eq!(
        run(tasks, json!({"color": "red"})).output(),
        &json!({"got": "red"})
    );
    assert_eq!(
        run(tasks, json!({"color": "blue"})).output(),
        &json!({"got": "blue"})
    );
}

#[test]
fn a_switch_without_a_match_goes_where_its_then_says() {
    let tasks = "
do:
  - choose: { switch: [ { red: { when: '.color == \"red\"', then: setRed } } ], then: end }
  - setRed: { set: { got: red } }
";
    assert_eq!(
        run(tasks, json!({"color": "blue"})).output(),
        &json!({"color": "blue"})
    );
}

#[test]
fn exit_leaves_the_list_and_end_the_workflow() {
    let tasks = "
do:
  - outer:
      do:
        - a: { set: { at: a }, then: exit }
        - b: { set: { at: b } }
  - c: { set: { at: '${ .at + \"c\" }' } }
  - d: { do: [ { e: { set: { at: '${ .at + \"e\" }' }, then: end } } ] }
  - f: { set: { at: never } }
";
    let driven = run(tasks, json!({}));
    assert_eq!(driven.output(), &json!({"at": "ace"}));
    assert_eq!(
        driven.names(StepStatus::Succeeded),
        ["a", "outer", "c", "e", "d"]
    );
}

#[test]
fn data_flows_through_every_transformation() {
    let tasks = "
input: { from: .body }
output: { as: '{ result: ., context: $context }' }
do:
  - first:
      input: { from: .value }
      set: { doubled: '${ . * 2 }', raw: '${ $task.input.value }' }
      output: { as: '.doubled + .raw' }
      export: { as: '{ seen: $output, input: $input }' }
  - second: { set: '${ { number: ., context: $context } }' }
";
    let driven = run(tasks, json!({"body": {"value": 4}}));
    let seen = json!({"seen": 12, "input": 4});
    assert_eq!(
        driven.output(),
        &json!({"result": {"number": 12, "context": seen}, "context": seen})
    );
}

#[test]
fn expressions_see_workflow_task_and_runtime() {
    let tasks = "
do:
  - look:
      set:
        id: '${ $workflow.id }'
        name: '${ $workflow.definition.document.name }'
        input: '${ $workflow.input.a }'
        at: '${ $workflow.startedAt.iso8601 }'
        task: '${ $task.reference }'
        kind: '${ $task.definition | keys[0] }'
        runtime: '${ $runtime.name }'
        now: '${ now }'
";
    let expected = json!({
        "id": "exe_1", "name": "example", "input": 1, "at": "2023-11-14T22:13:20Z",
        "task": "/do/0/look", "kind": "set", "runtime": "sluice", "now": 1_700_000_000,
    });
    assert_eq!(run(tasks, json!({"a": 1})).output(), &expected);
}

#[test]
fn a_task_whose_condition_is_false_is_skipped() {
    let tasks = "
do:
  - maybe: { if: .wanted, set: { done: true } }
  - after: { set: { was: '${ . }' } }
";
    let driven = run(tasks, json!({"wanted": false}));
    assert_eq!(driven.output(), &json!({"was": {"wanted": false}}));
    assert_eq!(driven.names(StepStatus::Skipped), ["maybe"]);
}

#[test]
fn a_raised_error_faults_the_workflow_with_its_instance() {
    let tasks = "
do:
  - deep:
      do:
        - fail:
            raise:
              error:
                type: https://example.com/errors/no
                status: 409
                title: No
                detail: '${ \"no \" + .what }'
";
    let driven = run(tasks, json!({"what": "way"}));
    let fault = driven.fault();
    assert_eq!(fault.status, 409);
    assert_eq!(fault.detail.as_deref(), Some("no way"));
    assert_eq!(fault.instance.as_deref(), Some("/do/0/deep/do/0/fail"));
    assert_eq!(driven.names(StepStatus::Failed), ["fail", "deep"]);
}

#[test]
fn an_expression_that_fails_is_an_expression_error_at_its_task() {
    let driven = run(
        "do: [ { bad: { set: { a: '${ .x + 1 }' } } } ]",
        json!({"x": "text"}),
    );
    let fault = driven.fault();
    assert_eq!(
        fault.r#type,
        "https://serverlessworkflow.io/spec/1.0.0/errors/expression"
    );
    assert_eq!(
        (fault.status, fault.instance.as_deref()),
        (400, Some("/do/0/bad"))
    );
    assert!(
        fault
            .detail
            .as_deref()
            .is_some_and(|detail| detail.contains("cannot calculate"))
    );
}

#[test]
fn a_call_is_made_as_the_document_says() {
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
    let driven = run_with(tasks, input, |_| {
        json_answer(201, &json!({"id": 7, "more": 1}))
    });
    assert_eq!(driven.output(), &json!({"id": 7}));
    let call = &driven.calls[0];
    assert_eq!(call.method, "POST");
    assert_eq!(
        call.url,
        "https://example.com/pets/a%20b/notes?tag=x%26y&all=true&page=2"
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
    assert_eq!(call.idempotency_key_suffix, "/do/0/send/1");
    let [open, ended] = driven.steps.as_slice() else {
        panic!("{:?}", driven.steps)
    };
    assert_eq!(
        (open.status, ended.status),
        (StepStatus::Running, StepStatus::Succeeded)
    );
    assert_eq!(ended.call.as_ref().and_then(|call| call.status), Some(201));
}

#[test]
fn the_answer_is_read_as_asked_for() {
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
fn an_answer_outside_200_to_299_is_a_communication_error_with_its_status() {
    let driven = run_with(GET, json!({}), |_| {
        json_answer(404, &json!({"error": "no pet"}))
    });
    let fault = driven.fault();
    assert_eq!(
        fault.r#type,
        "https://serverlessworkflow.io/spec/1.0.0/errors/communication"
    );
    assert_eq!(
        (fault.status, fault.instance.as_deref()),
        (404, Some("/do/0/get"))
    );
    let failed = driven.steps.last().expect("a step");
    assert_eq!(failed.call.as_ref().and_then(|call| call.status), Some(404));
    assert!(matches!(
        run_with(GET, json!({}), |_| json_answer(302, &json!(1))).end,
        Effect::Fault(_)
    ));
}

#[test]
fn a_call_without_an_answer_faults_by_its_kind() {
    for (kind, name, status) in [
        (CallFailure::Communication, "communication", 500),
        (CallFailure::Timeout, "timeout", 408),
        (CallFailure::Refused, "configuration", 400),
    ] {
        let driven = run_with(GET, json!({}), |_| CallResult::Failed {
            kind,
            detail: "x".to_owned(),
        });
        assert!(driven.fault().r#type.ends_with(name));
        assert_eq!(driven.fault().status, status);
    }
}

#[test]
fn a_header_cannot_smuggle_another_one() {
    let tasks = "
do: [ { get: { call: http, with: { method: get, endpoint: 'http://127.0.0.1:1/', headers: { X-A: '${ .v }' } } } } ]
";
    let driven = run(tasks, json!({"v": "a\r\nHost: evil"}));
    assert!(
        driven
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
    let first = advance(&definition, &mut run, Event::Start, NOW_MS, &sandbox).expect("in time");
    let again =
        advance(&definition, &mut run, Event::Continue, NOW_MS + 9, &sandbox).expect("in time");
    assert_eq!(first.effect, again.effect);
    assert!(matches!(first.effect, Effect::Call(_)));
}

#[test]
fn a_loop_counts_visits_so_that_every_call_has_its_own_key() {
    let tasks = "
do:
  - count: { set: { n: '${ .n + 1 }' } }
  - get:
      call: http
      with: { method: get, endpoint: 'http://127.0.0.1:1/x' }
      output: { as: $input }
  - again: { switch: [ { more: { when: .n < 3, then: count } } ] }
";
    let driven = run_with(tasks, json!({"n": 0}), |_| json_answer(200, &json!(null)));
    let keys: Vec<_> = driven
        .calls
        .iter()
        .map(|call| call.idempotency_key_suffix.as_str())
        .collect();
    assert_eq!(keys, ["/do/1/get/1", "/do/1/get/2", "/do/1/get/3"]);
}

#[test]
fn a_wait_ends_at_its_time_and_not_before() {
    let definition = parse("do: [ { pause: { wait: { minutes: 2, seconds: 1 } } } ]");
    let (sandbox, mut run) = (sandbox(), Run::start(context(), json!({"kept": true})));
    let mut at = |event, now_ms| {
        advance(&definition, &mut run, event, now_ms, &sandbox)
            .expect("in time")
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
        let advanced =
            advance(&definition, &mut run, Event::Start, NOW_MS, &sandbox()).expect("in time");
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
fn an_endless_loop_yields_and_ends_at_the_limit() {
    let driven = run(
        "do: [ { again: { set: { a: 1 }, then: again } } ]",
        json!({}),
    );
    assert!(
        driven
            .fault()
            .detail
            .as_deref()
            .is_some_and(|detail| detail.contains("at most"))
    );
    assert_eq!(driven.steps.len() as u64, MAX_TASKS);
    assert!(driven.slices > 100);
}

#[test]
fn a_workflow_of_ten_thousand_steps_ends_and_its_state_stays_small() {
    let tasks = "
do:
  - count: { set: { n: '${ .n + 1 }' } }
  - again: { switch: [ { more: { when: .n < 5000, then: count } } ] }
";
    let mut largest = 0;
    let driven = drive(
        &parse(tasks),
        json!({"n": 0}),
        |_| json_answer(200, &json!(1)),
        |run| {
            largest = largest.max(serde_json::to_vec(&run).expect("JSON").len());
            run
        },
    );
    assert_eq!(driven.output(), &json!({"n": 5000}));
    assert_eq!(driven.steps.len(), 10_000);
    assert!(largest < 1_000, "{largest}");
}

#[test]
fn an_expression_that_overruns_leaves_the_run_stuck() {
    let definition = parse("do: [ { a: { set: '${ [range(100000)] | length }' } } ]");
    let mut run = Run::start(context(), json!({}));
    let hasty = Sandbox::with_time_limit(Duration::from_nanos(1));
    assert!(advance(&definition, &mut run, Event::Start, NOW_MS, &hasty).is_err());
}
