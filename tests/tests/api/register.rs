//! The management API: API keys, workflows and triggers, each route through the gateway.

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
        (200, &json!({"status": "ok"}))
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
async fn a_workflow_is_created_listed_shown_changed_and_deleted() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let body = json!({"name": "Orders", "slug": "orders", "definition": definition("one")});
    let made = admin.post(WORKFLOWS, &body).await;
    assert_eq!(made.status, 201, "{made:?}");
    let path = format!("{WORKFLOWS}/{}", made.text("id"));
    assert_eq!(made.header("location"), path);
    assert_eq!(made.json["definition"], definition("one"));
    assert_eq!(made.json["active"], false);
    assert_eq!(admin.get(&path).await.json, made.json);
    let listed = admin.get(WORKFLOWS).await;
    assert_eq!(listed.listed("slug"), ["orders"]);
    assert!(listed.json["items"][0].get("definition").is_none());

    edge.advance(1_000);
    let patch = json!({"name": "Invoices", "rateLimit": {"capacity": 5}});
    let changed = admin.call("PATCH", &path, &[], &patch).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    assert_eq!(changed.text("name"), "Invoices");
    assert_eq!(changed.text("slug"), "orders");
    assert_eq!(changed.json["rateLimit"]["capacity"], 5);
    assert_eq!(changed.json["version"], 1);
    assert_eq!(changed.text("updatedAt"), "2026-06-16T12:17:31.231Z");
    assert_eq!(admin.get(&path).await.json, changed.json);

    let deleted = admin.call("DELETE", &path, &[], &Value::Null).await;
    assert_eq!((deleted.status, deleted.bytes.len()), (204, 0));
    assert_eq!(admin.get(&path).await.refusal(), (404, "NOT_FOUND"));
    assert!(admin.get(WORKFLOWS).await.listed("id").is_empty());
}

#[tokio::test]
async fn yaml_makes_the_workflow_that_its_json_would() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let yaml = "document: {dsl: '1.0.0', namespace: tests, name: mark, version: '1.0.0'}\n\
                do:\n  - mark:\n      set:\n        mark: one\n        price: ${ .price }\n";
    let made = admin
        .post(WORKFLOWS, &json!({"name": "y", "definitionYaml": yaml}))
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.json["definition"], definition("one"));
    let broken = json!({"name": "y", "definitionYaml": "do: [\n"});
    let refused = admin.post(WORKFLOWS, &broken).await;
    assert_eq!(refused.refusal(), (400, "INVALID_DEFINITION"));
    assert!(refused.json["problems"][0]["line"].is_u64(), "{refused:?}");
}

#[tokio::test]
async fn every_problem_of_a_definition_is_told_with_its_place() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let yaml = "document: {dsl: '1.0.0', namespace: tests, name: mark, version: '1.0.0'}\n\
                do:\n  - hear:\n      listen: {to: {any: []}}\n  - mark:\n      set:\n        \
                price: ${ nope }\n      then: nowhere\n";
    let body = json!({"name": "y", "definitionYaml": yaml});
    let refused = admin.post(WORKFLOWS, &body).await;
    assert_eq!(refused.refusal(), (400, "INVALID_DEFINITION"));
    let problems = refused.json["problems"].as_array().unwrap();
    let places: Vec<(&str, u64)> = problems
        .iter()
        .map(|one| {
            (
                one["pointer"].as_str().unwrap(),
                one["line"].as_u64().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("/do/0/hear/listen", 4),
        ("/do/1/mark/then", 8),
        ("/do/1/mark/set/price", 7),
    ];
    assert_eq!(places, expected, "{problems:?}");
    let reason = problems[0]["reason"].as_str().unwrap();
    assert!(reason.contains("`listen` is refused"), "{reason}");
}

#[tokio::test]
async fn only_another_definition_makes_another_version() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let path = admin.workflow("Orders").await;
    let same = json!({"definition": definition("kept")});
    let unchanged = admin.call("PATCH", &path, &[], &same).await;
    assert_eq!(unchanged.json["version"], 1);
    let merged = json!({"definition": {"document": {"title": "Mark"}}});
    let changed = admin.call("PATCH", &path, &[], &merged).await;
    assert_eq!(changed.json["version"], 2, "{changed:?}");
    assert_eq!(changed.json["definition"]["document"]["title"], "Mark");
    assert_eq!(changed.json["definition"]["do"], definition("kept")["do"]);
    assert_eq!(admin.get(&path).await.json, changed.json);
}

#[tokio::test]
async fn a_definition_that_cannot_run_is_refused_with_every_reason() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let mut shell = definition("one");
    shell["do"] = json!([
        {"evil": {"run": {"shell": {"command": "id"}}}},
        {"worse": {"run": {"script": {"language": "js", "code": "1"}}}},
    ]);
    let refused = admin
        .post(WORKFLOWS, &json!({"name": "x", "definition": shell}))
        .await;
    assert_eq!(refused.refusal(), (400, "INVALID_DEFINITION"));
    let problems = refused.json["problems"].as_array().unwrap();
    let about = |pointer: &str| {
        problems
            .iter()
            .any(|problem| problem["pointer"].as_str().unwrap().starts_with(pointer))
    };
    assert!(about("/do/0/evil") && about("/do/1/worse"), "{problems:?}");
    let mut large = definition("one");
    large["document"]["summary"] = json!("x".repeat(262_144));
    let refused = admin
        .post(WORKFLOWS, &json!({"name": "x", "definition": large}))
        .await;
    assert_eq!(refused.refusal(), (413, "DEFINITION_TOO_LARGE"));
}

#[tokio::test]
async fn an_unknown_field_is_refused_with_its_pointer_and_nothing_is_made() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let workflow = admin.workflow("Orders").await;
    let triggers = format!("{workflow}/triggers");
    let trigger = format!("{triggers}/{}", admin.trigger(&workflow).await.text("id"));
    let with = |mut body: Value| {
        body["limits"] = json!(1);
        body
    };
    for (method, path, body) in [
        ("POST", KEYS, json!({"name": "k", "scopes": ["read"]})),
        ("POST", WORKFLOWS, json!({"name": "w", "definition": {}})),
        ("PATCH", &workflow, json!({"name": "w"})),
        ("POST", &triggers, json!({})),
        ("PATCH", &trigger, json!({"enabled": false})),
        ("POST", &format!("{trigger}/rotate"), json!({})),
    ] {
        let refused = admin.call(method, path, &[], &with(body)).await;
        assert_eq!(refused.refusal(), (400, "UNKNOWN_FIELD"), "{method} {path}");
        assert_eq!(refused.text("pointer"), "/limits");
    }
    assert_eq!(admin.get(KEYS).await.listed("name"), ["test"]);
    assert_eq!(admin.get(&trigger).await.json["enabled"], true);
}

#[tokio::test]
async fn a_slug_belongs_to_one_workflow_at_a_time() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let draft = |slug: &str| json!({"name": "n", "slug": slug, "definition": definition("one")});
    let first = admin.post(WORKFLOWS, &draft("orders")).await;
    let second = admin.post(WORKFLOWS, &draft("orders")).await;
    assert_eq!(second.refusal(), (409, "SLUG_TAKEN"));
    let other = admin.post(WORKFLOWS, &draft("others")).await;
    let path = format!("{WORKFLOWS}/{}", other.text("id"));
    let rename = json!({"slug": "orders"});
    let taken = admin.call("PATCH", &path, &[], &rename).await;
    assert_eq!(taken.refusal(), (409, "SLUG_TAKEN"));
    let first = format!("{WORKFLOWS}/{}", first.text("id"));
    admin.call("DELETE", &first, &[], &Value::Null).await;
    assert_eq!(admin.call("PATCH", &path, &[], &rename).await.status, 200);
}

#[tokio::test]
async fn activating_and_deactivating_decide_whether_a_webhook_runs() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let workflow = admin.workflow("Orders").await;
    let url = admin.trigger(&workflow).await.text("url").to_owned();
    let off = admin
        .post(&format!("{workflow}/deactivate"), &Value::Null)
        .await;
    assert_eq!((off.status, &off.json["active"]), (200, &json!(false)));
    let refused = edge.send("POST", &url, &[], b"{}").await;
    assert_eq!(refused.refusal(), (403, "WORKFLOW_INACTIVE"));
    let on = admin
        .post(&format!("{workflow}/activate"), &Value::Null)
        .await;
    assert_eq!((on.status, &on.json["active"]), (200, &json!(true)));
    // What is refused from the cache is confirmed by a read, at most once a second.
    edge.advance(2_000);
    assert_eq!(edge.send("POST", &url, &[], b"{}").await.status, 200);
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
    assert_eq!(listed.json["items"], json!([shown.json]));

    let patch = json!({"ipAllowList": ["192.0.2.0/24"], "methods": null});
    let changed = admin.call("PATCH", &path, &[], &patch).await;
    assert_eq!(changed.json["methods"], json!(["POST"]));
    assert_eq!(admin.get(&path).await.json, changed.json);
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
async fn lists_go_on_from_their_cursors_and_from_no_others() {
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
