//! What is left of a subscription that was deleted: its deliveries, for as long as they are kept, and then nothing.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::{Value, json};
use tests::World;
use tests::events::management;
use tests::fault_proxy::{Fault, FaultProxy};
use tests::receiver::Receiver;

const DAY_MS: i64 = 86_400_000;
const LIST: &str = "/v1/deliveries";
/// Queries of the history index for one subscription.
const SHARDS: usize = 16;

async fn subscribe(world: &World, url: &str, event: &str) -> String {
    let body = json!({"url": url, "events": [event]});
    let made = world.subscribe(body).await;
    format!("/v1/subscriptions/{}", made["id"].as_str().unwrap())
}

async fn delete(world: &World, subscription: &str) {
    world.call("DELETE", subscription, None).await.expect(204);
}

async fn publish(world: &World) {
    let body = json!({"type": "connection.created"});
    let made = world.call("POST", "/v1/events", Some(body)).await;
    made.expect(201);
    world.run().await;
}

async fn listed(world: &World, query: &str) -> Vec<Value> {
    let path = format!("{LIST}?{query}");
    let list = world.call("GET", &path, None).await.expect(200);
    list["items"].as_array().unwrap().clone()
}

/// How often the history index is asked for the first page of all deliveries.
async fn queries(world: &World, query: &str) -> usize {
    let proxy = FaultProxy::new(world, |_, _| Fault::Pass).await;
    let app = history::App::new(proxy.environment(world, "history"));
    let asked = management("GET", &format!("{LIST}?{query}"), &world.key);
    let answer = tests::contract::history(&app, asked).await;
    assert_eq!(answer.status(), 200);
    let calls = proxy.calls();
    // Two tell which subscriptions there are and were.
    calls.iter().filter(|call| *call == "Query").count() - 2
}

async fn marks(world: &World) -> usize {
    let variables = world.stack.variables("register");
    let body = json!({"TableName": variables["CONFIG_TABLE"]}).to_string();
    let found = tests::fault_proxy::ask(world, "DynamoDB_20120810.Scan", body).await;
    let is_mark = |item: &&Value| {
        let sk = item["sk"]["S"].as_str().unwrap_or_default();
        sk.starts_with("DELETED_SUB#")
    };
    found["Items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(is_mark)
        .count()
}

#[tokio::test]
async fn deliveries_to_a_deleted_subscription_are_listed_while_they_are_kept() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let gone = subscribe(&world, &receiver.url, "connection.created").await;
    subscribe(&world, &receiver.url, "connection.deleted").await;
    publish(&world).await;
    delete(&world, &gone).await;
    assert_eq!(queries(&world, "").await, 2 * SHARDS);
    world.clock.advance(DAY_MS);
    let id = gone.rsplit('/').next().unwrap();
    let of_it = format!("subscriptionId={id}");
    let since = "since=2026-06-17T00:00:00Z";
    assert_eq!(listed(&world, "").await.len(), 1);
    assert_eq!(listed(&world, &of_it).await.len(), 1);
    // It cannot have got anything since.
    assert_eq!(queries(&world, since).await, SHARDS);
    assert!(listed(&world, &format!("{of_it}&{since}")).await.is_empty());
    world.clock.advance(45 * DAY_MS);
    assert_eq!(queries(&world, "").await, SHARDS);
    let forgotten = world.call("GET", &format!("{LIST}?{of_it}"), None).await;
    forgotten.expect_problem(404, "NOT_FOUND");
}

#[tokio::test]
async fn marks_of_deleted_subscriptions_go_with_their_deliveries() {
    let world = World::new().await;
    for _ in 0..2 {
        let gone = subscribe(&world, "http://127.0.0.1:9/", "connection.created").await;
        delete(&world, &gone).await;
    }
    assert_eq!(marks(&world).await, 2);
    world.clock.advance(45 * DAY_MS);
    let last = subscribe(&world, "http://127.0.0.1:9/", "connection.created").await;
    delete(&world, &last).await;
    assert_eq!(marks(&world).await, 1, "that of the last one");
}

#[tokio::test]
async fn an_execution_names_deliveries_to_subscriptions_that_were_deleted_since() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let early = subscribe(&world, &receiver.url, "workflow.completed").await;
    delete(&world, &early).await;
    world.clock.advance(1_000);
    let gone = subscribe(&world, &receiver.url, "workflow.completed").await;
    let hook = world.hook(tests::echoes_the_event(), json!({})).await;
    let accepted = world.post(&hook, &[], &json!({})).await.expect(200);
    world.run().await;
    world.clock.advance(1_000);
    delete(&world, &gone).await;
    world.clock.advance(1_000);
    let id = accepted["executionId"].as_str().unwrap();
    let deliveries = world.execution(id).await["deliveries"].clone();
    assert_eq!(deliveries.as_array().unwrap().len(), 1, "{deliveries}");
    let id = gone.rsplit('/').next().unwrap();
    assert_eq!(deliveries[0]["subscriptionId"], id);
    assert_eq!(deliveries[0]["status"], "delivered");
}
