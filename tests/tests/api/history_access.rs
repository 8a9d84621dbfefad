//! Who may read and change executions and deliveries, and with which methods.

use serde_json::{Value, json};

use crate::caller::Edge;
use crate::history::{EXECUTIONS, assert_not_found, ids, run_webhook};

#[tokio::test]
async fn reading_needs_the_scope_read_and_changing_needs_admin() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let trigger = admin.trigger(&admin.workflow("Orders").await).await;
    let path = run_webhook(&edge, trigger.text("url"), "d-1", &json!({})).await;
    let mut keys = Vec::new();
    for scope in ["read", "publish"] {
        let body = json!({"name": scope, "scopes": [scope]});
        keys.push(
            admin
                .post("/v1/api-keys", &body)
                .await
                .text("key")
                .to_owned(),
        );
    }
    let (reader, publisher) = (edge.with_key(&keys[0]), edge.with_key(&keys[1]));
    let replay = format!("{path}/replay");
    for shown in [EXECUTIONS, &path, &format!("{path}/request")] {
        assert_eq!(reader.get(shown).await.status, 200, "{shown}");
        let refused = publisher.get(shown).await;
        assert_eq!(refused.refusal(), (403, "FORBIDDEN_SCOPE"), "{shown}");
    }
    for refused in [
        reader.post(&replay, &Value::Null).await,
        reader.call("DELETE", &path, &[], &Value::Null).await,
    ] {
        assert_eq!(refused.refusal(), (403, "FORBIDDEN_SCOPE"));
    }
}

/// The gateway keeps such requests away; a function URL would not.
#[tokio::test]
async fn a_method_that_a_path_does_not_have_is_answered_with_those_it_has() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let trigger = admin.trigger(&admin.workflow("Orders").await).await;
    let path = run_webhook(&edge, trigger.text("url"), "d-1", &json!({})).await;
    for (method, path, allow) in [
        ("POST", EXECUTIONS.to_owned(), "GET"),
        ("PATCH", path.clone(), "GET, DELETE"),
        ("DELETE", format!("{path}/request"), "GET"),
        ("GET", format!("{path}/replay"), "POST"),
        ("POST", "/v1/deliveries".to_owned(), "GET"),
        ("DELETE", "/v1/deliveries/dlv_1".to_owned(), "GET"),
        ("GET", "/v1/deliveries/dlv_1/retry".to_owned(), "POST"),
        ("GET", "/v1/subscriptions/sub_1/recover".to_owned(), "POST"),
    ] {
        let refused = admin.misdirected("history", method, &path).await;
        let expected = (405, "METHOD_NOT_ALLOWED".to_owned(), allow.to_owned());
        assert_eq!(refused, expected, "{method} {path}");
    }
}

/// Walks every route that names something, with a key of another org.
#[tokio::test]
async fn another_orgs_ids_are_404_on_every_route() {
    let edge = Edge::start().await;
    let owner = edge.admin_of("acme").await;
    let workflow = owner.workflow("Orders").await;
    let made = owner.trigger(&workflow).await;
    let trigger = format!("{workflow}/triggers/{}", made.text("id"));
    let execution = run_webhook(&edge, made.text("url"), "d-1", &json!({})).await;
    let keys = owner.get("/v1/api-keys").await;
    let key = format!("/v1/api-keys/{}", keys.listed("id")[0]);
    let workflow_id = workflow.rsplit('/').next().unwrap();

    let stranger = edge.admin_of("other").await;
    let empty = json!({});
    let routes = [
        ("GET", key.clone(), &Value::Null),
        ("DELETE", key.clone(), &Value::Null),
        ("GET", workflow.clone(), &Value::Null),
        ("PATCH", workflow.clone(), &empty),
        ("POST", format!("{workflow}/activate"), &Value::Null),
        ("POST", format!("{workflow}/deactivate"), &Value::Null),
        ("GET", format!("{workflow}/triggers"), &Value::Null),
        ("POST", format!("{workflow}/triggers"), &empty),
        ("GET", trigger.clone(), &Value::Null),
        ("PATCH", trigger.clone(), &empty),
        ("POST", format!("{trigger}/enable"), &Value::Null),
        ("POST", format!("{trigger}/disable"), &Value::Null),
        ("POST", format!("{trigger}/rotate"), &empty),
        ("DELETE", trigger.clone(), &Value::Null),
        ("DELETE", workflow.clone(), &Value::Null),
        (
            "GET",
            format!("{EXECUTIONS}?workflowId={workflow_id}"),
            &Value::Null,
        ),
        ("GET", execution.clone(), &Value::Null),
        ("GET", format!("{execution}/request"), &Value::Null),
        ("POST", format!("{execution}/replay"), &empty),
        ("DELETE", execution.clone(), &Value::Null),
    ];
    for (method, path, body) in routes {
        let answer = stranger.call(method, &path, &[], body).await;
        assert_not_found(&answer, &format!("{method} {path}"));
    }
    // The stranger's own workflow does not lend its address to another org's trigger.
    let own = stranger.workflow("Own").await;
    let crossed = format!("{own}/triggers/{}", made.text("id"));
    assert_not_found(&stranger.get(&crossed).await, "a foreign trigger");
    for query in [
        "",
        "deliveryId=d-1",
        &format!("triggerId={}", made.text("id")),
    ] {
        assert!(ids(&stranger, query).await.is_empty(), "{query}");
    }
    assert_eq!(stranger.get("/v1/workflows").await.listed("name"), ["Own"]);
    assert_eq!(stranger.get("/v1/api-keys").await.listed("id").len(), 1);

    let unchanged = owner.get(&trigger).await;
    assert_eq!(
        (unchanged.status, &unchanged.json["enabled"]),
        (200, &json!(true))
    );
    assert_eq!(owner.get(&workflow).await.json["active"], true);
    assert_eq!(owner.get(&execution).await.status, 200);
    assert_eq!(ids(&owner, "").await.len(), 1);
}
