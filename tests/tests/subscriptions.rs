//! Subscriptions over the API: what each field does, what is refused, and what becomes of them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::{Value, json};
use tests::World;
use tests::gate::Gate;

const LIST: &str = "/v1/subscriptions";

#[tokio::test]
async fn a_test_reaches_the_receiver_and_its_delivery_tells_of_it() {
    let world = World::new().await;
    let gate = Gate::open().await;
    let body = json!({"url": gate.url, "events": ["workflow.failed"]});
    let made = world.call("POST", LIST, Some(body)).await.expect(201);
    let id = made["id"].as_str().unwrap();
    let path = format!("{LIST}/{id}/test");
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
