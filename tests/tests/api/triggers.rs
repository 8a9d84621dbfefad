//! `/v1/workflows/{workflowId}/triggers` through the gateway.

use serde_json::{Value, json};

use crate::caller::Edge;

/// A trigger as lists and changes show it.
fn without_refusal(mut shown: Value) -> Value {
    assert_eq!(shown["lastRefusal"], Value::Null, "{shown}");
    let fields = shown.as_object_mut();
    fields.and_then(|fields| fields.remove("lastRefusal"));
    shown
}

#[tokio::test]
async fn a_trigger_is_created_listed_shown_changed_and_deleted() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let workflow = admin.workflow("Orders").await;
    let triggers = format!("{workflow}/triggers");
    let body = json!({"ipAllowList": ["127.0.0.0/8", "::1"], "methods": ["GET", "POST"]});
    let made = admin.post(&triggers, &body).await;
    assert_eq!(made.status, 201, "{made:?}");
    let path = format!("{triggers}/{}", made.text("id"));
    assert_eq!(made.header("location"), path);
    assert_eq!(
        edge.send("GET", made.text("url"), &[], b"").await.status,
        200
    );

    let shown = admin.get(&path).await;
    assert!(shown.json.get("url").is_none());
    assert_eq!(shown.json["ipAllowList"], json!(["127.0.0.0/8", "::1/128"]));
    let listed = admin.get(&triggers).await;
    assert_eq!(listed.json["items"], json!([without_refusal(shown.json)]));

    let patch = json!({"ipAllowList": ["192.0.2.0/24"], "methods": null});
    let changed = admin.call("PATCH", &path, &[], &patch).await;
    assert_eq!(changed.json["methods"], json!(["POST"]));
    let shown = admin.get(&path).await.json;
    assert_eq!(without_refusal(shown), changed.json);
    edge.advance(60_000);
    let refused = edge.send("POST", made.text("url"), &[], b"{}").await;
    assert_eq!(refused.refusal(), (403, "IP_NOT_ALLOWED"));

    assert_eq!(
        admin.call("DELETE", &path, &[], &Value::Null).await.status,
        204
    );
    assert_eq!(admin.get(&path).await.status, 404);
    edge.advance(60_000);
    let gone = edge.send("POST", made.text("url"), &[], b"{}").await;
    assert_eq!(gone.refusal(), (403, "INVALID_TOKEN"));
}

#[tokio::test]
async fn a_disabled_trigger_refuses_until_it_is_enabled() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let workflow = admin.workflow("Orders").await;
    let made = admin.trigger(&workflow).await;
    let path = format!("{workflow}/triggers/{}", made.text("id"));
    let off = admin.post(&format!("{path}/disable"), &Value::Null).await;
    assert_eq!((off.status, &off.json["enabled"]), (200, &json!(false)));
    let refused = edge.send("POST", made.text("url"), &[], b"{}").await;
    assert_eq!(refused.refusal(), (403, "WEBHOOK_DISABLED"));
    let on = admin.post(&format!("{path}/enable"), &Value::Null).await;
    assert_eq!((on.status, &on.json["enabled"]), (200, &json!(true)));
    edge.advance(60_000);
    assert_eq!(
        edge.send("POST", made.text("url"), &[], b"{}").await.status,
        200
    );
}

#[tokio::test]
async fn a_rotated_token_works_beside_the_new_one_until_the_overlap_ends() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let workflow = admin.workflow("Orders").await;
    let made = admin.trigger(&workflow).await;
    let rotate = format!("{workflow}/triggers/{}/rotate", made.text("id"));
    let rotated = admin.post(&rotate, &json!({"overlapSeconds": 600})).await;
    assert_eq!(rotated.status, 200, "{rotated:?}");
    assert_ne!(rotated.text("url"), made.text("url"));
    for url in [made.text("url"), rotated.text("url")] {
        assert_eq!(edge.send("POST", url, &[], b"{}").await.status, 200);
    }
    edge.advance(600_000);
    let late = edge.send("POST", made.text("url"), &[], b"{}").await;
    assert_eq!(late.refusal(), (403, "INVALID_TOKEN"));
    assert_eq!(
        edge.send("POST", rotated.text("url"), &[], b"{}")
            .await
            .status,
        200
    );
    let again = admin.post(&rotate, &Value::Null).await;
    edge.advance(60_000);
    let ended = edge.send("POST", rotated.text("url"), &[], b"{}").await;
    assert_eq!(ended.refusal(), (403, "INVALID_TOKEN"));
    assert_eq!(
        edge.send("POST", again.text("url"), &[], b"{}")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn an_admin_key_reads_the_url_again_and_no_other_key_does() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let workflow = admin.workflow("Orders").await;
    for profile in ["native", "refly"] {
        let body = json!({"profile": profile});
        let made = admin.post(&format!("{workflow}/triggers"), &body).await;
        let path = format!("{workflow}/triggers/{}", made.text("id"));
        let reveal = format!("{path}?reveal=url");
        let shown = admin.get(&reveal).await.json;
        assert_eq!(without_refusal(shown), made.json);
        let rotated = admin.post(&format!("{path}/rotate"), &Value::Null).await;
        assert_ne!(rotated.text("url"), made.text("url"));
        let revealed = admin.get(&reveal).await;
        assert_eq!(revealed.text("url"), rotated.text("url"));
        assert!(admin.get(&path).await.json.get("url").is_none());

        let other = admin.get(&format!("{path}?reveal=token")).await;
        assert_eq!(other.refusal(), (400, "INVALID_PARAMETER"));
        let body = json!({"name": profile, "scopes": ["read"]});
        let key = admin.post("/v1/api-keys", &body).await;
        let reader = edge.with_key(key.text("key"));
        let refused = reader.get(&reveal).await;
        assert_eq!(refused.refusal(), (403, "FORBIDDEN_SCOPE"));
        assert_eq!(reader.get(&path).await.status, 200);
        let stranger = edge.admin_of(&format!("stranger-{profile}")).await;
        assert_eq!(stranger.get(&reveal).await.status, 404);
    }
}
