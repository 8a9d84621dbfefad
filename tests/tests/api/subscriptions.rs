//! Subscriptions over the API: what each field does, what is refused, and what becomes of them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::net::IpAddr;

use domain::WebhookRequest;
use domain::signature::{SchemeName, read_secret, verify};
use egress::Resolver;
use serde_json::{Value, json};
use tests::events::request;
use tests::gate::Gate;
use tests::receiver::Receiver;
use tests::{World, waits};

const LIST: &str = "/v1/subscriptions";

async fn made(world: &World, body: Value) -> Value {
    world.subscribe(body).await
}

fn path_of(made: &Value) -> String {
    format!("{LIST}/{}", made["id"].as_str().unwrap())
}

fn body() -> Value {
    json!({"url": "http://127.0.0.1:9/", "events": ["workflow.failed"]})
}

fn with(name: &str, value: Value) -> Value {
    let mut body = body();
    body[name] = value;
    body
}

#[tokio::test]
async fn a_subscription_is_made_with_defaults_and_its_secret_is_shown_once() {
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
async fn a_repeat_under_an_idempotency_key_finds_the_same_one_even_at_the_limit() {
    let world = World::new().await;
    let bearer = format!("Bearer {}", world.key);
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", "k")];
    let create = |body: Value| world.send("POST", LIST, &headers, body.to_string());
    let first = create(body()).await.expect(201);
    for number in 1..100 {
        made(
            &world,
            with("url", json!(format!("http://127.0.0.1:9/{number}"))),
        )
        .await;
    }
    let beyond = world.call("POST", LIST, Some(body())).await;
    beyond.expect_problem(409, "LIMIT_REACHED");
    let repeat = create(body()).await;
    assert_eq!(repeat.header("idempotent-replayed"), Some("true"));
    let repeat = repeat.expect(201);
    assert_eq!(repeat["id"], first["id"]);
    assert_eq!(repeat["secret"], Value::Null);
    let other = create(with("method", json!("PUT"))).await;
    other.expect_problem(422, "IDEMPOTENCY_KEY_REUSED");
    world
        .call("DELETE", &path_of(&first), None)
        .await
        .expect(204);
    let again = create(body()).await;
    again.expect_problem(422, "IDEMPOTENCY_KEY_REUSED");
}

#[tokio::test]
async fn a_repeat_with_another_secret_finds_the_first_which_keeps_its_own() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let bearer = format!("Bearer {}", world.key);
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", "k")];
    let create = |secret: &str| {
        let mut body = with("url", json!(receiver.url));
        body["secret"] = json!(secret);
        world.send("POST", LIST, &headers, body.to_string())
    };
    let own = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    let other = "whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";
    let first = create(own).await.expect(201);
    assert_eq!(first["secret"], own);
    let repeat = create(other).await;
    assert_eq!(repeat.header("idempotent-replayed"), Some("true"));
    let repeat = repeat.expect(201);
    assert_eq!(
        (&repeat["id"], &repeat["secret"]),
        (&first["id"], &Value::Null)
    );
    let test = format!("{}/test", path_of(&first));
    world.call("POST", &test, None).await.expect(202);
    world.run().await;
    let now = world.clock.now();
    let taken = &receiver.taken()[0];
    let request = WebhookRequest {
        method: taken.method.clone(),
        query: Vec::new(),
        headers: taken.headers.clone().into_iter().collect(),
        body: taken.body.clone(),
        source_ip: None,
        received_at: now,
        verified_by: None,
    };
    let is_signed_with = |secret: &str| {
        let key = read_secret(&SchemeName::STANDARD_WEBHOOKS, secret).unwrap();
        verify(&SchemeName::STANDARD_WEBHOOKS, &[&key], &request, now).is_ok()
    };
    assert!(is_signed_with(own) && !is_signed_with(other));
}

#[tokio::test]
async fn what_it_names_must_be_there_and_the_callers() {
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

/// Status, code and the path's answer of registering a URL in a deployment that opens nothing.
async fn registered(world: &World, url: &str, addresses: &'static [&'static str]) -> (u16, Value) {
    let mut settings = world.settings("register");
    for name in ["ALLOW_LOOPBACK", "ALLOW_HTTP"] {
        let variable = (name.to_owned(), "false".to_owned());
        settings.variables.extend([variable]);
    }
    let aws = settings.environment();
    let resolver = Resolver::new(move |_| {
        let parsed = addresses.iter().map(|address| address.parse().unwrap());
        let addresses: Vec<IpAddr> = parsed.collect();
        Box::pin(async { Ok(addresses) })
    });
    let app = register::App::with_resolver(aws, resolver);
    let key = [("x-api-key", world.key.as_str())];
    let asked = request("POST", LIST, &key, &with("url", json!(url)));
    let response = register::handle(&app, asked).await;
    let answer: Value = serde_json::from_slice(response.body()).unwrap();
    (response.status().as_u16(), answer["code"].clone())
}

#[tokio::test]
async fn a_url_that_leads_inside_is_refused_when_it_is_registered() {
    let world = World::new().await;
    let public: &[&str] = &["8.8.8.8"];
    let refused = (400, json!("URL_NOT_ALLOWED"));
    for (url, addresses) in [
        ("http://hooks.example/", public),
        ("https://127.0.0.1/", public),
        ("https://[::1]/", public),
        ("https://localhost/", public),
        ("https://169.254.169.254/latest", public),
        ("https://0x7f.1/", public),
        ("https://[::ffff:10.0.0.1]/", public),
        ("https://u:p@hooks.example/", public),
        ("https://hooks.example/", &["10.0.0.1"]),
        ("https://hooks.example/", &["8.8.8.8", "192.168.0.1"]),
        ("https://hooks.example/", &["fd00::1"]),
    ] {
        assert_eq!(registered(&world, url, addresses).await, refused, "{url}");
    }
    for (url, addresses) in [
        ("https://hooks.example/", public),
        // It may be set up later, and is judged again whenever it is called.
        ("https://nobody.example/", &[]),
    ] {
        let made = (201, Value::Null);
        assert_eq!(registered(&world, url, addresses).await, made, "{url}");
    }
}

#[tokio::test]
async fn a_patch_changes_what_it_names() {
    let world = World::new().await;
    let made = made(&world, with("headers", json!({"x-a": "1", "x-b": "2"}))).await;
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
async fn a_new_url_is_not_held_to_account_for_the_old_one() {
    let elsewhere = Receiver::answering(503).await;
    for (patch, is_enabled) in [
        (json!({"method": "PUT"}), false),
        (json!({"url": elsewhere.url}), true),
    ] {
        let world = World::new().await;
        let receiver = Receiver::answering(503).await;
        let mut body = with("url", json!(receiver.url));
        body["events"] = json!(["connection.created"]);
        let path = path_of(&made(&world, body).await);
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
async fn a_disabled_one_is_not_tested_until_it_is_enabled() {
    let world = World::new().await;
    let made = made(&world, body()).await;
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
async fn a_test_reaches_the_receiver_and_its_delivery_tells_of_it() {
    let world = World::new().await;
    let gate = Gate::open().await;
    let made = made(&world, with("url", json!(gate.url))).await;
    let path = format!("{}/test", path_of(&made));
    let begun = world.call("POST", &path, None).await;
    let location = begun.header("location").unwrap().to_owned();
    let begun = begun.expect(202);
    let delivery = begun["deliveryId"].as_str().unwrap();
    assert_eq!(location, format!("/v1/deliveries/{delivery}"));
    world.run().await;
    assert_eq!(gate.calls(), 1);
    let told = world.call("GET", &location, None).await.expect(200);
    assert_eq!(told["status"], "delivered");
    assert_eq!(told["eventType"], "webhook.test");
    assert_eq!(told["eventId"], begun["eventId"]);
    assert_eq!(told["attempts"][0]["status"], 200);
    let listed = world.call("GET", "/v1/deliveries", None).await.expect(200);
    assert_eq!(listed["items"][0]["id"], delivery);
    assert_eq!(listed["nextCursor"], Value::Null);
}

#[tokio::test]
async fn a_rotated_secret_is_shown_once_and_an_overlap_is_bounded() {
    let world = World::new().await;
    let made = made(&world, body()).await;
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
