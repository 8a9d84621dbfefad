//! Nothing calls itself for ever: what a workflow asks of the API carries on the count of hops, and the ninth is refused
//! wherever it could set something going.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::{Value, json};
use tests::receiver::Receiver;
use tests::{Answer, World, echoes_the_event, invariants};

/// A request with the admin's key, as a workflow sends it after so many hops.
async fn ask(world: &World, hops: u8, path: &str, body: Value) -> Answer {
    let (bearer, hops) = (format!("Bearer {}", world.key), hops.to_string());
    let headers = [
        ("authorization", bearer.as_str()),
        ("sluice-hops", hops.as_str()),
    ];
    world.send("POST", path, &headers, body.to_string()).await
}

async fn subscribe(world: &World, url: &str) -> String {
    let body = json!({"url": url, "events": ["connection.created"]});
    let made = world.subscribe(body).await;
    made["id"].as_str().unwrap().to_owned()
}

/// What stands in the table of executions, events and deliveries.
async fn stored(world: &World) -> usize {
    invariants::scan(world).await.len()
}

fn hops_of(receiver: &Receiver) -> Vec<String> {
    let taken = receiver.taken();
    let hops = taken.iter().map(|one| one.headers["sluice-hops"].clone());
    hops.collect()
}

fn event() -> Value {
    json!({"type": "connection.created"})
}

#[tokio::test]
async fn what_a_workflow_publishes_goes_on_with_its_count_of_hops() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    subscribe(&world, &receiver.url).await;
    ask(&world, 3, "/v1/events", event()).await.expect(201);
    world.run().await;
    assert_eq!(hops_of(&receiver), ["4"]);
    ask(&world, 8, "/v1/events", event()).await.expect(201);
    let before = stored(&world).await;
    let refused = ask(&world, 9, "/v1/events", event()).await;
    refused.expect_problem(508, "LOOP_DETECTED");
    assert_eq!(stored(&world).await, before);
}

#[tokio::test]
async fn what_a_workflow_has_tested_goes_on_with_its_count_of_hops() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let id = subscribe(&world, &receiver.url).await;
    let test = format!("/v1/subscriptions/{id}/test");
    ask(&world, 3, &test, Value::Null).await.expect(202);
    world.run().await;
    assert_eq!(hops_of(&receiver), ["4"]);
    let before = stored(&world).await;
    let refused = ask(&world, 9, &test, Value::Null).await;
    refused.expect_problem(508, "LOOP_DETECTED");
    assert_eq!(stored(&world).await, before);
}

/// A workflow that receives an event and retries its delivery calls itself.
#[tokio::test]
async fn what_a_workflow_has_sent_again_goes_on_with_its_count_of_hops() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let id = subscribe(&world, &receiver.url).await;
    ask(&world, 1, "/v1/events", event()).await.expect(201);
    world.run().await;
    let listed = world.call("GET", "/v1/deliveries", None).await.expect(200);
    let retry = format!(
        "/v1/deliveries/{}/retry",
        listed["items"][0]["id"].as_str().unwrap()
    );
    for hops in [0, 5, 3] {
        ask(&world, hops, &retry, Value::Null).await.expect(202);
        world.run().await;
    }
    assert_eq!(hops_of(&receiver), ["2", "2", "6", "6"]);
    let disable = format!("/v1/subscriptions/{id}/disable");
    world.call("POST", &disable, None).await.expect(200);
    ask(&world, 0, "/v1/events", event()).await.expect(201);
    world.run().await;
    let enable = format!("/v1/subscriptions/{id}/enable");
    world.call("POST", &enable, None).await.expect(200);
    let recover = format!("/v1/subscriptions/{id}/recover?since=2026-06-16T12:17:30Z");
    for refused in [&retry, &recover] {
        let refused = ask(&world, 9, refused, Value::Null).await;
        refused.expect_problem(508, "LOOP_DETECTED");
    }
    ask(&world, 8, &recover, Value::Null).await.expect(200);
    world.run().await;
    assert_eq!(hops_of(&receiver)[4..], ["9"]);
}

#[tokio::test]
async fn what_a_workflow_has_replayed_is_as_far_along_as_the_workflow() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let body = json!({"url": receiver.url, "events": ["workflow.completed"]});
    world.subscribe(body).await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let first = world
        .post(&hook, &[("sluice-hops", "2")], &json!({}))
        .await
        .expect(200);
    let replay = format!(
        "/v1/executions/{}/replay",
        first["executionId"].as_str().unwrap()
    );
    world.run().await;
    for hops in [0, 5] {
        ask(&world, hops, &replay, json!({})).await.expect(201);
        world.run().await;
    }
    assert_eq!(hops_of(&receiver), ["3", "3", "6"]);
    let before = stored(&world).await;
    let refused = ask(&world, 9, &replay, json!({})).await;
    refused.expect_problem(508, "LOOP_DETECTED");
    assert_eq!(stored(&world).await, before);
}
