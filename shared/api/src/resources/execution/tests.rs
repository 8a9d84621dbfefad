//! The JSON of executions, and the queries and bodies of requests about them.

use domain::limits::{MAX_PAGE_BYTES, MAX_SHOWN_OUTPUT_BYTES, MAX_SHOWN_VALUE_BYTES};
use domain::outbound::{Delivery, EventType, Stage};
use domain::{
    Cost, Ending, Environment, EventId, OrgId, Phase, StepPosition, SubscriptionId, Tenant,
};
use serde_json::json;

use super::*;
use crate::page::escaped_bytes;
use crate::resources::step::Step;
use crate::test_requests::with_query;

fn execution() -> Execution {
    let now = Timestamp::from_millis(1_781_612_250_231);
    Execution {
        id: ExecutionId::derived(&["e"]),
        tenant: Tenant {
            org: OrgId::derived(&["o"]),
            environment: Environment::Test,
        },
        workflow_id: WorkflowId::derived(&["w"]),
        workflow_version: 2,
        trigger_id: TriggerId::derived(&["t"]),
        delivery_id: Some(SenderDeliveryId::parse("72d3162e").unwrap()),
        is_test: false,
        is_edited: false,
        parent_id: None,
        created_at: now,
        started_at: Some(now.plus_millis(40)),
        phase: Phase::Ended {
            ending: Ending::Succeeded,
            at: now.plus_millis(90),
            expires_at: now.plus_days(30),
        },
    }
}

fn step() -> Step {
    let now = execution().created_at;
    Step {
        path: "/do/0/charge".into(),
        name: "charge".into(),
        kind: "call:http".into(),
        visit: 1,
        status: "succeeded",
        attempts: 1,
        started_at: now.plus_millis(41),
        finished_at: Some(now.plus_millis(88)),
        input: json!({"price": 1}),
        output: Some(json!({"ok": true})),
        error: None,
        call: Some(json!({"method": "POST", "url": "https://api.example/charge", "status": 200})),
    }
}

fn delivery() -> Delivery {
    let event = EventId::derived(&["e"]);
    let subscription = SubscriptionId::derived(&["s"]);
    Delivery {
        id: Delivery::id_for(event, subscription),
        tenant: execution().tenant,
        subscription_id: subscription,
        event_id: event,
        event_type: EventType::WorkflowCompleted,
        created_at: execution().created_at,
        attempts: 1,
        tries: 1,
        stage: Stage::Delivered {
            at: execution().created_at,
        },
    }
}

fn cost() -> Cost {
    Cost {
        write_units: 8,
        read_units: 1,
        owned_ms: 240,
    }
}

fn with_steps(view: View<'_>, steps: impl IntoIterator<Item = Step>) -> Value {
    let mut list = view.step_list();
    for (number, step) in steps.into_iter().enumerate() {
        let next = StepPosition {
            page: 0,
            step: number + 1,
        };
        if !list.add(step, next) {
            break;
        }
    }
    json!(view.with_steps(list.into_page()))
}

#[test]
fn an_execution_has_its_public_form() {
    let contents = Contents {
        input: Some(json!({"price": 1})),
        output: Some(json!({"ok": true})),
        error: None,
        deliveries: vec![delivery()],
        cost: cost(),
    };
    let shown = with_steps(view(&execution(), contents), [step()]);
    insta::assert_snapshot!(serde_json::to_string_pretty(&shown).unwrap());
}

#[test]
fn an_execution_with_the_largest_values_and_steps_fits_into_an_answer() {
    let quotes = |bytes: usize| Value::from("\"".repeat(bytes / 4 - 1));
    let large_step = |visit| Step {
        input: quotes(MAX_SHOWN_VALUE_BYTES),
        visit,
        ..step()
    };
    let contents = |output_bytes| Contents {
        input: Some(quotes(MAX_SHOWN_VALUE_BYTES)),
        output: Some(quotes(output_bytes)),
        error: None,
        deliveries: vec![delivery()],
        cost: cost(),
    };
    let execution = execution();
    let shown = view(&execution, contents(MAX_SHOWN_OUTPUT_BYTES));
    let shown = with_steps(shown, (1..20).map(large_step));
    assert!(shown["output"].is_string());
    assert_eq!(shown["steps"].as_array().unwrap().len(), 1);
    assert!(shown["nextStepsCursor"].is_string());
    assert!(escaped_bytes(&shown) <= MAX_PAGE_BYTES + 200);
    let shown = view(&execution, contents(MAX_SHOWN_OUTPUT_BYTES + 8));
    let shown = with_steps(shown, []);
    assert!(shown["output"]["omitted"].is_string());
}

#[test]
fn each_filter_admits_what_matches_and_nothing_else() {
    let workflow = execution().workflow_id.to_string();
    let trigger = execution().trigger_id.to_string();
    let (other_workflow, other_trigger) = (
        WorkflowId::derived(&["x"]).to_string(),
        TriggerId::derived(&["x"]).to_string(),
    );
    for (name, passing, failing) in [
        ("workflowId", workflow.as_str(), other_workflow.as_str()),
        ("triggerId", &trigger, &other_trigger),
        ("status", "succeeded", "failed"),
        (
            "since",
            "2026-06-16T12:17:30.231Z",
            "2026-06-16T12:17:30.232Z",
        ),
        (
            "until",
            "2026-06-16T12:17:30.232Z",
            "2026-06-16T12:17:30.231Z",
        ),
    ] {
        let admits = |value| {
            filter(&with_query(&[(name, value)]))
                .unwrap()
                .admits(&execution())
        };
        assert!(admits(passing), "{name}");
        assert!(!admits(failing), "{name}");
    }
}

#[test]
fn a_filter_that_does_not_parse_is_refused() {
    for query in [
        ("workflowId", "wf_1"),
        ("triggerId", ""),
        ("status", "done"),
        ("deliveryId", "a b"),
        ("since", "yesterday"),
        ("workflow", "wf_1"),
    ] {
        let refused = filter(&with_query(&[query])).unwrap_err();
        assert_eq!(refused.code(), Code::InvalidParameter, "{query:?}");
    }
}

#[test]
fn a_replay_runs_the_current_version_unless_the_request_says_original() {
    let version = |body: &str| {
        let mut inbound = with_query(&[]);
        inbound.body = body.as_bytes().to_vec();
        replay(&inbound).map(|replay| replay.version)
    };
    assert_eq!(version("").unwrap(), Version::Current);
    let original = version(r#"{"version": "original"}"#).unwrap();
    assert_eq!(original, Version::Original);
    for body in [r#"{"version": 1}"#, r#"{"version": "v1"}"#] {
        assert_eq!(version(body).unwrap_err().code(), Code::InvalidField);
    }
}
