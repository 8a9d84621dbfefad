//! API keys, and what all routes of the management API have in common: authentication, idempotency keys, cursors, methods.

use serde_json::{Value, json};

use crate::caller::{Edge, definition};

const KEYS: &str = "/v1/api-keys";
const WORKFLOWS: &str = "/v1/workflows";

#[tokio::test]
async fn health_needs_no_key_and_everything_else_does() {
    let edge = Edge::start().await;
    edge.admin_of("acme").await;
    let healthy = edge.send("GET", "/healthz", &[], b"").await;
    assert_eq!(
        (healthy.status, &healthy.json),
        (
            200,
            &json!({"status": "ok", "version": store::VERSION, "commit": store::COMMIT})
        )
    );
    let unknown = format!("sk_test_{}", "A".repeat(43));
    for headers in [
        vec![],
        vec![("authorization", "Bearer nonsense")],
        vec![("x-api-key", unknown.as_str())],
    ] {
        let refused = edge.send("GET", WORKFLOWS, &headers, b"").await;
        assert_eq!(refused.refusal(), (401, "UNAUTHORIZED"));
        assert_eq!(refused.header("www-authenticate"), "Bearer");
    }
}

#[tokio::test]
async fn a_key_is_shown_once_used_listed_and_revoked() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let body = json!({"name": "dashboard", "scopes": ["read"]});
    let made = admin.post(KEYS, &body).await;
    assert_eq!(made.status, 201);
    let path = format!("{KEYS}/{}", made.text("id"));
    assert_eq!(made.header("location"), path);
    assert!(made.text("key").starts_with("sk_test_"));
    assert!(made.text("key").ends_with(made.text("last4")));

    let reader = edge.with_key(made.text("key"));
    assert_eq!(reader.get(WORKFLOWS).await.status, 200);
    let written = reader.post(WORKFLOWS, &json!({})).await;
    assert_eq!(written.refusal(), (403, "FORBIDDEN_SCOPE"));

    let shown = admin.get(&path).await;
    assert_eq!(shown.json["scopes"], json!(["read"]));
    assert_eq!(shown.text("lastUsedAt"), "2026-06-16T12:17:30.231Z");
    assert!(shown.json.get("key").is_none());
    let listed = admin.get(KEYS).await;
    assert!(listed.listed("id").contains(&made.text("id")));
    assert!(!listed.json.to_string().contains(made.text("key")));

    assert_eq!(
        admin.call("DELETE", &path, &[], &Value::Null).await.status,
        204
    );
    assert_eq!(admin.get(&path).await.status, 404);
    // Other containers may trust the key for a few seconds more.
    edge.advance(60_000);
    assert_eq!(reader.get(WORKFLOWS).await.status, 401);
}

#[tokio::test]
async fn a_repeat_under_an_idempotency_key_finds_the_same_resource_without_its_secret() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let triggers = format!("{}/triggers", admin.workflow("Orders").await);
    let key = [("idempotency-key", "once")];
    for (path, body, other, secret) in [
        (
            KEYS,
            json!({"name": "k", "scopes": ["read"]}),
            json!({"name": "other", "scopes": ["read"]}),
            "key",
        ),
        (
            WORKFLOWS,
            json!({"name": "w", "definition": definition("one")}),
            json!({"name": "w", "definition": definition("two")}),
            "no secret",
        ),
        (&triggers, json!({}), json!({"enabled": false}), "url"),
    ] {
        let first = admin.call("POST", path, &key, &body).await;
        let repeat = admin.call("POST", path, &key, &body).await;
        assert_eq!(
            (first.status, repeat.status),
            (201, 201),
            "{path} {repeat:?}"
        );
        assert_eq!(first.header("idempotent-replayed"), "");
        assert_eq!(repeat.header("idempotent-replayed"), "true");
        assert_eq!(repeat.header("location"), first.header("location"));
        let mut expected = first.json.clone();
        expected.as_object_mut().unwrap().remove(secret);
        assert_eq!(repeat.json, expected);
        let reused = admin.call("POST", path, &key, &other).await;
        assert_eq!(reused.refusal(), (422, "IDEMPOTENCY_KEY_REUSED"), "{path}");
        let long = "x".repeat(256);
        let invalid = admin
            .call("POST", path, &[("idempotency-key", &long)], &body)
            .await;
        assert_eq!(invalid.refusal(), (400, "INVALID_IDEMPOTENCY_KEY"));
    }
}

#[tokio::test]
async fn a_list_continues_after_its_own_cursor_and_refuses_another_lists() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let mut workflow = String::new();
    for name in ["a", "b", "c"] {
        workflow = admin.workflow(name).await;
        admin.trigger(&workflow).await;
        let body = json!({"name": name, "scopes": ["read"]});
        admin.post(KEYS, &body).await;
    }
    let triggers = format!("{workflow}/triggers");
    admin.trigger(&workflow).await;
    for (list, count) in [(WORKFLOWS, 3), (KEYS, 4), (triggers.as_str(), 2)] {
        let whole = admin.get(list).await;
        assert!(whole.json["nextCursor"].is_null(), "{list}");
        let mut seen = Vec::new();
        let mut path = format!("{list}?limit=1");
        while !path.is_empty() {
            let page = admin.get(&path).await;
            seen.extend(page.listed("id").into_iter().map(str::to_owned));
            path = match page.json["nextCursor"].as_str() {
                Some(cursor) => format!("{list}?limit=1&cursor={cursor}"),
                None => String::new(),
            };
        }
        assert_eq!(seen, whole.listed("id"));
        assert_eq!(seen.len(), count);
        let first = admin.get(&format!("{list}?limit=1")).await;
        let cursor = first.text("nextCursor");
        for other in [WORKFLOWS, KEYS, &triggers]
            .into_iter()
            .filter(|other| *other != list)
        {
            let refused = admin.get(&format!("{other}?cursor={cursor}")).await;
            assert_eq!(refused.refusal(), (400, "INVALID_CURSOR"), "{list} {other}");
        }
    }
    let misspelt = admin.get("/v1/workflows?limits=1").await;
    assert_eq!(misspelt.refusal(), (400, "INVALID_PARAMETER"));
}

#[tokio::test]
async fn changes_at_the_same_moment_all_take_effect() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let path = admin.workflow("Orders").await;
    let rename = json!({"name": "Invoices"});
    let limit = json!({"rateLimit": {"capacity": 7}});
    let (renamed, limited) = tokio::join!(
        admin.call("PATCH", &path, &[], &rename),
        admin.call("PATCH", &path, &[], &limit),
    );
    assert_eq!((renamed.status, limited.status), (200, 200));
    let shown = admin.get(&path).await;
    assert_eq!(shown.text("name"), "Invoices");
    assert_eq!(shown.json["rateLimit"]["capacity"], 7);
}

/// The gateway keeps such requests away; a function URL would not.
#[tokio::test]
async fn a_method_that_a_path_does_not_have_is_answered_with_those_it_has() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let workflow = admin.workflow("Orders").await;
    let trigger = admin.trigger(&workflow).await;
    let trigger = format!("{workflow}/triggers/{}", trigger.text("id"));
    for (method, path, allow) in [
        ("PUT", KEYS.to_owned(), "GET, POST"),
        ("PUT", WORKFLOWS.to_owned(), "GET, POST"),
        ("PUT", workflow.clone(), "GET, PATCH, DELETE"),
        ("GET", format!("{workflow}/activate"), "POST"),
        ("DELETE", format!("{workflow}/triggers"), "GET, POST"),
        ("POST", trigger.clone(), "GET, PATCH, DELETE"),
        ("GET", format!("{trigger}/rotate"), "POST"),
        ("PUT", "/v1/subscriptions".to_owned(), "GET, POST"),
        (
            "PUT",
            "/v1/subscriptions/sub_1".to_owned(),
            "GET, PATCH, DELETE",
        ),
        ("GET", "/v1/subscriptions/sub_1/test".to_owned(), "POST"),
        ("POST", "/v1/event-types".to_owned(), "GET"),
        (
            "PATCH",
            "/v1/event-types/a.b".to_owned(),
            "GET, PUT, DELETE",
        ),
        ("GET", "/v1/events".to_owned(), "POST"),
        ("DELETE", "/v1/events/evt_1".to_owned(), "GET"),
    ] {
        let refused = admin.misdirected("register", method, &path).await;
        let expected = (405, "METHOD_NOT_ALLOWED".to_owned(), allow.to_owned());
        assert_eq!(refused, expected, "{method} {path}");
    }
    let nowhere = admin.misdirected("register", "GET", "/v1/nothing").await;
    assert_eq!(nowhere, (404, "NOT_FOUND".to_owned(), String::new()));
}
