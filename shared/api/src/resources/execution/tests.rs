//! Executions out, filters in.

use domain::outbound::{EventType, Stage};
use domain::{Ending, Environment, EventId, OrgId, Phase, SubscriptionId, Tenant};

use super::*;

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

fn asked(query: &[(&str, &str)]) -> Inbound {
    let mut inbound = Inbound::read(lambda_http::Request::default());
    inbound.query = query
        .iter()
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    inbound
}

#[test]
fn an_execution_has_its_public_form() {
    let contents = Contents {
        input: Some(json!({"price": 1})),
        output: Some(json!({"ok": true})),
        error: None,
        steps: vec![step()],
        deliveries: vec![delivery()],
    };
    insta::assert_snapshot!(serde_json::to_string_pretty(&view(&execution(), contents)).unwrap());
}

#[test]
fn each_filter_lets_its_own_pass_and_keeps_others_out() {
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
            filter(&asked(&[(name, value)]))
                .unwrap()
                .admits(&execution())
        };
        assert!(admits(passing), "{name}");
        assert!(!admits(failing), "{name}");
    }
}

#[test]
fn a_filter_that_cannot_be_read_is_refused() {
    for query in [
        ("workflowId", "wf_1"),
        ("triggerId", ""),
        ("status", "done"),
        ("deliveryId", "a b"),
        ("since", "yesterday"),
        ("workflow", "wf_1"),
    ] {
        let refused = filter(&asked(&[query])).unwrap_err();
        assert_eq!(refused.code(), Code::InvalidParameter, "{query:?}");
    }
}

#[test]
fn an_older_execution_comes_later_in_the_list() {
    let newer = Place::of(&execution());
    let older = Place {
        created_at: Timestamp::from_millis(0),
        ..newer
    };
    assert!(older > newer);
}

#[test]
fn a_place_reads_back() {
    let place = Place::of(&execution());
    assert_eq!(Place::read(&place.write()), Some(place));
}

#[test]
fn a_replay_runs_the_current_version_unless_asked_otherwise() {
    let version = |body: &str| {
        let mut inbound = asked(&[]);
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
