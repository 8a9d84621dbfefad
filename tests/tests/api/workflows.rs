//! `/v1/workflows` through the gateway.

use serde_json::{Value, json};

use crate::caller::{Edge, definition};

const KEYS: &str = "/v1/api-keys";
const WORKFLOWS: &str = "/v1/workflows";

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
async fn yaml_and_json_of_one_definition_create_the_same_workflow() {
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
async fn every_problem_of_a_definition_is_listed_with_its_line() {
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
async fn only_a_different_definition_makes_a_new_version() {
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
async fn an_unknown_field_is_refused_with_its_pointer_and_nothing_is_created() {
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
    // What is refused from the cache is confirmed by a read, at most once a second for each token.
    edge.advance(2_000);
    assert_eq!(edge.send("POST", &url, &[], b"{}").await.status, 200);
}
