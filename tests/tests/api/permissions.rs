//! Who may do what with subscriptions, events and deliveries: scopes of keys, environments and orgs, in the shape of each
//! API.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use domain::{Environment, Tenant};
use serde_json::{Value, json};
use tests::{Answer, World};

const SUBSCRIPTIONS: &str = "/v1/subscriptions";
const REFOLD: &str = "/api/v2/public/webhook";
const COPYAI: &str = "/api/webhook";

/// One of everything that there is to see or change, as paths.
struct Stock {
    subscription: String,
    event: String,
    delivery: String,
    event_type: String,
    refold: String,
    copyai: String,
}

/// Nobody answers at its URL, so its delivery waits.
async fn stock(world: &World, key: &str) -> Stock {
    let make = |path: &'static str, body: Value| world.call_as(key, "POST", path, Some(body));
    let url = "https://127.0.0.1:9/";
    let declared = world
        .call_as(key, "PUT", "/v1/event-types/invoice.paid", Some(json!({})))
        .await;
    declared.expect(201);
    let body = json!({"url": url, "events": ["connection.created"]});
    let subscription = make(SUBSCRIPTIONS, body).await.expect(201);
    let event = make("/v1/events", json!({"type": "connection.created"})).await;
    let event = event.expect(201);
    world.run().await;
    let listed = world.call_as(key, "GET", "/v1/deliveries", None).await;
    let listed = listed.expect(200);
    let body = json!({"webhook_url": url, "webhook_events": ["Workflow Errored"]});
    let refold = make(REFOLD, body).await.expect(200);
    let body = json!({"url": url, "eventType": "workflowRun.failed"});
    let copyai = make(COPYAI, body).await.expect(200);
    let at = |collection: &str, id: &Value| format!("{collection}/{}", id.as_str().unwrap());
    Stock {
        subscription: at(SUBSCRIPTIONS, &subscription["id"]),
        event: at("/v1/events", &event["id"]),
        delivery: at("/v1/deliveries", &listed["items"][0]["id"]),
        event_type: "/v1/event-types/invoice.paid".to_owned(),
        refold: at(REFOLD, &refold["_id"]),
        copyai: at(COPYAI, &copyai["data"]["id"]),
    }
}

impl Stock {
    fn reads(&self) -> [String; 6] {
        [
            &self.subscription,
            &self.event,
            &self.delivery,
            &self.event_type,
            &self.refold,
            &self.copyai,
        ]
        .map(Clone::clone)
    }

    /// Of the native API, but for making something new.
    fn writes(&self) -> Vec<(&'static str, String)> {
        let of_subscription = |action: &str| format!("{}/{action}", self.subscription);
        vec![
            ("PATCH", self.subscription.clone()),
            ("POST", of_subscription("enable")),
            ("POST", of_subscription("disable")),
            ("POST", of_subscription("test")),
            ("POST", of_subscription("rotate-secret")),
            (
                "POST",
                of_subscription("recover?since=2026-06-16T12:17:30Z"),
            ),
            ("DELETE", self.subscription.clone()),
            ("POST", format!("{}/retry", self.delivery)),
            ("DELETE", self.event_type.clone()),
        ]
    }
}

/// All that can be read with a key, in the order of the paths.
async fn seen(world: &World, key: &str, stock: &Stock) -> Vec<Value> {
    let mut seen = Vec::new();
    for path in stock.reads() {
        seen.push(world.call_as(key, "GET", &path, None).await.expect(200));
    }
    for list in [
        SUBSCRIPTIONS,
        "/v1/deliveries",
        "/v1/event-types",
        REFOLD,
        COPYAI,
    ] {
        seen.push(world.call_as(key, "GET", list, None).await.expect(200));
    }
    seen
}

async fn ask(world: &World, key: &str, method: &str, path: &str) -> Answer {
    world.call_as(key, method, path, Some(json!({}))).await
}

#[tokio::test]
async fn a_read_key_changes_nothing_and_each_api_refuses_it_in_its_own_shape() {
    let world = World::new().await;
    let stock = stock(&world, &world.key).await;
    let body = json!({"name": "dashboard", "scopes": ["read"]});
    let made = world.call("POST", "/v1/api-keys", Some(body)).await;
    let reader = made.expect(201)["key"].as_str().unwrap().to_owned();
    let before = seen(&world, &reader, &stock).await;
    let mut natives = stock.writes();
    natives.extend([
        ("POST", SUBSCRIPTIONS.to_owned()),
        ("POST", "/v1/events".to_owned()),
        ("PUT", stock.event_type.clone()),
    ]);
    for (method, path) in &natives {
        let refused = ask(&world, &reader, method, path).await;
        refused.expect_problem(403, "FORBIDDEN_SCOPE");
    }
    let of_refold = json!({
        "status_code": 403, "http_error_type": "FORBIDDEN",
        "error": "FORBIDDEN_SCOPE", "message": "Use a key with the scope admin.",
    });
    for (method, path) in [
        ("POST", REFOLD),
        ("PUT", &stock.refold),
        ("DELETE", &stock.refold),
    ] {
        let refused = ask(&world, &reader, method, path).await;
        assert_eq!(refused.expect(403), of_refold, "{method}");
    }
    let of_copyai = json!({"status": "error", "errorCode": "FORBIDDEN_SCOPE"});
    for (method, path) in [("POST", COPYAI), ("DELETE", &stock.copyai)] {
        let refused = ask(&world, &reader, method, path).await;
        assert_eq!(refused.expect(403), of_copyai, "{method}");
    }
    assert_eq!(seen(&world, &reader, &stock).await, before);
}

/// Nothing of it is there for this key: not to see, not to change, not in a list.
async fn is_hidden(world: &World, owner: &str, other: &str, stock: &Stock) {
    let before = seen(world, owner, stock).await;
    let natives = [
        &stock.subscription,
        &stock.event,
        &stock.delivery,
        &stock.event_type,
    ];
    let mut routes: Vec<(&str, String)> = natives.map(|path| ("GET", path.clone())).into();
    routes.extend(stock.writes());
    for (method, path) in routes {
        let hidden = ask(world, other, method, &path).await;
        hidden.expect_problem(404, "NOT_FOUND");
    }
    let of_refold = json!({
        "status_code": 400, "http_error_type": "BAD_REQUEST",
        "error": "RESOURCE_NOT_FOUND", "message": "Webhook not found",
    });
    for method in ["GET", "PUT", "DELETE"] {
        let hidden = ask(world, other, method, &stock.refold).await;
        assert_eq!(hidden.expect(400), of_refold, "{method}");
    }
    let of_copyai = json!({"status": "error", "errorCode": "NOT_FOUND"});
    for method in ["GET", "DELETE"] {
        let hidden = ask(world, other, method, &stock.copyai).await;
        assert_eq!(hidden.expect(404), of_copyai, "{method}");
    }
    let list = |path: &'static str| async move {
        let answer = world.call_as(other, "GET", path, None).await;
        answer.expect(200)
    };
    for path in [SUBSCRIPTIONS, "/v1/deliveries"] {
        assert_eq!(list(path).await["items"], json!([]), "{path}");
    }
    assert_eq!(list(REFOLD).await, json!([]));
    assert_eq!(list(COPYAI).await, json!({"total": 0, "data": []}));
    assert_eq!(seen(world, owner, stock).await, before);
}

#[tokio::test]
async fn what_belongs_to_another_org_is_hidden_in_every_api() {
    let world = World::new().await;
    let stock = stock(&world, &world.key).await;
    let other = world.key_of("two").await;
    is_hidden(&world, &world.key, &other, &stock).await;
}

#[tokio::test]
async fn the_two_environments_of_an_org_are_hidden_from_each_other() {
    let world = World::new().await;
    let aws = world.stack.environment("register").unwrap();
    let live = Tenant {
        environment: Environment::Live,
        ..world.tenant
    };
    let key = admin::create_first_key(&aws.api_keys, live, "live", aws.now()).await;
    let live = key.unwrap().reveal().to_owned();
    let stock_of_live = stock(&world, &live).await;
    is_hidden(&world, &live, &world.key, &stock_of_live).await;
    // An event of one environment is delivered in that environment alone.
    let body = json!({"url": "https://127.0.0.1:9/", "events": ["connection.created"]});
    world.subscribe(body).await;
    let event = json!({"type": "connection.created"});
    let made = world
        .call_as(&live, "POST", "/v1/events", Some(event))
        .await;
    made.expect(201);
    world.run().await;
    let deliveries = world.call("GET", "/v1/deliveries", None).await.expect(200);
    assert_eq!(deliveries["items"], json!([]));
}
