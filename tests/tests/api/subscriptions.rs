//! Subscriptions through the gateway: create, change, enable, test, rotate.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::{Value, json};
use tests::gate::Gate;
use tests::receiver::Receiver;
use tests::{World, waits};

pub(crate) const LIST: &str = "/v1/subscriptions";

pub(crate) async fn created(world: &World, body: Value) -> Value {
    world.subscribe(body).await
}

pub(crate) fn path_of(made: &Value) -> String {
    format!("{LIST}/{}", made["id"].as_str().unwrap())
}

pub(crate) fn body() -> Value {
    json!({"url": "http://127.0.0.1:9/", "events": ["workflow.failed"]})
}

pub(crate) fn with(name: &str, value: Value) -> Value {
    let mut body = body();
    body[name] = value;
    body
}

#[tokio::test]
async fn a_subscription_is_created_with_defaults_and_its_secret_is_shown_once() {
    let world = World::new().await;
    let answer = world.call("POST", LIST, Some(body())).await;
    let location = answer.header("location").unwrap().to_owned();
    let mut made = answer.expect(201);
    assert_eq!(location, path_of(&made));
    let secret = made.as_object_mut().unwrap().remove("secret").unwrap();
    assert!(secret.as_str().unwrap().starts_with("whsec_"));
    let at = "2026-06-16T12:17:30.231Z";
    let expected = json!({
        "id": made["id"],
        "profile": "native",
        "url": "http://127.0.0.1:9/",
        "events": ["workflow.failed"],
        "workflowIds": [],
        "slug": null,
        "format": "default",
        "template": null,
        "method": "POST",
        "headers": {},
        "enabled": true,
        "disabledReason": null,
        "disabledAt": null,
        "failingSince": null,
        "pausedUntil": null,
        "createdAt": at,
        "updatedAt": at,
    });
    assert_eq!(made, expected);
    let shown = world.call("GET", &location, None).await.expect(200);
    assert_eq!(shown, expected);
    let listed = world.call("GET", LIST, None).await.expect(200);
    assert_eq!(listed, json!({"items": [expected], "nextCursor": null}));
    world.call("DELETE", &location, None).await.expect(204);
    for method in ["GET", "DELETE"] {
        let gone = world.call(method, &location, None).await;
        gone.expect_problem(404, "NOT_FOUND");
    }
}

#[tokio::test]
async fn event_types_and_workflows_must_exist_and_belong_to_the_tenant() {
    let world = World::new().await;
    let other = world.key_of("two").await;
    let workflow = json!({"name": "Theirs", "active": true, "definition": waits(1)});
    let workflow = world.call_as(&other, "POST", "/v1/workflows", Some(workflow));
    let workflow = workflow.await.expect(201)["id"].clone();
    for (name, value, pointer) in [
        (
            "events",
            json!(["workflow.failed", "invoice.paid"]),
            "/events/1",
        ),
        ("workflowIds", json!([workflow]), "/workflowIds/0"),
        ("secret", json!("whsec_c2hvcnQ="), "/secret"),
        ("url", json!("ftp://example.com/"), "/url"),
        ("headers", json!({"Host": "a"}), "/headers/Host"),
    ] {
        let refused = world.call("POST", LIST, Some(with(name, value))).await;
        let problem = refused.expect_problem(400, "INVALID_FIELD");
        assert_eq!(problem["pointer"], pointer);
    }
    let refused = world.call("POST", LIST, Some(with("nope", json!(1)))).await;
    refused.expect_problem(400, "UNKNOWN_FIELD");
    let listed = world.call("GET", LIST, None).await.expect(200);
    assert_eq!(listed["items"], json!([]));
}

#[tokio::test]
async fn a_patch_sets_the_fields_that_it_names() {
    let world = World::new().await;
    let made = created(&world, with("headers", json!({"x-a": "1", "x-b": "2"}))).await;
    world.clock.advance(1_000);
    let patch = json!({"method": "PUT", "headers": {"x-a": "***", "x-b": null}});
    let path = path_of(&made);
    let changed = world.call("PATCH", &path, Some(patch)).await.expect(200);
    assert_eq!(changed["method"], "PUT");
    assert_eq!(changed["headers"], json!({"x-a": "***"}));
    assert_eq!(changed["updatedAt"], "2026-06-16T12:17:31.231Z");
    assert_eq!(changed["secret"], Value::Null);
    for (patch, pointer) in [
        (json!({"events": []}), "/events"),
        (json!({"events": ["a.b"]}), "/events/0"),
        (json!({"format": "custom"}), "/template"),
        (json!({"format": "custom", "template": " "}), "/template"),
    ] {
        let refused = world.call("PATCH", &path, Some(patch)).await;
        let problem = refused.expect_problem(400, "INVALID_FIELD");
        assert_eq!(problem["pointer"], pointer);
    }
    let shown = world.call("GET", &path, None).await.expect(200);
    assert_eq!(shown, changed);
}

/// Six days after its first failure the next one disables a subscription, unless that is somewhere else by then.
#[tokio::test]
async fn failures_of_the_old_url_do_not_count_for_a_new_one() {
    let elsewhere = Receiver::answering(503).await;
    for (patch, is_enabled) in [
        (json!({"method": "PUT"}), false),
        (json!({"url": elsewhere.url}), true),
    ] {
        let world = World::new().await;
        let receiver = Receiver::answering(503).await;
        let mut body = with("url", json!(receiver.url));
        body["events"] = json!(["connection.created"]);
        let path = path_of(&created(&world, body).await);
        let event = || Some(json!({"type": "connection.created"}));
        world.call("POST", "/v1/events", event()).await.expect(201);
        world.run().await;
        world.clock.advance(6 * 86_400_000);
        world.call("PATCH", &path, Some(patch)).await.expect(200);
        world.call("POST", "/v1/events", event()).await.expect(201);
        world.run().await;
        let shown = world.call("GET", &path, None).await.expect(200);
        assert_eq!(shown["enabled"], is_enabled, "{shown}");
    }
}

#[tokio::test]
async fn a_disabled_subscription_gets_no_test_event_until_it_is_enabled() {
    let world = World::new().await;
    let made = created(&world, body()).await;
    let path = path_of(&made);
    let disable = format!("{path}/disable");
    let disabled = world.call("POST", &disable, None).await.expect(200);
    assert_eq!(disabled["enabled"], false);
    assert_eq!(disabled["disabledReason"], "asked");
    assert_eq!(disabled["disabledAt"], "2026-06-16T12:17:30.231Z");
    let test = format!("{path}/test");
    let refused = world.call("POST", &test, None).await;
    refused.expect_problem(409, "SUBSCRIPTION_DISABLED");
    let enable = format!("{path}/enable");
    let enabled = world.call("POST", &enable, None).await.expect(200);
    assert_eq!(enabled["disabledReason"], Value::Null);
    world.call("POST", &test, None).await.expect(202);
}

#[tokio::test]
async fn a_test_event_reaches_the_receiver_and_its_delivery_shows_the_result() {
    let world = World::new().await;
    let gate = Gate::open().await;
    let made = created(&world, with("url", json!(gate.url))).await;
    let path = format!("{}/test", path_of(&made));
    let begun = world.call("POST", &path, None).await;
    let location = begun.header("location").unwrap().to_owned();
    let begun = begun.expect(202);
    let delivery = begun["deliveryId"].as_str().unwrap();
    assert_eq!(location, format!("/v1/deliveries/{delivery}"));
    world.run().await;
    assert_eq!(gate.calls(), 1);
    let shown = world.call("GET", &location, None).await.expect(200);
    assert_eq!(shown["status"], "delivered");
    assert_eq!(shown["eventType"], "webhook.test");
    assert_eq!(shown["eventId"], begun["eventId"]);
    assert_eq!(shown["attempts"][0]["status"], 200);
    let listed = world.call("GET", "/v1/deliveries", None).await.expect(200);
    assert_eq!(listed["items"][0]["id"], delivery);
    assert_eq!(listed["nextCursor"], Value::Null);
}

#[tokio::test]
async fn a_rotated_secret_is_shown_once_and_an_overlap_is_bounded() {
    let world = World::new().await;
    let made = created(&world, body()).await;
    let path = format!("{}/rotate-secret", path_of(&made));
    let rotated = world.call("POST", &path, None).await.expect(200);
    assert!(rotated["secret"].as_str().unwrap().starts_with("whsec_"));
    assert_ne!(rotated["secret"], made["secret"]);
    let own = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    let body = json!({"secret": own, "overlapSeconds": 0});
    let rotated = world.call("POST", &path, Some(body)).await.expect(200);
    assert_eq!(rotated["secret"], own);
    let body = json!({"overlapSeconds": 604_801});
    let refused = world.call("POST", &path, Some(body)).await;
    refused.expect_problem(400, "INVALID_FIELD");
}
