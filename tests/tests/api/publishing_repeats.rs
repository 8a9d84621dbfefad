//! Repeated requests to publish or test, with an `Idempotency-Key`.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::gate::Gate;
use tests::{Answer, World};

use crate::publishing::{EVENTS, TYPES, declare, paid, publish, subscribe};

#[tokio::test]
async fn a_repeat_with_an_idempotency_key_is_delivered_once() {
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
async fn a_repeat_gets_the_first_answer_after_its_type_and_workflow_were_deleted() {
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
async fn racing_requests_with_one_idempotency_key_publish_one_event() {
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
