//! Events that an org publishes, and the types that it declares for them.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::gate::Gate;
use tests::receiver::Receiver;
use tests::{Answer, World};

const TYPES: &str = "/v1/event-types";
const EVENTS: &str = "/v1/events";

async fn declare(world: &World, name: &str, body: Value) -> Answer {
    world
        .call("PUT", &format!("{TYPES}/{name}"), Some(body))
        .await
}

async fn publish(world: &World, body: Value) -> Answer {
    world.call("POST", EVENTS, Some(body)).await
}

fn paid(amount: Value) -> Value {
    json!({"type": "invoice.paid", "data": {"amount": amount}})
}

async fn subscribe(world: &World, url: &str, event: &str) -> Value {
    let body = json!({"url": url, "events": [event]});
    world.subscribe(body).await
}

#[tokio::test]
async fn a_declared_type_is_listed_beside_the_catalogue_and_goes_when_nobody_asks_for_it() {
    let world = World::new().await;
    let schema = json!({"type": "object", "required": ["amount"]});
    let body = json!({"description": "Money came in.", "schema": schema});
    let made = declare(&world, "invoice.paid", body.clone()).await;
    assert_eq!(
        made.header("location"),
        Some("/v1/event-types/invoice.paid")
    );
    let made = made.expect(201);
    assert_eq!(made["declared"], true);
    assert_eq!(made["publisher"], "org");
    assert_eq!(made["schema"], schema);
    world.clock.advance(1_000);
    let again = declare(&world, "invoice.paid", body).await.expect(200);
    assert_eq!(again["createdAt"], made["createdAt"]);
    let path = format!("{TYPES}/invoice.paid");
    assert_eq!(world.call("GET", &path, None).await.expect(200), again);
    let listed = world.call("GET", TYPES, None).await.expect(200);
    let items = listed["items"].as_array().unwrap();
    assert!(items.contains(&again), "{listed}");
    let own = format!("{TYPES}/workflow.failed");
    let own = world.call("GET", &own, None).await.expect(200);
    assert_eq!(own["names"]["refold"], "Workflow Errored");
    assert!(items.contains(&own), "{listed}");
    let test = format!("{TYPES}/webhook.test");
    let test = world.call("GET", &test, None).await.expect(200);
    assert_eq!(test["subscribable"], false);
    assert!(items.contains(&test), "{listed}");

    let made = subscribe(&world, "http://127.0.0.1:9/", "invoice.paid").await;
    let kept = world.call("DELETE", &path, None).await;
    kept.expect_problem(409, "EVENT_TYPE_IN_USE");
    let subscription = format!("/v1/subscriptions/{}", made["id"].as_str().unwrap());
    world.call("DELETE", &subscription, None).await.expect(204);
    world.call("DELETE", &path, None).await.expect(204);
    for method in ["GET", "DELETE"] {
        let gone = world.call(method, &path, None).await;
        gone.expect_problem(404, "NOT_FOUND");
    }
}

#[tokio::test]
async fn a_name_of_sluices_own_or_a_schema_that_cannot_be_used_is_refused() {
    let world = World::new().await;
    for name in ["workflow.paused", "credits", "invoice..paid"] {
        let refused = declare(&world, name, json!({})).await;
        refused.expect_problem(400, "INVALID_PARAMETER");
    }
    let body = json!({"schema": {"properties": {"a": {"$ref": "https://a.example/"}}}});
    let problem = declare(&world, "invoice.paid", body).await;
    let problem = problem.expect_problem(400, "INVALID_SCHEMA");
    assert!(problem["problems"][0]["pointer"].is_string(), "{problem}");
}

#[tokio::test]
async fn what_is_published_reaches_those_who_asked_for_it() {
    let world = World::new().await;
    declare(&world, "invoice.paid", json!({})).await.expect(201);
    let (asked, other) = (Gate::open().await, Gate::open().await);
    subscribe(&world, &asked.url, "invoice.paid").await;
    subscribe(&world, &other.url, "connection.created").await;
    let made = publish(&world, paid(json!(1))).await;
    let location = made.header("location").unwrap().to_owned();
    let made = made.expect(201);
    assert_eq!(
        location,
        format!("{EVENTS}/{}", made["id"].as_str().unwrap())
    );
    assert_eq!(made["data"], json!({"amount": 1}));
    assert_eq!(made["timestamp"], "2026-06-16T12:17:30.231Z");
    let shown = world.call("GET", &location, None).await.expect(200);
    assert_eq!(shown, made);
    world.run().await;
    assert_eq!((asked.calls(), other.calls()), (1, 0));
    publish(&world, json!({"type": "connection.created"}))
        .await
        .expect(201);
    world.run().await;
    assert_eq!((asked.calls(), other.calls()), (1, 1));
}

/// What each subscription was told, by their filters.
#[tokio::test]
async fn what_is_published_is_filtered_by_slug_and_by_workflow() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let hook = world.hook(tests::echoes_the_event(), json!({})).await;
    let workflow = hook.workflow.as_str();
    let path = format!("/v1/workflows/{workflow}");
    let own_slug = world.call("GET", &path, None).await.expect(200)["slug"].clone();
    let other = world
        .hook(tests::echoes_the_event(), json!({}))
        .await
        .workflow;
    for (name, filter) in [
        ("all", json!({})),
        ("crm", json!({"slug": "crm"})),
        ("of the workflow's slug", json!({"slug": own_slug})),
        ("of the workflow", json!({"workflowIds": [workflow]})),
        ("of the other", json!({"workflowIds": [other]})),
    ] {
        let mut body = json!({
            "url": receiver.url, "events": ["connection.created"], "headers": {"x-name": name},
        });
        let fields = body.as_object_mut().unwrap();
        fields.extend(filter.as_object().unwrap().clone());
        world.subscribe(body).await;
    }
    for (about, told) in [
        // It is of no workflow, so those who named one are told, and of no slug.
        (json!({}), vec!["all", "of the other", "of the workflow"]),
        (
            json!({"slug": "crm"}),
            vec!["all", "crm", "of the other", "of the workflow"],
        ),
        (
            json!({"workflowId": workflow}),
            vec!["all", "of the workflow", "of the workflow's slug"],
        ),
        (
            json!({"workflowId": workflow, "slug": "crm"}),
            vec!["all", "crm", "of the workflow"],
        ),
        (
            json!({"workflowId": other, "slug": "erp"}),
            vec!["all", "of the other"],
        ),
    ] {
        let before = receiver.taken().len();
        let mut body = json!({"type": "connection.created"});
        let fields = body.as_object_mut().unwrap();
        fields.extend(about.as_object().unwrap().clone());
        publish(&world, body).await.expect(201);
        world.run().await;
        let taken = receiver.taken();
        let mut names: Vec<&str> = taken[before..]
            .iter()
            .map(|one| one.headers["x-name"].as_str())
            .collect();
        names.sort_unstable();
        assert_eq!(names, told, "{about}");
    }
}

#[tokio::test]
async fn a_repeat_under_an_idempotency_key_is_told_once() {
    let world = World::new().await;
    let gate = Gate::open().await;
    subscribe(&world, &gate.url, "connection.created").await;
    let bearer = format!("Bearer {}", world.key);
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", "k")];
    let send = |kind: &str| {
        let body = json!({"type": kind}).to_string();
        world.send("POST", EVENTS, &headers, body)
    };
    let first = send("connection.created").await.expect(201);
    world.clock.advance(1_000);
    let repeat = send("connection.created").await;
    assert_eq!(repeat.header("idempotent-replayed"), Some("true"));
    assert_eq!(repeat.expect(201), first);
    let reused = send("connection.deleted").await;
    reused.expect_problem(422, "IDEMPOTENCY_KEY_REUSED");
    world.run().await;
    assert_eq!(gate.calls(), 1);
}

/// A request with the admin's key and an `Idempotency-Key`.
async fn keyed(world: &World, path: &str, body: Value) -> Answer {
    let bearer = format!("Bearer {}", world.key);
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", "k")];
    world.send("POST", path, &headers, body.to_string()).await
}

#[tokio::test]
async fn a_repeat_is_answered_as_the_first_was_though_its_type_and_workflow_are_gone() {
    let world = World::new().await;
    declare(&world, "invoice.paid", json!({})).await.expect(201);
    let hook = world.hook(tests::echoes_the_event(), json!({})).await;
    let mut body = paid(json!(1));
    body["workflowId"] = json!(hook.workflow);
    let first = keyed(&world, EVENTS, body.clone()).await.expect(201);
    world.clock.advance(1_000);
    for gone in [
        format!("{TYPES}/invoice.paid"),
        format!("/v1/workflows/{}", hook.workflow),
    ] {
        world.call("DELETE", &gone, None).await.expect(204);
    }
    let repeat = keyed(&world, EVENTS, body).await;
    assert_eq!(repeat.header("idempotent-replayed"), Some("true"));
    assert_eq!(repeat.expect(201), first);
    let reused = keyed(&world, EVENTS, paid(json!(2))).await;
    reused.expect_problem(422, "IDEMPOTENCY_KEY_REUSED");
    let unknown = publish(&world, paid(json!(1))).await;
    unknown.expect_problem(400, "INVALID_FIELD");
}

#[tokio::test]
async fn however_many_race_under_one_key_there_is_one_event() {
    let world = World::new().await;
    let gate = Gate::open().await;
    subscribe(&world, &gate.url, "connection.created").await;
    let event = || json!({"type": "connection.created", "data": {"n": 1}});
    let racing = (0..16).map(|_| keyed(&world, EVENTS, event()));
    let answers = futures::future::join_all(racing).await;
    let ids: BTreeSet<String> = answers
        .into_iter()
        .map(|answer| answer.expect(201)["id"].to_string())
        .collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    world.run().await;
    assert_eq!(gate.calls(), 1);
}

#[tokio::test]
async fn a_test_repeated_under_its_key_finds_its_delivery() {
    let world = World::new().await;
    let gate = Gate::open().await;
    let made = subscribe(&world, &gate.url, "connection.created").await;
    let path = format!("/v1/subscriptions/{}", made["id"].as_str().unwrap());
    let test = format!("{path}/test");
    let first = keyed(&world, &test, Value::Null).await;
    assert_eq!(first.header("idempotent-replayed"), None);
    let first = first.expect(202);
    world.run().await;
    let disable = format!("{path}/disable");
    world.call("POST", &disable, None).await.expect(200);
    let repeat = keyed(&world, &test, Value::Null).await;
    assert_eq!(repeat.header("idempotent-replayed"), Some("true"));
    assert_eq!(repeat.expect(202), first);
    world.run().await;
    assert_eq!(gate.calls(), 1);
}

#[tokio::test]
async fn what_does_not_fit_is_not_published() {
    let world = World::new().await;
    let schema = json!({"properties": {"amount": {"type": "integer"}}});
    declare(&world, "invoice.paid", json!({"schema": schema}))
        .await
        .expect(201);
    let unknown = "wf_00000000000000000000000000";
    for (body, pointer) in [
        (paid(json!("much")), "/data"),
        (json!({"type": "invoice.sent"}), "/type"),
        (json!({"type": "workflow.failed"}), "/type"),
        (json!({}), "/type"),
        (
            json!({"type": "connection.created", "workflowId": unknown}),
            "/workflowId",
        ),
    ] {
        let refused = publish(&world, body).await;
        let problem = refused.expect_problem(400, "INVALID_FIELD");
        assert_eq!(problem["pointer"], pointer);
    }
    publish(&world, paid(json!(1))).await.expect(201);
    let large = paid(json!("x".repeat(102_400)));
    publish(&world, large)
        .await
        .expect_problem(413, "EVENT_TOO_LARGE");
}

#[tokio::test]
async fn a_key_that_publishes_does_nothing_else() {
    let world = World::new().await;
    let keys = json!({"name": "service", "scopes": ["publish"]});
    let key = world
        .call("POST", "/v1/api-keys", Some(keys))
        .await
        .expect(201);
    let key = key["key"].as_str().unwrap();
    let event = json!({"type": "connection.created"});
    let made = world
        .call_as(key, "POST", EVENTS, Some(event))
        .await
        .expect(201);
    let event = format!("{EVENTS}/{}", made["id"].as_str().unwrap());
    for (method, path) in [
        ("GET", event.as_str()),
        ("GET", "/v1/subscriptions"),
        ("POST", "/v1/subscriptions"),
        ("PUT", "/v1/event-types/a.b"),
        ("POST", "/v1/api-keys"),
    ] {
        let refused = world.call_as(key, method, path, Some(json!({}))).await;
        refused.expect_problem(403, "FORBIDDEN_SCOPE");
    }
    let keys = json!({"name": "dashboard", "scopes": ["read"]});
    let key = world
        .call("POST", "/v1/api-keys", Some(keys))
        .await
        .expect(201);
    let reader = key["key"].as_str().unwrap();
    world.call_as(reader, "GET", &event, None).await.expect(200);
    let refused = world.call_as(reader, "POST", EVENTS, Some(json!({}))).await;
    refused.expect_problem(403, "FORBIDDEN_SCOPE");
}
