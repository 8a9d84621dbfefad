//! The examples, fields, defaults and errors of the document "Create Webhook".

use domain::outbound::{DisabledBecause, Method};
use domain::{Environment, OrgId, SubscriptionId, Tenant, Timestamp};

use super::*;
use crate::resources::subscription::url_refused;
use crate::{auth, resources};

/// The request that the document prints.
const REQUEST: &str = r#"{
    "webhook_url": "https://your-app.com/webhooks",
    "webhook_events": ["Workflow Errored", "Connection Expired"],
    "webhook_type": "default"
}"#;

/// The answer that it prints, but for the ids.
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

/// The error that it prints.
const ERROR: &str = r#"{
    "status_code": 400,
    "http_error_type": "BAD_REQUEST",
    "error": "INVALID_EVENT",
    "message": "Invalid event. Check events list in documentation."
}"#;

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn sent(body: &Value) -> Inbound {
    let mut inbound = Inbound::read(lambda_http::Request::default());
    inbound.body = body.to_string().into_bytes();
    inbound
}

/// A request as printed, with one more field.
fn with(name: &str, value: Value) -> Inbound {
    let mut body = json_of(REQUEST);
    body[name] = value;
    sent(&body)
}

fn made_of(draft: Draft) -> Subscription {
    let now = Timestamp::from_millis(1_781_612_250_231);
    Subscription {
        id: SubscriptionId::derived(&["s"]),
        tenant: Tenant {
            org: OrgId::derived(&["o"]),
            environment: Environment::Test,
        },
        form: draft.form,
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

fn printed() -> Subscription {
    made_of(create(&sent(&json_of(REQUEST))).unwrap())
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
fn the_printed_request_gives_the_printed_answer() {
    let mut expected = json_of(ANSWER);
    expected["_id"] = json!(printed().id);
    expected["org_id"] = json!(printed().tenant.org);
    assert_eq!(view(&printed()), expected);
}

#[test]
fn the_printed_error_is_what_an_unknown_event_gets() {
    for events in [
        json!(["Workflow Exploded"]),
        json!([]),
        json!(["workflow.failed"]),
    ] {
        let unknown = create(&with("webhook_events", events)).unwrap_err();
        assert_eq!(refusal(unknown), (400, json_of(ERROR)));
    }
    let none = create(&sent(&json!({"webhook_url": "https://a/"}))).unwrap_err();
    assert_eq!(refusal(none), (400, json_of(ERROR)));
}

#[test]
fn every_printed_event_can_be_subscribed_to() {
    let events = json!([
        "Connection Created",
        "Connection Deleted",
        "Connection Expired",
        "Workflow Completed",
        "Workflow Errored",
    ]);
    let made = made_of(create(&with("webhook_events", events.clone())).unwrap());
    assert_eq!(view(&made)["webhook_events"], events);
}

#[test]
fn what_is_left_out_has_the_printed_default() {
    let body = json!({"webhook_url": "https://a/", "webhook_events": ["Workflow Errored"]});
    let draft = create(&sent(&body)).unwrap();
    assert_eq!(
        (&draft.format, draft.method),
        (&Format::Default, Method::Post)
    );
    assert!(draft.enabled && draft.headers.is_empty() && draft.slug.is_none());
    assert!(draft.workflow_ids.is_empty());
}

#[test]
fn every_field_is_taken() {
    let workflow = WorkflowId::derived(&["w"]);
    let body = json!({
        "webhook_url": "http://your-app.com/", "webhook_events": ["Workflow Errored"],
        "webhook_type": "custom", "method": "PATCH", "webhook_headers": {"X-A": "b", "X-N": 1},
        "webhook_body": "{\"e\": {{event}}}", "slug": "orders", "workflow_ids": [workflow],
        "a_field_of_theirs": true,
    });
    let draft = create(&sent(&body)).unwrap();
    assert_eq!(
        draft.headers,
        [
            ("X-A".to_owned(), "b".to_owned()),
            ("X-N".into(), "1".into())
        ]
    );
    let view = view(&made_of(draft));
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
fn a_body_can_be_anything() {
    let format = |body: Value| create(&with("webhook_body", body)).unwrap().format;
    assert_eq!(format(json!("{{event}}")), Format::Default);
    assert_eq!(format(json!(" {{event}}\n")), Format::Default);
    assert_eq!(format(Value::Null), Format::Default);
    assert_eq!(
        format(json!("{{event.event}}")),
        Format::Custom("{{event.event}}".into())
    );
    let object = format(json!({"text": "{{event.workflow_name}}", "n": [1]}));
    let text = r#"{"text":"{{event.workflow_name}}","n":[1]}"#;
    assert_eq!(object, Format::Custom(text.into()));
    let custom = create(&with("webhook_type", json!("custom"))).unwrap();
    assert_eq!(custom.format, Format::Custom("{{event}}".into()));
    let slack = create(&with("webhook_type", json!("slack"))).unwrap();
    assert_eq!(slack.format, Format::Slack);
}

#[test]
fn an_empty_body_asks_for_nothing() {
    for (name, expected) in [
        ("default", Format::Default),
        ("slack", Format::Slack),
        ("custom", Format::Custom("{{event}}".into())),
    ] {
        for empty in ["", " \n"] {
            let mut body = json_of(REQUEST);
            body["webhook_type"] = json!(name);
            body["webhook_body"] = json!(empty);
            assert_eq!(create(&sent(&body)).unwrap().format, expected, "{name}");
        }
    }
}

#[test]
fn with_a_slug_only_events_of_workflows_are_allowed() {
    let (status, error, _) = refused(create(&with("slug", json!("crm"))));
    assert_eq!((status, error.as_str()), (400, "INVALID_EVENT"));
    let body = json!({
        "webhook_url": "https://a/", "webhook_events": ["Workflow Errored", "Workflow Completed"], "slug": "crm",
    });
    assert_eq!(create(&sent(&body)).unwrap().slug.as_deref(), Some("crm"));
    assert_eq!(create(&with("slug", json!(""))).unwrap().slug, None);
}

#[test]
fn a_field_that_is_wrong_is_named() {
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
    assert!(refused(create(&sent(&slack))).2.starts_with("webhook_body"));
    let mut unreadable = sent(&json!({}));
    unreadable.body = b"{".to_vec();
    assert_eq!(refused(create(&unreadable)).1, "INVALID_REQUEST_BODY");
}

#[test]
fn a_change_touches_what_it_names() {
    let workflow = WorkflowId::derived(&["w"]);
    let now = Subscription {
        workflow_ids: vec![workflow],
        format: Format::Custom("{{event.event}}".into()),
        method: Method::Put,
        headers: vec![("X-A".into(), "b".into())],
        ..printed()
    };
    let changed = |body: Value| change(&sent(&body), &now).unwrap();
    let same = made_of(changed(json!({})));
    assert_eq!(same, now);
    assert_eq!(
        changed(json!({"webhook_url": "https://b/"})).url,
        "https://b/"
    );
    assert_eq!(
        changed(json!({"webhook_type": "custom"})).format,
        now.format
    );
    assert_eq!(
        changed(json!({"webhook_type": "slack"})).format,
        Format::Slack
    );
    assert_eq!(
        changed(json!({"webhook_type": "default"})).format,
        Format::Default
    );
    assert_eq!(
        changed(json!({"webhook_body": "x"})).format,
        Format::Custom("x".into())
    );
    assert_eq!(
        changed(json!({"webhook_body": ""})).format,
        Format::Custom("{{event}}".into())
    );
    assert!(changed(json!({"webhook_headers": {}})).headers.is_empty());
    assert!(changed(json!({"workflow_ids": []})).workflow_ids.is_empty());
    assert!(!changed(json!({"is_enabled": false})).enabled);
    let slug = json!({"slug": "crm", "webhook_events": ["Workflow Completed"]});
    assert_eq!(changed(slug).slug.as_deref(), Some("crm"));
    let refused = refused(change(&sent(&json!({"slug": "crm"})), &now));
    assert_eq!(refused.1, "INVALID_EVENT");
}

#[test]
fn a_list_is_a_bare_array() {
    assert_eq!(list(&[printed()]), json!([view(&printed())]));
    assert_eq!(list(&[]), json!([]));
}

#[test]
fn every_refusal_has_the_shape_of_the_document() {
    let missing = json!({
        "status_code": 400, "http_error_type": "BAD_REQUEST",
        "error": "RESOURCE_NOT_FOUND", "message": "Webhook not found",
    });
    assert_eq!(refusal(not_found()), (400, missing));
    let unknown = auth::presented(&Inbound::read(lambda_http::Request::default())).unwrap_err();
    let (status, body) = refusal(unknown);
    assert_eq!(
        (status, &body["http_error_type"]),
        (401, &json!("UNAUTHORIZED"))
    );
    let (status, body) = refusal(Problem::unavailable());
    assert_eq!(
        (status, &body["http_error_type"]),
        (503, &json!("SERVICE_UNAVAILABLE"))
    );
    let (status, body) = refusal(url_refused("http is not allowed here"));
    let message = "webhook_url: Deliveries cannot go there: http is not allowed here.";
    assert_eq!((status, &body["message"]), (400, &json!(message)));
    let (status, body) = refusal(resources::subscription::too_many());
    assert_eq!((status, &body["error"]), (409, &json!("LIMIT_REACHED")));
}
