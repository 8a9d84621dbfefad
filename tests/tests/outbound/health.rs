//! What the owner of a subscription is told of its receiver: since when it fails, and until when it is left alone. Nobody else
//! is told.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::sync::atomic::Ordering;

use domain::{SubscriptionId, Timestamp};
use serde_json::{Value, json};
use tests::fault_proxy::{Fault, FaultProxy};
use tests::receiver::Receiver;
use tests::{START_MS, World, echoes_the_event};

use crate::silence::Silent;

const LIST: &str = "/v1/subscriptions";

/// Since when it fails and until when it is paused, which the list says as well as the subscription itself.
async fn health(world: &World, subscription: &str) -> [Value; 2] {
    let of = |shown: &Value| ["failingSince", "pausedUntil"].map(|field| shown[field].clone());
    let shown = world.call("GET", subscription, None).await.expect(200);
    let listed = world.call("GET", LIST, None).await.expect(200);
    let items = listed["items"].as_array().unwrap();
    let listed = items.iter().find(|item| item["id"] == shown["id"]);
    assert_eq!(of(listed.unwrap()), of(&shown), "{items:?}");
    of(&shown)
}

fn at(ms: i64) -> Value {
    json!(Timestamp::from_millis(ms))
}

#[tokio::test]
async fn a_receiver_that_does_not_answer_is_shown_as_paused_until_it_answers_again() {
    let silent = Silent::new().await;
    let world = &silent.world;
    let unknown = [Value::Null, Value::Null];
    assert_eq!(health(world, &silent.subscription).await, unknown);
    silent.end_executions(5).await;
    silent.deliver().await;
    let [since, until] = health(world, &silent.subscription).await;
    assert_eq!(since, at(START_MS));
    let paused_ms = Timestamp::parse(until.as_str().unwrap()).unwrap();
    let paused_ms = paused_ms.as_millis() - world.clock.now().as_millis();
    assert!((1..=30_000).contains(&paused_ms), "{until}");

    world.clock.advance(paused_ms);
    let over = [since.clone(), Value::Null];
    assert_eq!(health(world, &silent.subscription).await, over);
    world.clock.advance(31_000);
    silent.answers.store(true, Ordering::SeqCst);
    silent.deliver().await;
    assert_eq!(health(world, &silent.subscription).await, unknown);
}

#[tokio::test]
async fn another_org_or_environment_learns_nothing_of_a_receiver_that_is_paused() {
    let silent = Silent::new().await;
    let world = &silent.world;
    silent.end_executions(5).await;
    silent.deliver().await;
    let other = world.key_of("other").await;
    let body = json!({"url": "http://127.0.0.1:9/", "events": ["workflow.completed"]});
    let theirs = world.call_as(&other, "POST", LIST, Some(body)).await;
    let theirs = theirs.expect(201);
    let shown = world.call_as(&other, "GET", &silent.subscription, None);
    shown.await.expect_problem(404, "NOT_FOUND");
    let listed = world.call_as(&other, "GET", LIST, None).await.expect(200);
    let items = listed["items"].as_array().unwrap();
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["id"], theirs["id"]);
    assert_eq!(items[0]["failingSince"], Value::Null);
    assert_eq!(items[0]["pausedUntil"], Value::Null);
}

#[tokio::test]
async fn a_subscription_that_is_disabled_is_not_paused_and_starts_anew_when_it_is_enabled() {
    let silent = Silent::new().await;
    let world = &silent.world;
    silent.end_executions(5).await;
    silent.deliver().await;
    let unknown = [Value::Null, Value::Null];
    for switch in ["disable", "enable"] {
        let path = format!("{}/{switch}", silent.subscription);
        let switched = world.call("POST", &path, None).await.expect(200);
        assert_eq!(switched["pausedUntil"], Value::Null, "{switched}");
        assert_eq!(health(world, &silent.subscription).await, unknown);
    }
}

#[tokio::test]
async fn a_receiver_that_answers_with_errors_fails_and_is_not_paused() {
    let world = World::new().await;
    let receiver = Receiver::answering(503).await;
    let body = json!({"url": receiver.url, "events": ["workflow.completed"]});
    let made = world.subscribe(body).await;
    let path = format!("{LIST}/{}", made["id"].as_str().unwrap());
    let hook = world.hook(echoes_the_event(), json!({})).await;
    world.post(&hook, &[], &json!({})).await.expect(200);
    world.run().await;
    assert_eq!(health(&world, &path).await, [at(START_MS), Value::Null]);
    let change = json!({"method": "PUT"});
    let changed = world.call("PATCH", &path, Some(change)).await.expect(200);
    assert_eq!(changed["failingSince"], at(START_MS));
    let change = json!({"url": "http://127.0.0.1:9/other"});
    let changed = world.call("PATCH", &path, Some(change)).await.expect(200);
    assert_eq!(changed["failingSince"], Value::Null, "it is another one");
}

#[tokio::test]
async fn receivers_that_dynamodb_leaves_unread_are_asked_for_again_and_not_for_ever() {
    let world = World::new().await;
    let id = SubscriptionId::derived(&["unread"]);
    let now = world.clock.now();
    let health = &world.stack.environment("deliver").unwrap().endpoint_health;
    let failing = health.record_failure(id, now, false).await.unwrap();
    let proxy = FaultProxy::new(&world, |call, _| match call {
        1 | 2 => Fault::Unread,
        _ => Fault::Pass,
    })
    .await;
    let health = &proxy.environment(&world, "register").endpoint_health;
    let other = SubscriptionId::derived(&["works"]);
    let found = health.find_all(&[id, other], now).await.unwrap();
    assert_eq!(found.get(&id), Some(&failing));
    assert_eq!((found.len(), proxy.calls().len()), (1, 3));

    let proxy = FaultProxy::new(&world, |_, _| Fault::Unread).await;
    let health = &proxy.environment(&world, "register").endpoint_health;
    let error = health.find_all(&[id], now).await.unwrap_err();
    assert!(
        error.to_string().contains("left 1 of them unread"),
        "{error}"
    );
    assert_eq!(proxy.calls().len(), 4);
}
