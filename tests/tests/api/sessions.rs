//! Keys that end: sessions, and keys with a time at which they expire.

use serde_json::{Value, json};

use crate::caller::Edge;

const KEYS: &str = "/v1/api-keys";
const SESSIONS: &str = "/v1/sessions";
const CURRENT: &str = "/v1/sessions/current";
const HOUR_MS: i64 = 3_600_000;

#[tokio::test]
async fn a_session_may_do_what_its_key_may_until_it_ends() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let made = admin
        .post(KEYS, &json!({"name": "r", "scopes": ["read"]}))
        .await;
    let reader = edge.with_key(made.text("key"));
    let made = reader
        .post(SESSIONS, &json!({"expiresInSeconds": 3_600}))
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.json["scopes"], json!(["read"]));
    assert_eq!(made.json["session"], true);
    assert_eq!(made.text("expiresAt"), "2026-06-16T13:17:30.231Z");
    let session = edge.with_key(made.text("key"));
    assert_eq!(session.get("/v1/workflows").await.status, 200);
    let refused = session.post("/v1/workflows", &json!({})).await;
    assert_eq!(refused.refusal(), (403, "FORBIDDEN_SCOPE"));
    assert_eq!(admin.get(KEYS).await.listed("name").len(), 3);

    // One that is made with a session ends no later.
    edge.advance(HOUR_MS / 2);
    let second = session.post(SESSIONS, &Value::Null).await;
    assert_eq!(second.text("expiresAt"), "2026-06-16T13:17:30.231Z");
    let second = edge.with_key(second.text("key"));
    edge.advance(HOUR_MS / 2);
    for ended in [session, second] {
        assert_eq!(
            ended.get("/v1/workflows").await.refusal(),
            (401, "UNAUTHORIZED")
        );
    }
    assert_eq!(admin.get(KEYS).await.listed("name").len(), 2);
    let id = made.text("id");
    assert_eq!(admin.get(&format!("{KEYS}/{id}")).await.status, 404);
}

#[tokio::test]
async fn a_session_is_ended_by_itself_and_by_the_end_of_its_key() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let made = admin
        .post(KEYS, &json!({"name": "p", "scopes": ["publish"]}))
        .await;
    let publisher = edge.with_key(made.text("key"));
    let sessions = [
        publisher.post(SESSIONS, &json!({})).await,
        publisher.post(SESSIONS, &json!({})).await,
    ];
    let [first, second] = sessions
        .each_ref()
        .map(|made| edge.with_key(made.text("key")));
    assert_eq!(
        first
            .call("DELETE", CURRENT, &[], &Value::Null)
            .await
            .status,
        204
    );
    assert_eq!(
        first
            .call("DELETE", CURRENT, &[], &Value::Null)
            .await
            .status,
        401
    );
    let kept = publisher.call("DELETE", CURRENT, &[], &Value::Null).await;
    assert_eq!(kept.refusal(), (404, "NOT_FOUND"));

    let event = json!({"type": "connection.created"});
    assert_eq!(second.post("/v1/events", &event).await.status, 201);
    let path = format!("{KEYS}/{}", made.text("id"));
    assert_eq!(
        admin.call("DELETE", &path, &[], &Value::Null).await.status,
        204
    );
    edge.advance(5_001);
    let refused = second.post("/v1/events", &event).await;
    assert_eq!(refused.refusal(), (401, "UNAUTHORIZED"));
}

#[tokio::test]
async fn a_key_expires_at_its_time_to_come() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let body = |at: &str| json!({"name": "k", "scopes": ["read"], "expiresAt": at});
    let past = admin.post(KEYS, &body("2026-06-16T12:17:30.231Z")).await;
    assert_eq!(past.refusal(), (400, "INVALID_FIELD"));
    assert_eq!(past.json["pointer"], "/expiresAt");
    let made = admin.post(KEYS, &body("2026-06-16T14:17:31+02:00")).await;
    assert_eq!(made.text("expiresAt"), "2026-06-16T12:17:31.000Z");
    let key = edge.with_key(made.text("key"));
    assert_eq!(key.get("/v1/workflows").await.status, 200);
    edge.advance(769);
    assert_eq!(key.get("/v1/workflows").await.status, 401);
}

#[tokio::test]
async fn a_tenant_has_sessions_up_to_the_limit_and_they_take_no_place_of_keys() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    for _ in 0..domain::limits::MAX_SESSIONS {
        assert_eq!(admin.post(SESSIONS, &json!({})).await.status, 201);
    }
    let refused = admin.post(SESSIONS, &json!({})).await;
    assert_eq!(refused.refusal(), (409, "LIMIT_REACHED"));
    let made = admin
        .post(KEYS, &json!({"name": "k", "scopes": ["read"]}))
        .await;
    assert_eq!(made.status, 201, "{made:?}");
}
