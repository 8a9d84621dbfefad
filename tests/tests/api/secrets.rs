//! Secrets over the API: they go in, are listed by name, and never come out; at rest they are
//! ciphertext.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tests::events::request;
use tests::fault_proxy::{Fault, FaultProxy, ask};
use tests::{Answer, World};

const LIST: &str = "/v1/secrets";

async fn put(world: &World, name: &str, value: Value) -> Answer {
    let body = json!({ "value": value });
    world
        .call("PUT", &format!("{LIST}/{name}"), Some(body))
        .await
}

fn names(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["name"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_secret_is_stored_listed_replaced_deleted_and_never_shown() {
    let world = World::new().await;
    let made = put(&world, "token", json!("canary-1")).await;
    assert_eq!(made.header("location"), Some("/v1/secrets/token"));
    let at = "2026-06-16T12:17:30.231Z";
    let first = json!({"name": "token", "createdAt": at, "updatedAt": at});
    assert_eq!(made.expect(201), first);

    world.clock.advance(1_000);
    let pair = json!({"username": "u", "password": "canary-2"});
    let second = put(&world, "token", pair).await.expect(200);
    assert_eq!(second["createdAt"], at);
    assert_eq!(second["updatedAt"], "2026-06-16T12:17:31.231Z");

    let listed = world.call("GET", LIST, None).await.expect(200);
    assert_eq!(listed, json!({"items": [second], "nextCursor": null}));
    let path = format!("{LIST}/token");
    let shown = world.call("GET", &path, None).await;
    shown.expect_problem(405, "METHOD_NOT_ALLOWED");

    world.call("DELETE", &path, None).await.expect(204);
    let again = world.call("DELETE", &path, None).await;
    again.expect_problem(404, "NOT_FOUND");
    let listed = world.call("GET", LIST, None).await.expect(200);
    assert_eq!(names(&listed), [""; 0]);
}

#[tokio::test]
async fn a_list_of_secrets_goes_on_by_name() {
    let world = World::new().await;
    for name in ["c", "a", "b"] {
        put(&world, name, json!(1)).await.expect(201);
    }
    let path = format!("{LIST}?limit=2");
    let page = world.call("GET", &path, None).await.expect(200);
    assert_eq!(names(&page), ["a", "b"]);
    let path = format!("{path}&cursor={}", page["nextCursor"].as_str().unwrap());
    let page = world.call("GET", &path, None).await.expect(200);
    assert_eq!(names(&page), ["c"]);
    assert_eq!(page["nextCursor"], Value::Null);
}

#[tokio::test]
async fn secrets_are_for_the_admins_of_their_org_alone() {
    let world = World::new().await;
    put(&world, "token", json!("x")).await.expect(201);
    let keys = json!({"name": "dashboard", "scopes": ["read"]});
    let reader = world.call("POST", "/v1/api-keys", Some(keys)).await;
    let reader = reader.expect(201)["key"].as_str().unwrap().to_owned();
    let refused = world.call_as(&reader, "GET", LIST, None).await;
    refused.expect_problem(403, "FORBIDDEN_SCOPE");

    let other = world.key_of("two").await;
    let listed = world.call_as(&other, "GET", LIST, None).await.expect(200);
    assert_eq!(names(&listed), [""; 0]);
    let path = format!("{LIST}/token");
    let deleted = world.call_as(&other, "DELETE", &path, None).await;
    deleted.expect_problem(404, "NOT_FOUND");
    let listed = world.call("GET", LIST, None).await.expect(200);
    assert_eq!(names(&listed), ["token"]);
}

#[tokio::test]
async fn a_bad_name_or_value_is_refused() {
    let world = World::new().await;
    for name in ["1st", "a.b", "a%20b", &"x".repeat(65)] {
        let refused = put(&world, name, json!("x")).await;
        refused.expect_problem(400, "INVALID_PARAMETER");
    }
    let long = put(&world, "token", json!("x".repeat(4_095))).await;
    let problem = long.expect_problem(400, "INVALID_FIELD");
    assert_eq!(problem["pointer"], "/value");
    let body = json!({"value": "x", "ttl": 1});
    let unknown = world.call("PUT", "/v1/secrets/token", Some(body)).await;
    let problem = unknown.expect_problem(400, "UNKNOWN_FIELD");
    assert_eq!(problem["pointer"], "/ttl");
}

#[tokio::test]
async fn what_lies_in_the_table_is_ciphertext() {
    let world = World::new().await;
    put(&world, "token", json!("canary")).await.expect(201);
    let variables = world.stack.variables("register");
    let body = json!({"TableName": variables["CONFIG_TABLE"]}).to_string();
    let table = ask(&world, "DynamoDB_20120810.Scan", body).await;
    let items = table["Items"].as_array().unwrap();
    let stored = items.iter().find(|item| item["sk"]["S"] == "SECRET#token");
    let sealed = stored.unwrap()["sealed"]["B"].as_str().unwrap();
    assert!(sealed.len() > 100, "{sealed}");
    // "canary" in base64, at each of its three alignments.
    for plain in ["canary", "Y2FuYXJ5", "NhbmFye", "jYW5hcn"] {
        assert!(!table.to_string().contains(plain), "{plain}");
    }
}

/// Status and code of storing a secret while AWS answers so.
async fn stored(
    world: &World,
    plan: impl Fn(usize, &str) -> Fault + Send + Sync + 'static,
) -> (u16, String) {
    let proxy = FaultProxy::new(world, plan).await;
    let app = register::App::new(proxy.environment(world, "register"));
    let key = ("x-api-key", world.key.as_str());
    let body = json!({"value": "canary"});
    let put = request("PUT", "/v1/secrets/token", &[key], &body);
    let response = tests::contract::register(&app, put).await;
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    let code = body["code"].as_str().unwrap_or("none").to_owned();
    (response.status().as_u16(), code)
}

#[tokio::test]
async fn a_secret_is_not_stored_while_kms_or_the_table_does_not_answer() {
    let world = World::new().await;
    for (operation, status, error) in [
        ("Encrypt", 500, "KMSInternalException"),
        ("Encrypt", 400, "ThrottlingException"),
        ("Encrypt", 400, "AccessDeniedException"),
        ("UpdateItem", 500, "InternalServerError"),
    ] {
        // The use of the key may be noted by an UpdateItem, too, the second call at the latest.
        let answered = stored(&world, move |number, called| {
            if called == operation && (number > 2 || called == "Encrypt") {
                Fault::Answer { status, error }
            } else {
                Fault::Pass
            }
        });
        let answered = answered.await;
        assert_eq!(answered, (503, "UNAVAILABLE".to_owned()), "{error}");
        let listed = world.call("GET", LIST, None).await.expect(200);
        assert_eq!(names(&listed), [""; 0], "{error}");
    }
}

#[tokio::test]
async fn a_lost_answer_stores_a_secret_once() {
    let world = World::new().await;
    let lost = Arc::new(Mutex::new(Vec::new()));
    let losing = Arc::clone(&lost);
    let answered = stored(&world, move |number, called| {
        let mut lost = losing.lock().unwrap();
        let may_go = called == "Encrypt" || called == "UpdateItem" && number > 2;
        if may_go && !lost.contains(&called.to_owned()) {
            lost.push(called.to_owned());
            return Fault::LoseAnswer;
        }
        Fault::Pass
    });
    assert_eq!(answered.await, (201, "none".to_owned()));
    assert_eq!(*lost.lock().unwrap(), ["Encrypt", "UpdateItem"]);
}
