//! The JSON of events, and the bodies of publish requests.

use domain::outbound::Subject;
use domain::{Environment, OrgId, Tenant, Timestamp};

use serde_json::json;

use super::*;
use crate::test_requests::with_body;

#[test]
fn an_event_has_the_form_that_is_delivered() {
    let event = Event {
        id: EventId::derived(&["e"]),
        tenant: Tenant {
            org: OrgId::derived(&["o"]),
            environment: Environment::Test,
        },
        event_type: EventType::ConnectionCreated,
        at: Timestamp::from_millis(1_781_612_250_231),
        subject: Subject::default(),
        hops: 0,
        data: json!({"linkedAccountId": "acc_1"}),
    };
    insta::assert_snapshot!(serde_json::to_string_pretty(&view(&event)).unwrap());
}

#[test]
fn an_event_needs_a_type_and_no_more() {
    let draft = publish(&with_body(&json!({"type": "connection.expired"}))).unwrap();
    assert_eq!(draft.event_type, EventType::ConnectionExpired);
    assert_eq!(
        (draft.data, draft.workflow, draft.slug),
        (json!({}), None, None)
    );
    let workflow = WorkflowId::derived(&["w"]);
    let whole =
        json!({"type": "invoice.paid", "data": {"a": 1}, "workflowId": workflow, "slug": "crm"});
    let draft = publish(&with_body(&whole)).unwrap();
    assert_eq!(draft.data, json!({"a": 1}));
    assert_eq!(
        (draft.workflow, draft.slug.as_deref()),
        (Some(workflow), Some("crm"))
    );
}

#[test]
fn an_invalid_event_is_refused() {
    for (body, code) in [
        (json!({}), Code::InvalidField),
        (json!({"type": "workflow.failed"}), Code::InvalidField),
        (json!({"type": "webhook.test"}), Code::InvalidField),
        (json!({"type": "Workflow Errored"}), Code::InvalidField),
        (json!({"type": "a.b", "data": [1]}), Code::InvalidField),
        (
            json!({"type": "a.b", "workflowId": "wf_1"}),
            Code::InvalidField,
        ),
        (json!({"type": "a.b", "slug": "é"}), Code::InvalidField),
        (json!({"type": "a.b", "id": "evt_1"}), Code::UnknownField),
        (
            json!({"type": "a.b", "data": {"a": "x".repeat(102_393)}}),
            Code::EventTooLarge,
        ),
    ] {
        assert_eq!(
            publish(&with_body(&body)).unwrap_err().code(),
            code,
            "{code:?}"
        );
    }
    let largest = json!({"type": "a.b", "data": {"a": "x".repeat(102_392)}});
    assert!(publish(&with_body(&largest)).is_ok());
}
