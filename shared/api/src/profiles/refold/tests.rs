//! The examples, fields, defaults and errors of the document "Create Webhook".

mod answers;
mod formats;

use domain::outbound::{DisabledBecause, Method};
use domain::{Environment, OrgId, SubscriptionId, Tenant, Timestamp};
use serde_json::json;

use super::*;
use crate::test_requests::with_body;

/// The request in the product's document.
const REQUEST: &str = r#"{
    "webhook_url": "https://your-app.com/webhooks",
    "webhook_events": ["Workflow Errored", "Connection Expired"],
    "webhook_type": "default"
}"#;

/// The answer in the document; the ids differ.
const ANSWER: &str = r#"{
    "_id": "6a313eda6d5528bdcf71ebac",
    "org_id": "6500a1b2c3d4e5f6a7b8c9d0",
    "environment": "test",
    "is_enabled": true,
    "webhook_events": ["Workflow Errored", "Connection Expired"],
    "workflow_ids": [],
    "webhook_url": "https://your-app.com/webhooks",
    "webhook_body": "{{event}}",
    "method": "POST",
    "webhook_type": "default",
    "createdAt": "2026-06-16T12:17:30.231Z",
    "updatedAt": "2026-06-16T12:17:30.231Z",
    "__v": 0
}"#;

/// The error in the document.
const ERROR: &str = r#"{
    "status_code": 400,
    "http_error_type": "BAD_REQUEST",
    "error": "INVALID_EVENT",
    "message": "Invalid event. Check events list in documentation."
}"#;

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The documented request with one more field.
fn with(name: &str, value: Value) -> Inbound {
    let mut body = json_of(REQUEST);
    body[name] = value;
    with_body(&body)
}

fn subscription_of(draft: Draft) -> Subscription {
    let now = Timestamp::from_millis(1_781_612_250_231);
    Subscription {
        id: SubscriptionId::derived(&["s"]),
        tenant: Tenant {
            org: OrgId::derived(&["o"]),
            environment: Environment::Test,
        },
        profile: draft.profile,
        url: draft.url,
        events: draft.events,
        workflow_ids: draft.workflow_ids,
        slug: draft.slug,
        format: draft.format,
        method: draft.method,
        headers: draft.headers,
        disabled: (!draft.enabled).then_some((DisabledBecause::Asked, now)),
        created_at: now,
        updated_at: now,
        revision: 1,
    }
}

fn example() -> Subscription {
    subscription_of(create(&with_body(&json_of(REQUEST))).unwrap())
}

fn refusal(problem: Problem) -> (u16, Value) {
    let response = refuse(problem);
    assert_eq!(response.headers()["content-type"], "application/json");
    let status = response.status().as_u16();
    (
        status,
        serde_json::from_slice(&response.into_body()).unwrap(),
    )
}

fn refused(result: Result<Draft, Problem>) -> (u16, String, String) {
    let (status, body) = refusal(result.unwrap_err());
    let member = |name: &str| body[name].as_str().unwrap().to_owned();
    (status, member("error"), member("message"))
}

#[test]
fn the_documented_request_gets_the_documented_answer() {
    let mut expected = json_of(ANSWER);
    expected["_id"] = json!(example().id);
    expected["org_id"] = json!(example().tenant.org);
    assert_eq!(json!(view(&example())), expected);
}

#[test]
fn an_unknown_event_gets_the_documented_error() {
    for events in [
        json!(["Workflow Exploded"]),
        json!([]),
        json!(["workflow.failed"]),
    ] {
        let unknown = create(&with("webhook_events", events)).unwrap_err();
        assert_eq!(refusal(unknown), (400, json_of(ERROR)));
    }
    let none = create(&with_body(&json!({"webhook_url": "https://a/"}))).unwrap_err();
    assert_eq!(refusal(none), (400, json_of(ERROR)));
}

#[test]
fn every_documented_event_can_be_subscribed_to() {
    let events = json!([
        "Connection Created",
        "Connection Deleted",
        "Connection Expired",
        "Workflow Completed",
        "Workflow Errored",
    ]);
    let made = subscription_of(create(&with("webhook_events", events.clone())).unwrap());
    assert_eq!(json!(view(&made))["webhook_events"], events);
}

#[test]
fn a_field_that_is_left_out_has_the_documented_default() {
    let body = json!({"webhook_url": "https://a/", "webhook_events": ["Workflow Errored"]});
    let draft = create(&with_body(&body)).unwrap();
    assert_eq!(
        (&draft.format, draft.method),
        (&Format::Default, Method::Post)
    );
    assert!(draft.enabled && draft.headers.is_empty() && draft.slug.is_none());
    assert!(draft.workflow_ids.is_empty());
}

#[test]
fn every_field_is_read() {
    let workflow = WorkflowId::derived(&["w"]);
    let body = json!({
        "webhook_url": "http://your-app.com/", "webhook_events": ["Workflow Errored"],
        "webhook_type": "custom", "method": "PATCH", "webhook_headers": {"X-A": "b", "X-N": 1},
        "webhook_body": "{\"e\": {{event}}}", "slug": "orders", "workflow_ids": [workflow],
        "a_field_of_theirs": true,
    });
    let draft = create(&with_body(&body)).unwrap();
    assert_eq!(
        draft.headers,
        [
            ("X-A".to_owned(), "b".to_owned()),
            ("X-N".into(), "1".into())
        ]
    );
    let view = json!(view(&subscription_of(draft)));
    for field in [
        "webhook_url",
        "webhook_type",
        "method",
        "webhook_body",
        "slug",
        "workflow_ids",
    ] {
        assert_eq!(view[field], body[field], "{field}");
    }
    assert!(view.get("webhook_headers").is_none());
}

#[test]
fn with_a_slug_only_events_of_workflows_are_allowed() {
    let (status, error, _) = refused(create(&with("slug", json!("crm"))));
    assert_eq!((status, error.as_str()), (400, "INVALID_EVENT"));
    let body = json!({
        "webhook_url": "https://a/", "webhook_events": ["Workflow Errored", "Workflow Completed"], "slug": "crm",
    });
    assert_eq!(
        create(&with_body(&body)).unwrap().slug.as_deref(),
        Some("crm")
    );
    assert_eq!(create(&with("slug", json!(""))).unwrap().slug, None);
}

#[test]
fn a_wrong_field_is_named() {
    for (name, value) in [
        ("webhook_url", json!("ftp://a/")),
        ("webhook_url", json!(5)),
        ("webhook_url", Value::Null),
        ("webhook_type", json!("xml")),
        ("method", json!("GET")),
        ("webhook_headers", json!({"Host": "a"})),
        ("webhook_headers", json!({"X-A": {}})),
        ("webhook_body", json!("{{")),
        ("webhook_body", json!("{# nothing #}")),
        ("workflow_ids", json!(["1"])),
        ("slug", json!("a b")),
        ("slug", json!("x".repeat(101))),
        ("webhook_events", json!("Workflow Errored")),
    ] {
        let (status, error, message) = refused(create(&with(name, value)));
        assert_eq!((status, error.as_str()), (400, "INVALID_FIELD"), "{name}");
        assert!(message.starts_with(name), "{message}");
    }
    let mut slack = json_of(REQUEST);
    slack["webhook_type"] = json!("slack");
    slack["webhook_body"] = json!("{{event.event}}");
    assert!(
        refused(create(&with_body(&slack)))
            .2
            .starts_with("webhook_body")
    );
    let mut unreadable = with_body(&json!({}));
    unreadable.body = b"{".to_vec();
    assert_eq!(refused(create(&unreadable)).1, "INVALID_REQUEST_BODY");
}
