//! "Create Webhook" of Refold: the refold profile.

mod deliveries;

use serde_json::{Value, json};
use tests::{Answer, World, echoes_the_event};

use crate::curl;
use crate::expected::{Expected, Pattern, status};
use crate::report::Report;

const ROUTE: &str = "/api/v2/public/webhook";
const CURL: &str = r#"curl -X POST "https://app.refold.ai/api/v2/public/webhook" \
    -H "x-api-key: YOUR_API_KEY" \
    -H "Content-Type: application/json" \
    -d '{
      "webhook_url": "https://your-app.com/webhooks",
      "webhook_events": ["Workflow Errored", "Connection Expired"],
      "webhook_type": "default"
    }'"#;
const OK: &str = r#"{
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
const BAD_REQUEST: &str = r#"{
    "status_code": 400,
    "http_error_type": "BAD_REQUEST",
    "error": "INVALID_EVENT",
    "message": "Invalid event. Check events list in documentation."
}"#;
const EVENTS: [&str; 5] = [
    "Connection Created",
    "Connection Deleted",
    "Connection Expired",
    "Workflow Completed",
    "Workflow Errored",
];
const MESSAGE: &str = "(message)";

#[tokio::test]
async fn every_example_of_create_webhook_is_answered_as_printed() {
    let world = World::new().await;
    let mut report = Report::of("Create Webhook (Refold)");
    report.substitute_credential("YOUR_API_KEY", world.key.clone());
    report.substitute("https://your-app.com", "https://127.0.0.1");
    report.stands_for("6a313eda6d5528bdcf71ebac", Pattern::Id("sub_"));
    report.stands_for("6500a1b2c3d4e5f6a7b8c9d0", Pattern::Id("org_"));
    report.stands_for(MESSAGE, Pattern::Text);
    let request = curl::Request::of(&report.substituted(CURL));
    let expected = status(200).prints(&report.substituted(OK));
    report.answer("curl, 200", &expected, &request.send(&world).await);
    let unknown = create(
        &report,
        &world,
        "webhook_events",
        json!(["Workflow Paused"]),
    )
    .await;
    report.answer("400", &status(400).prints(BAD_REQUEST), &unknown);
    parameters(&mut report, &world).await;
    refusals(&mut report, &world).await;
    workflow_ids(&mut report, &world).await;
    deliveries::deliveries(&mut report).await;
    report.finish();
}

/// The printed request with another value of one field.
async fn create(report: &Report, world: &World, name: &str, value: Value) -> Answer {
    let mut request = curl::Request::of(&report.substituted(CURL));
    let mut body: Value = serde_json::from_str(&request.body).unwrap();
    body[name] = value;
    request.body = body.to_string();
    request.send(world).await
}

async fn parameters(report: &mut Report, world: &World) {
    for event in EVENTS {
        let made = create(report, world, "webhook_events", json!([event])).await;
        let expected = status(200).member("webhook_events", json!([event]));
        report.answer(&format!("webhook_events: {event}"), &expected, &made);
    }
    for format in ["default", "slack", "custom"] {
        let made = create(report, world, "webhook_type", json!(format)).await;
        let expected = status(200).member("webhook_type", format);
        report.answer(&format!("webhook_type: {format}"), &expected, &made);
    }
    for method in ["POST", "PUT", "PATCH"] {
        let made = create(report, world, "method", json!(method)).await;
        let expected = status(200).member("method", method);
        report.answer(&format!("method: {method}"), &expected, &made);
    }
    let made = create(report, world, "webhook_headers", json!({"x-team": "blue"})).await;
    report.answer("webhook_headers", &status(200), &made);
    let template = json!("{\"id\": {{event.instance_id}}}");
    let made = create(report, world, "webhook_body", template.clone()).await;
    let expected = status(200).member("webhook_body", template);
    report.answer("webhook_body", &expected, &made);
}

/// A refusal in the shape of the document.
fn refused(code: u16, error_type: &str, error: &str) -> Expected {
    let body = json!({
        "status_code": code, "http_error_type": error_type, "error": error, "message": MESSAGE,
    });
    status(code).prints(&body.to_string())
}

async fn refusals(report: &mut Report, world: &World) {
    for (example, name, value, error) in [
        (
            "400, no webhook_url",
            "webhook_url",
            Value::Null,
            "INVALID_FIELD",
        ),
        (
            "400, a webhook_url that is not ^https?://",
            "webhook_url",
            json!("ftp://127.0.0.1/"),
            "INVALID_FIELD",
        ),
        (
            "400, a webhook_url without TLS, which this deployment does not call",
            "webhook_url",
            json!("http://10.0.0.1/"),
            "URL_NOT_ALLOWED",
        ),
        (
            "400, no webhook_events",
            "webhook_events",
            Value::Null,
            "INVALID_EVENT",
        ),
        (
            "400, webhook_events without an event",
            "webhook_events",
            json!([]),
            "INVALID_EVENT",
        ),
        (
            "400, another webhook_type",
            "webhook_type",
            json!("xml"),
            "INVALID_FIELD",
        ),
        (
            "400, another method",
            "method",
            json!("DELETE"),
            "INVALID_FIELD",
        ),
        (
            "400, a slug with an event that is not of workflows",
            "slug",
            json!("crm"),
            "INVALID_EVENT",
        ),
        (
            "400, an unknown workflow",
            "workflow_ids",
            json!(["wf_00000000000000000000000000"]),
            "INVALID_FIELD",
        ),
    ] {
        let answer = create(report, world, name, value).await;
        report.answer(example, &refused(400, "BAD_REQUEST", error), &answer);
    }
    let request = curl::Request::of(&report.substituted(CURL));
    let headers = [("content-type", "application/json")];
    let answer = world.send("POST", ROUTE, &headers, request.body).await;
    let expected = refused(401, "UNAUTHORIZED", "UNAUTHORIZED");
    report.answer("x-api-key is required", &expected, &answer);
}

async fn workflow_ids(report: &mut Report, world: &World) {
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let ids = json!([hook.workflow]);
    let made = create(report, world, "workflow_ids", ids.clone()).await;
    let expected = status(200).member("workflow_ids", ids);
    report.answer("workflow_ids", &expected, &made);
    let mut request = curl::Request::of(&report.substituted(CURL));
    let mut body: Value = serde_json::from_str(&request.body).unwrap();
    body["slug"] = json!("crm");
    body["webhook_events"] = json!(["Workflow Completed", "Workflow Errored"]);
    request.body = body.to_string();
    let made = request.send(world).await;
    report.answer("slug with events of workflows", &status(200), &made);
}
