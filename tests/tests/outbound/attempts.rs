//! One event delivered to one URL, and what is recorded of the attempt.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::{Value, json};
use tests::crash::{DELIVERIES, batch, receive_from};
use tests::{World, echoes_the_event};

pub(crate) const LIST: &str = "/v1/subscriptions";

pub(crate) fn to(url: &str) -> Value {
    json!({"url": url, "events": ["workflow.completed"]})
}

/// Makes a delivery to that URL, whose message is in the queue.
pub(crate) async fn pending(world: &World, url: &str) {
    world.subscribe(to(url)).await;
    end_an_execution(world).await;
}

/// Makes an execution end, which is an event that subscriptions receive.
pub(crate) async fn end_an_execution(world: &World) {
    let hook = world.hook(echoes_the_event(), json!({})).await;
    world.post(&hook, &[], &json!({})).await.expect(200);
    world.stack.run_queue("worker").await.unwrap();
}

/// Attempts the due deliveries, with about one second for each response.
pub(crate) async fn deliver(world: &World, app: &deliver::App) {
    for _ in 0..2 {
        let messages = receive_from(world, DELIVERIES).await;
        let deadline = world.clock.now().plus_secs(6);
        let answer = deliver::handle(app, batch(&messages), deadline).await;
        assert_eq!(answer["batchItemFailures"], json!([]), "{answer}");
    }
}

pub(crate) async fn delivery(world: &World) -> Value {
    let list = world.call("GET", "/v1/deliveries", None).await.expect(200);
    let id = list["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/deliveries/{id}");
    world.call("GET", &path, None).await.expect(200)
}

pub(crate) async fn attempt(world: &World) -> (Value, Value) {
    let shown = delivery(world).await;
    (shown["status"].clone(), shown["attempts"][0].clone())
}
