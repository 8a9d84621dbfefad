//! What a delivery sends, as the API shows it, beside what the receiver got.

use serde_json::{Value, json};
use tests::World;
use tests::receiver::{Receiver, Reply};

/// The only delivery, and its request.
async fn shown(world: &World) -> (Value, Value) {
    let delivery = world.deliveries().await.remove(0);
    let id = delivery["id"].as_str().expect("an id");
    let path = format!("/v1/deliveries/{id}/request");
    let request = world.call("GET", &path, None).await.expect(200);
    (delivery, request)
}

async fn publish(world: &World, event_type: &str) {
    let event = json!({"type": event_type, "data": {"id": 4711}});
    world
        .call("POST", "/v1/events", Some(event))
        .await
        .expect(201);
}

#[tokio::test]
async fn it_is_what_the_receiver_got_without_what_is_secret() {
    let world = World::new().await;
    let receiver = Receiver::new(|_, _| Reply::status(200)).await;
    let fields = json!({
        "url": receiver.url, "events": ["connection.created"],
        "headers": {"X-Auth": "canary"},
    });
    let subscription = world.subscribe(fields).await;
    publish(&world, "connection.created").await;
    world.run().await;
    let (delivery, request) = shown(&world).await;
    assert_eq!(request["deliveryId"], delivery["id"]);
    assert_eq!(
        (&request["sent"], &request["attempt"]),
        (&json!(true), &json!(1))
    );
    assert_eq!(
        (&request["method"], &request["url"]),
        (&json!("POST"), &subscription["url"])
    );
    let got = receiver.taken().remove(0);
    let body = request["body"].as_str().expect("a body");
    assert_eq!(body.as_bytes(), got.body);
    let headers = request["headers"].as_object().expect("headers");
    for name in ["content-type", "webhook-id", "webhook-timestamp"] {
        assert_eq!(headers[name], got.headers[name], "{name}");
    }
    assert_eq!(
        (&headers["X-Auth"], &headers["webhook-signature"]),
        (&json!("***"), &json!("***"))
    );
    let signed = format!(
        "{}.{}.{body}",
        got.headers["webhook-id"], got.headers["webhook-timestamp"]
    );
    assert_eq!(request["signedContent"], signed);
    let secret = subscription["secret"].as_str().expect("a secret");
    assert!(!request.to_string().contains("canary") && !request.to_string().contains(secret));
}

#[tokio::test]
async fn of_a_delivery_without_an_attempt_it_is_what_the_first_one_would_send() {
    let world = World::new().await;
    let fields =
        json!({"url": "https://127.0.0.1:9/", "events": ["connection.created"], "enabled": false});
    world.subscribe(fields).await;
    publish(&world, "connection.created").await;
    world.run().await;
    let (delivery, request) = shown(&world).await;
    assert_eq!(
        (&delivery["status"], &delivery["attemptCount"]),
        (&json!("cancelled"), &json!(0))
    );
    assert_eq!(
        (&request["sent"], &request["attempt"]),
        (&json!(false), &json!(1))
    );
    assert!(request["body"].is_string(), "{request}");
}

#[tokio::test]
async fn a_template_that_does_not_fit_says_why_there_is_no_body() {
    let world = World::new().await;
    let fields = json!({
        "url": "https://127.0.0.1:9/", "events": ["connection.created"],
        "format": "custom", "template": "{{ event.data.id.nope.more }}",
    });
    let subscription = world.subscribe(fields).await;
    publish(&world, "connection.created").await;
    world.run().await;
    let (delivery, request) = shown(&world).await;
    assert_eq!(request["body"], Value::Null);
    assert!(request["error"].is_string(), "{request}");
    let path = format!(
        "/v1/subscriptions/{}",
        subscription["id"].as_str().expect("an id")
    );
    world.call("DELETE", &path, None).await.expect(204);
    let path = format!(
        "/v1/deliveries/{}/request",
        delivery["id"].as_str().expect("an id")
    );
    world
        .call("GET", &path, None)
        .await
        .expect_problem(404, "NOT_FOUND");
}
