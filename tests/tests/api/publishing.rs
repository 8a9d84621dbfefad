//! Events that an org publishes.

use serde_json::{Value, json};
use tests::gate::Gate;
use tests::receiver::Receiver;
use tests::{Answer, World};

pub(crate) const TYPES: &str = "/v1/event-types";
pub(crate) const EVENTS: &str = "/v1/events";

pub(crate) async fn declare(world: &World, name: &str, body: Value) -> Answer {
    world
        .call("PUT", &format!("{TYPES}/{name}"), Some(body))
        .await
}

pub(crate) async fn publish(world: &World, body: Value) -> Answer {
    world.call("POST", EVENTS, Some(body)).await
}

pub(crate) fn paid(amount: Value) -> Value {
    json!({"type": "invoice.paid", "data": {"amount": amount}})
}

pub(crate) async fn subscribe(world: &World, url: &str, event: &str) -> Value {
    let body = json!({"url": url, "events": [event]});
    world.subscribe(body).await
}

#[tokio::test]
async fn a_published_event_reaches_its_subscriptions() {
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

/// Each subscription receives the events that its filters match.
#[tokio::test]
async fn published_events_are_filtered_by_slug_and_by_workflow() {
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
    for (about, receivers) in [
        // The event belongs to no workflow and has no slug: filters by workflow match it, filters by slug do not.
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
        assert_eq!(names, receivers, "{about}");
    }
}

#[tokio::test]
async fn an_event_that_breaks_its_schema_is_not_published() {
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
async fn a_key_with_the_scope_publish_can_do_nothing_else() {
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
