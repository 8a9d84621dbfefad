//! `POST /v1/executions/{executionId}/replay` through the gateway.

use serde_json::{Value, json};

use crate::caller::{Edge, definition};
use crate::history::{EXECUTIONS, assert_not_found, ids, run_webhook};

#[tokio::test]
async fn a_replay_is_a_new_execution_with_the_original_event() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let workflow = admin.workflow("Orders").await;
    let trigger = admin.trigger(&workflow).await;
    let path = run_webhook(&edge, trigger.text("url"), "d-1", &json!({"price": 7})).await;
    let patch = json!({"definition": definition("new")});
    admin.call("PATCH", &workflow, &[], &patch).await;
    edge.advance(1_000);
    for (body, mark, version) in [
        (Value::Null, "new", 2),
        (json!({"version": "current"}), "new", 2),
        (json!({"version": "original"}), "kept", 1),
    ] {
        let made = admin.post(&format!("{path}/replay"), &body).await;
        assert_eq!(made.status, 201, "{made:?}");
        assert!(path.ends_with(made.text("parentId")));
        edge.0.run().await;
        let shown = admin.get(made.header("location")).await;
        assert_eq!(shown.text("status"), "succeeded", "{shown:?}");
        assert_eq!(shown.json["workflowVersion"], version);
        assert_eq!(shown.json["output"], json!({"mark": mark, "price": 7}));
        assert_eq!(shown.json["input"], admin.get(&path).await.json["input"]);
    }
}

#[tokio::test]
async fn a_replay_repeated_under_an_idempotency_key_runs_once() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let trigger = admin.trigger(&admin.workflow("Orders").await).await;
    let path = run_webhook(&edge, trigger.text("url"), "d-1", &json!({})).await;
    let replay = format!("{path}/replay");
    let key = [("idempotency-key", "once")];
    let first = admin.call("POST", &replay, &key, &Value::Null).await;
    let again = admin.call("POST", &replay, &key, &Value::Null).await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(again.text("id"), first.text("id"));
    assert_eq!(again.header("idempotent-replayed"), "true");
    let other = json!({"version": "original"});
    let reused = admin.call("POST", &replay, &key, &other).await;
    assert_eq!(reused.refusal(), (422, "IDEMPOTENCY_KEY_REUSED"));
    assert_eq!(ids(&admin, "").await.len(), 2);
}

#[tokio::test]
async fn a_replay_takes_a_token_and_needs_an_active_workflow() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let workflow = admin.workflow("Orders").await;
    let trigger = admin.trigger(&workflow).await;
    let limit = json!({"rateLimit": {"capacity": 2, "refillPerSecond": 0.1}});
    admin.call("PATCH", &workflow, &[], &limit).await;
    let path = run_webhook(&edge, trigger.text("url"), "d-1", &json!({})).await;
    let replay = format!("{path}/replay");
    assert_eq!(admin.post(&replay, &Value::Null).await.status, 201);
    let empty = admin.post(&replay, &Value::Null).await;
    assert_eq!(empty.refusal(), (429, "RATE_LIMITED"));
    assert_eq!(empty.header("retry-after"), "10");
    admin
        .post(&format!("{workflow}/deactivate"), &Value::Null)
        .await;
    edge.advance(60_000);
    let refused = admin.post(&replay, &Value::Null).await;
    assert_eq!(refused.refusal(), (403, "WORKFLOW_INACTIVE"));
    let rejected = format!("{EXECUTIONS}/{}", refused.text("executionId"));
    assert_eq!(admin.get(&rejected).await.text("status"), "rejected");
    admin.call("DELETE", &workflow, &[], &Value::Null).await;
    edge.advance(60_000);
    assert_not_found(
        &admin.post(&replay, &Value::Null).await,
        "a deleted workflow",
    );
    assert_eq!(admin.get(&path).await.status, 200);
}

#[tokio::test]
async fn a_replay_with_another_body_is_marked_as_edited_and_linked() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let trigger = admin.trigger(&admin.workflow("Orders").await).await;
    let path = run_webhook(&edge, trigger.text("url"), "d-1", &json!({"price": 7})).await;
    let original = admin.get(&path).await;
    assert_eq!(original.json["edited"], false);
    let replay = format!("{path}/replay");
    let made = admin.post(&replay, &json!({"body": {"price": 8}})).await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.json["edited"], true);
    assert_eq!(made.json["parentId"], original.json["id"]);
    edge.0.run().await;
    let path = format!("/v1/executions/{}", made.text("id"));
    let shown = admin.get(&path).await;
    assert_eq!(shown.json["output"]["price"], 8, "{shown:?}");
    let request = admin.get(&format!("{path}/request")).await;
    assert_eq!(request.text("body"), "{\"price\":8}");

    // What is replayed again has the edited body, too.
    let again = admin.post(&format!("{path}/replay"), &json!({})).await;
    assert_eq!(again.json["edited"], true);
    let text = admin
        .post(&replay, &json!({"body": "{\"price\": 9}"}))
        .await;
    edge.0.run().await;
    let shown = admin
        .get(&format!("/v1/executions/{}", text.text("id")))
        .await;
    assert_eq!(shown.json["output"]["price"], 9, "{shown:?}");
    let refused = admin.post(&replay, &json!({"body": "{"})).await;
    assert_eq!(refused.refusal(), (400, "INVALID_FIELD"));
    let large = json!({"body": "x".repeat(domain::MAX_BODY_BYTES + 1)});
    assert_eq!(
        admin.post(&replay, &large).await.refusal(),
        (413, "BODY_TOO_LARGE")
    );
}
