//! Webhooks of the refly profile: the run route, and triggers that have its URL.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::{Value, json};
use tests::World;
use tests::fault_proxy::{Fault, FaultProxy};

use crate::caller::{Answer, Caller, Edge};

const JSON: (&str, &str) = ("content-type", "application/json");

/// A trigger of the refly profile.
struct Webhook {
    workflow: String,
    trigger: String,
    url: String,
}

async fn webhook(admin: &Caller<'_>, settings: Value) -> Webhook {
    let workflow = admin.workflow("Orders").await;
    let mut settings = settings;
    settings["profile"] = json!("refly");
    let made = admin.post(&format!("{workflow}/triggers"), &settings).await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.json["profile"], "refly");
    Webhook {
        trigger: format!("{workflow}/triggers/{}", made.text("id")),
        url: made.text("url").to_owned(),
        workflow,
    }
}

async fn run(edge: &Edge, url: &str, body: &str) -> Answer {
    edge.send("POST", url, &[JSON], body.as_bytes()).await
}

/// Status, code and message of a refusal, in the product's envelope.
fn refusal(answer: &Answer) -> (u16, String, String) {
    assert_eq!(answer.json["success"], false, "{answer:?}");
    assert!(!answer.text("traceId").is_empty(), "{answer:?}");
    assert_eq!(answer.json.as_object().unwrap().len(), 4, "{answer:?}");
    let text = |field| answer.text(field).to_owned();
    (answer.status, text("errCode"), text("errMsg"))
}

fn expected(status: u16, code: &str, message: &str) -> (u16, String, String) {
    (status, code.to_owned(), message.to_owned())
}

fn not_found() -> (u16, String, String) {
    expected(404, "WEBHOOK_NOT_FOUND", "Webhook not found")
}

#[tokio::test]
async fn variables_become_the_input_of_an_execution() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let hook = webhook(&admin, json!({})).await;
    let (base, id) = hook.url.rsplit_once("/wh_").unwrap();
    assert!(base.ends_with("/v1/openapi/webhook"), "{base}");
    assert_eq!(id.len(), "/run".len() + 32, "{id}");

    let body = r#"{"variables": {"name": "Ada", "files": ["of_1", "of_2"]}}"#;
    for body in ["", "{}", body] {
        edge.advance(1);
        let received = run(&edge, &hook.url, body).await;
        assert_eq!(received.status, 200, "{received:?}");
        let expected = json!({"success": true, "data": {"received": true}});
        assert_eq!(received.json, expected);
    }
    edge.0.run().await;
    let list = admin.get("/v1/executions").await;
    assert_eq!(list.listed("status"), ["succeeded"; 3]);
    let path = format!("/v1/executions/{}", list.listed("id")[0]);
    let execution = admin.get(&path).await;
    let expected: Value = serde_json::from_str(body).unwrap();
    assert_eq!(execution.json["input"]["variables"], expected["variables"]);
}

#[tokio::test]
async fn every_row_of_the_documents_error_table_has_its_answer() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let settings = json!({"enabled": false});
    let hook = webhook(&admin, settings).await;
    let invalid = expected(400, "INVALID_REQUEST_BODY", "Invalid request body");

    let disabled = run(&edge, &hook.url, "{}").await;
    let expected_disabled = expected(403, "WEBHOOK_DISABLED", "Webhook disabled");
    assert_eq!(refusal(&disabled), expected_disabled);
    admin
        .post(&format!("{}/enable", hook.trigger), &Value::Null)
        .await;
    edge.advance(60_000);
    assert_eq!(run(&edge, &hook.url, "{}").await.status, 200);

    for body in ["{", "[]", r#"{"variables": []}"#, r#"{"input": {}}"#] {
        let refused = run(&edge, &hook.url, body).await;
        assert_eq!(refusal(&refused), invalid, "{body}");
    }

    let limit = json!({"rateLimit": {"capacity": 1, "refillPerSecond": 0.5}});
    admin.call("PATCH", &hook.workflow, &[], &limit).await;
    edge.advance(60_000);
    assert_eq!(run(&edge, &hook.url, "{}").await.status, 200);
    let limited = run(&edge, &hook.url, "{}").await;
    let rate_limited = expected(429, "WEBHOOK_RATE_LIMITED", "Webhook rate limited");
    assert_eq!(refusal(&limited), rate_limited);
    assert_eq!(limited.header("retry-after"), "2");

    let unknown = hook
        .url
        .replace("/wh_", "/wh_00")
        .replacen("00/run", "/run", 1);
    for url in [unknown.as_str(), "/v1/openapi/webhook/wh_x/run"] {
        assert_eq!(refusal(&run(&edge, url, "{}").await), not_found(), "{url}");
    }

    admin
        .call("DELETE", &hook.workflow, &[], &Value::Null)
        .await;
    edge.advance(60_000);
    let gone = run(&edge, &hook.url, "{}").await;
    let canvas = expected(404, "CANVAS_NOT_FOUND", "Canvas not found");
    assert_eq!(refusal(&gone), canvas);
}

#[tokio::test]
async fn outcomes_that_the_document_does_not_have_come_in_its_envelope() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let hook = webhook(&admin, json!({"ipAllowList": ["192.0.2.0/24"]})).await;
    let elsewhere = run(&edge, &hook.url, "{}").await;
    assert_eq!(refusal(&elsewhere).1, "IP_NOT_ALLOWED");

    let hook = webhook(&admin, json!({})).await;
    let get = edge.send("GET", &hook.url, &[], b"").await;
    assert_eq!(refusal(&get).1, "METHOD_NOT_ALLOWED");
    assert_eq!((get.status, get.header("allow")), (405, "POST"));
    let large = "x".repeat(102_401);
    assert_eq!(refusal(&run(&edge, &hook.url, &large).await).0, 413);
    let gzip = [JSON, ("content-encoding", "gzip")];
    let compressed = edge.send("POST", &hook.url, &gzip, b"{}").await;
    assert_eq!(refusal(&compressed).0, 415);

    admin
        .post(&format!("{}/deactivate", hook.workflow), &Value::Null)
        .await;
    edge.advance(60_000);
    let inactive = run(&edge, &hook.url, "{}").await;
    let refused = expected(403, "WORKFLOW_INACTIVE", "Workflow inactive");
    assert_eq!(refusal(&inactive), refused);
    let recorded = admin.get("/v1/executions?status=rejected").await;
    assert_eq!(recorded.listed("status"), ["rejected"]);
}

#[tokio::test]
async fn a_rotated_hook_id_works_until_the_overlap_ends_and_a_deleted_one_is_unknown() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let hook = webhook(&admin, json!({})).await;
    let rotate = format!("{}/rotate", hook.trigger);
    let overlap = json!({"overlapSeconds": 600});
    let second = admin.post(&rotate, &overlap).await;
    let second = second.text("url").to_owned();
    assert_ne!(second, hook.url);
    for url in [&hook.url, &second] {
        assert_eq!(run(&edge, url, "{}").await.status, 200);
    }
    edge.advance(600_000);
    assert_eq!(refusal(&run(&edge, &hook.url, "{}").await), not_found());

    let third = admin.post(&rotate, &Value::Null).await;
    edge.advance(60_000);
    assert_eq!(refusal(&run(&edge, &second, "{}").await), not_found());
    assert_eq!(run(&edge, third.text("url"), "{}").await.status, 200);
    admin.call("DELETE", &hook.trigger, &[], &Value::Null).await;
    edge.advance(60_000);
    let gone = run(&edge, third.text("url"), "{}").await;
    assert_eq!(refusal(&gone), not_found());
}

#[tokio::test]
async fn a_trigger_that_changes_its_profile_gets_a_new_url_and_the_old_one_ends() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let workflow = admin.workflow("Orders").await;
    let made = admin.trigger(&workflow).await;
    let path = format!("{workflow}/triggers/{}", made.text("id"));
    let to_refly = json!({"profile": "refly"});
    let changed = admin.call("PATCH", &path, &[], &to_refly).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    assert_eq!(run(&edge, changed.text("url"), "{}").await.status, 200);
    let old = run(&edge, made.text("url"), "{}").await;
    assert_eq!(old.refusal(), (403, "INVALID_TOKEN"));

    let same = admin.call("PATCH", &path, &[], &to_refly).await;
    assert!(same.json.get("url").is_none(), "{same:?}");
    let back = json!({"profile": null});
    let back = admin.call("PATCH", &path, &[], &back).await;
    assert!(back.text("url").contains("/hooks/"), "{back:?}");
    edge.advance(60_000);
    let ended = run(&edge, changed.text("url"), "{}").await;
    assert_eq!(refusal(&ended), not_found());
    assert_eq!(run(&edge, back.text("url"), "{}").await.status, 200);
}

#[tokio::test]
async fn a_hook_id_is_no_token_of_the_native_url() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let hook = webhook(&admin, json!({})).await;
    let workflow = hook.workflow.rsplit('/').next().unwrap();
    let id = hook.url.split('/').find(|part| part.starts_with("wh_"));
    let native = format!("/hooks/{workflow}?token={}", id.unwrap());
    let refused = run(&edge, &native, "{}").await;
    assert_eq!(refused.refusal(), (403, "INVALID_TOKEN"));
}

#[tokio::test]
async fn a_creation_repeated_with_its_idempotency_key_leaves_one_working_hook_id() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let workflow = admin.workflow("Orders").await;
    let path = format!("{workflow}/triggers");
    let key = [("idempotency-key", "one")];
    let body = json!({"profile": "refly"});
    let made = admin.call("POST", &path, &key, &body).await;
    let repeat = admin.call("POST", &path, &key, &body).await;
    assert_eq!((made.status, repeat.status), (201, 201));
    assert_eq!(made.text("id"), repeat.text("id"));
    assert!(repeat.json.get("url").is_none(), "{repeat:?}");
    assert_eq!(run(&edge, made.text("url"), "{}").await.status, 200);
}

#[tokio::test]
async fn a_warm_container_looks_a_hook_id_up_once() {
    let world = World::new().await;
    let settings = json!({"profile": "refly"});
    let hook = world.hook(tests::echoes_the_event(), settings).await;
    let proxy = FaultProxy::new(&world, |_, _| Fault::Pass).await;
    let app = trigger::App::new(proxy.environment(&world, "trigger"));
    let mut calls = Vec::new();
    for _ in 0..2 {
        proxy.forget_calls();
        let request = tests::events::webhook(&hook.path, &[], &json!({}));
        let response = trigger::handle(&app, request).await;
        assert_eq!(response.status().as_u16(), 200);
        calls.push(proxy.calls().join(" "));
    }
    let warm = "UpdateItem PutItem SendMessage";
    assert_eq!(calls, [format!("GetItem Query {warm}"), warm.to_owned()]);
}
