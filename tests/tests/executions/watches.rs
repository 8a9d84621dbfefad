//! What subscriptions watch of executions: each claim knows the newest ones, and reads one small record for them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::{Map, Value, json};
use tests::crash::run_batch;
use tests::events::request;
use tests::fault_proxy::{Fault, FaultProxy};
use tests::{Hook, World, echoes_the_event};

/// A subscription whose record takes 200 KB.
fn large(n: usize) -> Value {
    let header = |m: usize| (format!("x-header-{m}"), json!("v".repeat(4_000)));
    json!({
        "url": format!("http://127.0.0.1:9/{n}"),
        "events": ["workflow.failed"],
        "headers": (0..50).map(header).collect::<Map<_, _>>(),
    })
}

async fn run_one(world: &World, app: &worker::App, hook: &Hook) -> String {
    let accepted = world.post(hook, &[], &json!({})).await.expect(200);
    run_batch(world, app).await;
    accepted["executionId"].as_str().unwrap().to_owned()
}

async fn deliveries_of(world: &World, execution: &str) -> usize {
    world.run().await;
    let shown = world.execution(execution).await;
    assert_eq!(shown["status"], "succeeded", "{shown}");
    shown["deliveries"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_claim_reads_one_small_record_however_large_the_subscriptions_are() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    for n in 0..20 {
        world.subscribe(large(n)).await;
    }
    let proxy = FaultProxy::new(&world, |_, _| Fault::Meter).await;
    let app = worker::App::new(proxy.environment(&world, "worker"));
    let read_units = async || {
        run_one(&world, &app, &hook).await;
        proxy
            .bills()
            .iter()
            .map(|bill| bill.read_units)
            .sum::<f64>()
    };
    let first = read_units().await;
    assert!(first > 900.0, "all subscriptions are read once: {first}");
    let second = read_units().await;
    assert!(second <= 2.0, "{second}");

    world.subscribe(large(20)).await;
    let changed = read_units().await;
    assert!(changed > 900.0, "they are read again: {changed}");
    world.clock.advance(30_000);
    assert!(read_units().await > 900.0, "they are not kept for longer");
}

#[tokio::test]
async fn a_change_of_subscriptions_counts_for_the_next_claim_of_a_warm_worker() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let app = worker::App::new(world.stack.environment("worker").unwrap());
    let none = run_one(&world, &app, &hook).await;
    assert_eq!(deliveries_of(&world, &none).await, 0);

    let to = |events: Value| json!({"url": "http://127.0.0.1:9/", "events": events});
    let made = world.subscribe(to(json!(["workflow.failed"]))).await;
    let other = run_one(&world, &app, &hook).await;
    assert_eq!(deliveries_of(&world, &other).await, 0);

    let path = format!("/v1/subscriptions/{}", made["id"].as_str().unwrap());
    let events = json!({"events": ["workflow.completed"]});
    world.call("PATCH", &path, Some(events)).await.expect(200);
    let watched = run_one(&world, &app, &hook).await;
    assert_eq!(deliveries_of(&world, &watched).await, 1);

    world.subscribe(to(json!(["workflow.completed"]))).await;
    let twice = run_one(&world, &app, &hook).await;
    assert_eq!(deliveries_of(&world, &twice).await, 2);

    world.call("DELETE", &path, None).await.expect(204);
    let once = run_one(&world, &app, &hook).await;
    assert_eq!(deliveries_of(&world, &once).await, 1);
}

/// The request that created the subscription was answered 503: its repeat makes every warm worker read it.
#[tokio::test]
async fn a_change_that_was_not_counted_counts_with_its_repeat() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let app = worker::App::new(world.stack.environment("worker").unwrap());
    run_one(&world, &app, &hook).await;

    let refuses_updates = |_: usize, operation: &str| match operation {
        "UpdateItem" => Fault::Answer {
            status: 500,
            error: "InternalServerError",
        },
        _ => Fault::Pass,
    };
    let proxy = FaultProxy::new(&world, refuses_updates).await;
    let register = register::App::new(proxy.environment(&world, "register"));
    let bearer = format!("Bearer {}", world.key);
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", "k")];
    let body = json!({"url": "http://127.0.0.1:9/", "events": ["workflow.completed"]});
    let create = request("POST", "/v1/subscriptions", &headers, &body);
    let refused = tests::contract::register(&register, create).await;
    assert_eq!(refused.status(), 503);

    let sent = world.send("POST", "/v1/subscriptions", &headers, body.to_string());
    sent.await.expect(201);
    let watched = run_one(&world, &app, &hook).await;
    assert_eq!(deliveries_of(&world, &watched).await, 1);
}
