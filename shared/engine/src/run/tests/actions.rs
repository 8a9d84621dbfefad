//! Actions other than calls over HTTP: events, built-in functions, child workflows.

use super::{NOW_MS, advance, context, parse, perform, sandbox};
use crate::{Action, ActionKind, ActionResult, Effect, Event, FaultKind, Run, StepStatus};
use serde_json::{Value, json};

const EMIT: &str = "
do:
  - greet:
      emit:
        event:
          with: { source: 'https://example.com', type: com.example.greeted, level: '${ .level }', data: { to: '${ .name }' } }
";

#[test]
fn an_event_has_all_required_attributes_and_is_the_output_of_its_task() {
    let outcome = perform(EMIT, json!({"name": "Ada"}), |_| {
        ActionResult::Returned(Value::Null)
    });
    let event = json!({
        "id": "exe_1/do/0/greet/1", "source": "https://example.com", "type": "com.example.greeted",
        "specversion": "1.0", "time": "2023-11-14T22:13:20Z", "datacontenttype": "application/json",
        "data": {"to": "Ada"},
    });
    assert_eq!(outcome.output(), &event);
    let action = Action {
        id: "/do/0/greet/1".to_owned(),
        kind: ActionKind::Emit(event),
    };
    assert_eq!(outcome.actions, [action]);
    assert_eq!(outcome.names(StepStatus::Running), ["greet"]);
    assert_eq!(outcome.steps[0].kind, "emit");
}

#[test]
fn an_event_keeps_the_attributes_of_the_document_and_is_checked() {
    let with = |attributes: &str| {
        let tasks = format!(
            "do: [ {{ e: {{ emit: {{ event: {{ with: {{ source: s, type: t, {attributes} }} }} }} }} }} ]"
        );
        perform(&tasks, json!({"deep": [1]}), |_| {
            ActionResult::Returned(Value::Null)
        })
    };
    let kept = with("id: mine, time: '2020-01-01T00:00:00Z', subject: x");
    let shown = ["id", "time", "subject", "datacontenttype"].map(|name| &kept.output()[name]);
    assert_eq!(
        shown,
        [
            &json!("mine"),
            &json!("2020-01-01T00:00:00Z"),
            &json!("x"),
            &Value::Null
        ]
    );
    for (attributes, part) in [
        ("id: '${ 7 }'", "`id`"),
        ("time: yesterday", "`time`"),
        ("specversion: '0.3'", "`specversion`"),
        ("Level: 1", "`Level`"),
        ("level: '${ .deep }'", "`level`"),
    ] {
        let detail = with(attributes).fault().detail.clone();
        assert!(detail.is_some_and(|detail| detail.contains(part)), "{part}");
    }
}

const FUNCTION: &str =
    "do: [ { send: { call: aws.sqs, with: { queueUrl: '${ .url }', body: { n: 1 } } } } ]";

#[test]
fn the_output_of_a_built_in_function_is_its_result() {
    let outcome = perform(FUNCTION, json!({"url": "q"}), |_| {
        ActionResult::Returned(json!({"messageId": "m"}))
    });
    assert_eq!(outcome.output(), &json!({"messageId": "m"}));
    let kind = ActionKind::Function {
        name: "aws.sqs".to_owned(),
        arguments: json!({"queueUrl": "q", "body": {"n": 1}}),
    };
    assert_eq!(outcome.actions[0].kind, kind);
    assert_eq!(outcome.steps[0].kind, "call:aws.sqs");
}

#[test]
fn a_fault_of_a_built_in_function_can_be_caught() {
    let raised = |_: &Action| ActionResult::Raised(FaultKind::Authorization.raise("not yours"));
    let outcome = perform(FUNCTION, json!({"url": "q"}), raised);
    let fault = outcome.fault();
    assert!(fault.r#type.ends_with("/authorization"));
    assert_eq!(
        (fault.status, fault.instance.as_deref()),
        (403, Some("/do/0/send"))
    );
    let caught = "
do:
  - safe:
      try: [ { put: { call: records.put, with: { table: t, key: k, item: {} } } } ]
      catch: { errors: { with: { status: 403 } }, do: [ { say: { set: { no: '${ $error.detail }' } } } ] }
";
    assert_eq!(
        perform(caught, json!({}), raised).output(),
        &json!({"no": "not yours"})
    );
}

#[test]
fn arguments_from_an_expression_are_checked_after_evaluation() {
    let tasks = "do: [ { send: { call: aws.sqs, with: '${ .arguments }' } } ]";
    for (arguments, part) in [
        (json!({"queueUrl": "q"}), "`body`"),
        (json!({"queueUrl": "q", "body": 1, "more": 1}), "`more`"),
        (json!([]), "object"),
    ] {
        let outcome = perform(tasks, json!({"arguments": arguments}), |action| {
            panic!("{action:?}")
        });
        assert!(outcome.fault().r#type.ends_with("/validation"));
        let detail = outcome.fault().detail.as_deref().unwrap_or_default();
        assert!(detail.contains(part), "{detail}");
    }
}

#[test]
fn a_result_of_another_kind_of_action_is_a_fault() {
    let called = |_: &Action| ActionResult::Called(super::json_answer(200, &json!(1)));
    let outcome = perform(FUNCTION, json!({"url": "q"}), called);
    assert!(outcome.fault().r#type.ends_with("/runtime"));
}

fn child(rest: &str) -> String {
    format!(
        "do: [ {{ sub: {{ run: {{ workflow: {{ namespace: n, name: '${{ .which }}', input: {{ a: 1 }} }}{rest} }} }} }} ]"
    )
}

#[test]
fn the_output_of_a_child_workflow_is_the_output_of_the_task() {
    let (input, output) = (json!({"which": "w"}), json!("of the child"));
    let returned = |_: &Action| ActionResult::Returned(output.clone());
    let outcome = perform(&child(""), input.clone(), returned);
    assert_eq!(outcome.output(), &output);
    let ActionKind::Workflow(asked) = &outcome.actions[0].kind else {
        panic!("{:?}", outcome.actions)
    };
    assert_eq!(
        (asked.name.as_str(), asked.version.as_str()),
        ("w", "latest")
    );
    assert!(asked.is_awaited);
    let unawaited = perform(&child(", await: false"), input.clone(), returned);
    assert_eq!(unawaited.output(), &input);
}

#[test]
fn a_pending_action_is_listed_again_at_its_time_or_when_the_run_is_woken() {
    let (definition, sandbox) = (parse(&child("")), sandbox());
    let mut run = Run::start(context(), json!({"which": "w"}));
    let mut at = |event, now_ms| {
        advance(&definition, &mut run, event, now_ms, &sandbox)
            .expect("no expression is stuck")
            .effect
    };
    let pending = |until_ms| Event::Finished {
        id: "/do/0/sub/1".to_owned(),
        result: ActionResult::Pending { until_ms },
    };
    let asked = at(Event::Start, NOW_MS);
    assert!(matches!(asked, Effect::Perform { .. }));
    let until_ms = NOW_MS + 60_000;
    assert_eq!(at(pending(until_ms), NOW_MS), Effect::Wait { until_ms });
    assert_eq!(at(Event::Continue, NOW_MS + 1), Effect::Wait { until_ms });
    assert_eq!(at(Event::Resumed, until_ms), asked);
    // A time in the past is postponed, so that the worker does not poll in a tight loop.
    let until_ms = until_ms + 1_000;
    assert_eq!(at(pending(0), until_ms - 1_000), Effect::Wait { until_ms });
    assert_eq!(at(Event::Awoken, until_ms - 999), asked);
    let returned = Event::Finished {
        id: "/do/0/sub/1".to_owned(),
        result: ActionResult::Returned(json!(2)),
    };
    assert_eq!(at(returned, until_ms), Effect::Done(json!(2)));
}

#[test]
fn a_pending_action_in_one_branch_does_not_block_the_others() {
    let tasks = "
do:
  - all:
      fork:
        branches:
          - slow: { call: aws.states, with: { stateMachineArn: a } }
          - rest: { wait: PT10S }
          - quick: { call: records.get, with: { table: t, key: k } }
";
    let (definition, sandbox) = (parse(tasks), sandbox());
    let mut run = Run::start(context(), json!({}));
    let mut at = |event, now_ms| {
        let advanced = advance(&definition, &mut run, event, now_ms, &sandbox)
            .expect("no expression is stuck");
        match advanced.effect {
            Effect::Perform { actions, until_ms } => (actions.len(), until_ms),
            Effect::Wait { until_ms } => (0, Some(until_ms)),
            other => panic!("{other:?}"),
        }
    };
    let finished = |branch: &str, result| Event::Finished {
        id: format!("/do/0/all/fork/branches/{branch}/1"),
        result,
    };
    let (wait_ms, pending_ms) = (NOW_MS + 10_000, NOW_MS + 5_000);
    assert_eq!(at(Event::Start, NOW_MS), (2, Some(wait_ms)));
    let pending = finished(
        "0/slow",
        ActionResult::Pending {
            until_ms: pending_ms,
        },
    );
    assert_eq!(at(pending, NOW_MS), (1, Some(pending_ms)));
    let row = finished("2/quick", ActionResult::Returned(json!(1)));
    assert_eq!(at(row, NOW_MS), (0, Some(pending_ms)));
    assert_eq!(at(Event::Resumed, pending_ms), (1, Some(wait_ms)));
}

#[test]
fn an_event_without_a_source_has_that_of_its_workflow() {
    let tasks = "do: [ { e: { emit: { event: { with: { type: com.example.greeted } } } } } ]";
    let outcome = perform(tasks, json!({}), |_| ActionResult::Returned(Value::Null));
    assert_eq!(outcome.output()["source"], "/test/example/0.1.0");
}

#[test]
fn a_workflow_that_returns_none_leaves_null() {
    let tasks = child(", return: none");
    let outcome = perform(&tasks, json!({"which": "w"}), |_| {
        ActionResult::Returned(json!({"big": 1}))
    });
    assert_eq!(outcome.output(), &Value::Null);
}

#[test]
fn a_workflow_to_run_needs_the_names_of_the_dsl() {
    let tasks = "do: [ { a: { run: { workflow: { namespace: shop, name: '${ .name }' } } } } ]";
    let outcome = perform(tasks, json!({"name": "order#evil"}), |_| {
        panic!("nothing runs")
    });
    let detail = outcome.fault().detail.clone().unwrap_or_default();
    assert!(detail.contains("letters, digits and hyphens"), "{detail}");
}
