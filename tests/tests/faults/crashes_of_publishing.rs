//! Crashes of whoever is asked for events and deliveries: publish, test, retry, recover. At every AWS call, before and after
//! it takes effect. Afterwards either it happens, or whoever asked asks again, and then it does; and nobody has to come
//! back to anything.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::events::request;
use tests::fault_proxy::FaultProxy;
use tests::receiver::Receiver;
use tests::{Answer, World, at_every_crash_point, crash, invariants};

const EVENTS: &str = "/v1/events";
const RECOVER: &str = "recover?since=2026-06-16T12:17:30Z";

/// A receiver, and the path of a subscription of it to every connection.
async fn subscribed(world: &World) -> (Receiver, String) {
    let receiver = Receiver::answering(200).await;
    let body = json!({"url": receiver.url, "events": ["connection.created"]});
    let made = world.subscribe(body).await;
    let path = format!("/v1/subscriptions/{}", made["id"].as_str().unwrap());
    (receiver, path)
}

fn event() -> Value {
    json!({"type": "connection.created"})
}

fn headers(authorization: &str) -> [(&str, &str); 2] {
    [
        ("authorization", authorization),
        ("idempotency-key", "once"),
    ]
}

/// A request to a process of its own, which may die of it: its status.
async fn ask(world: &World, proxy: &FaultProxy, package: &str, path: &str, body: &Value) -> u16 {
    let authorization = format!("Bearer {}", world.key);
    let event = request("POST", path, &headers(&authorization), body);
    let environment = proxy.environment(world, package);
    let answer = match package {
        "register" => register::handle(&register::App::new(environment), event).await,
        _ => history::handle(&history::App::new(environment), event).await,
    };
    answer.status().as_u16()
}

/// The same request once more, from whoever did not hear an answer.
async fn ask_again(world: &World, path: &str, body: &Value) -> Answer {
    let authorization = format!("Bearer {}", world.key);
    world
        .send("POST", path, &headers(&authorization), body.to_string())
        .await
}

/// So many deliveries there are, each delivered, and nothing is due.
async fn all_is_delivered(world: &World, receiver: &Receiver, expected: usize) {
    crash::recover(world).await;
    let listed = world.deliveries().await;
    assert_eq!(listed.len(), expected, "{listed:?}");
    let taken = receiver.taken();
    let told: BTreeSet<&str> = taken
        .iter()
        .map(|one| one.headers["webhook-id"].as_str())
        .collect();
    for one in &listed {
        assert_eq!(one["status"], "delivered", "{one}");
        assert!(told.contains(one["eventId"].as_str().unwrap()), "{one}");
    }
    assert_eq!(told.len(), expected);
    for item in invariants::scan(world).await {
        for name in ["due_at", "due_shard"] {
            assert!(!item.contains_key(name), "{name} is left: {item:?}");
        }
    }
}

#[tokio::test]
async fn every_crash_of_a_publish_leaves_one_event_once_it_is_repeated() {
    at_every_crash_point!(
        world,
        proxy,
        subscribed(&world),
        async |_: &(Receiver, String)| ask(&world, &proxy, "register", EVENTS, &event()).await,
        async |world: &World, (receiver, _): (Receiver, String), answered: Option<u16>| {
            assert!(matches!(answered, None | Some(201)), "{answered:?}");
            let before = world.deliveries().await;
            let again = ask_again(world, EVENTS, &event()).await;
            let is_known = again.header("idempotent-replayed") == Some("true");
            assert_eq!(is_known, !before.is_empty(), "recorded, so told of");
            again.expect(201);
            all_is_delivered(world, &receiver, 1).await;
        }
    );
}

#[tokio::test]
async fn every_crash_of_a_test_leaves_one_delivery_once_it_is_repeated() {
    at_every_crash_point!(
        world,
        proxy,
        subscribed(&world),
        async |(_, subscription): &(Receiver, String)| {
            let path = format!("{subscription}/test");
            ask(&world, &proxy, "register", &path, &Value::Null).await
        },
        async |world: &World, prepared: (Receiver, String), answered: Option<u16>| {
            assert!(matches!(answered, None | Some(202)), "{answered:?}");
            let (receiver, subscription) = prepared;
            let path = format!("{subscription}/test");
            ask_again(world, &path, &Value::Null).await.expect(202);
            all_is_delivered(world, &receiver, 1).await;
        }
    );
}

#[tokio::test]
async fn every_crash_of_a_retry_leaves_a_delivery_that_ends() {
    at_every_crash_point!(
        world,
        proxy,
        async {
            let (receiver, _) = subscribed(&world).await;
            let made = world.call("POST", EVENTS, Some(event())).await;
            made.expect(201);
            world.run().await;
            let delivery = world.deliveries().await[0]["id"].clone();
            let retry = format!("/v1/deliveries/{}/retry", delivery.as_str().unwrap());
            (receiver, retry)
        },
        async |(_, retry): &(Receiver, String)| {
            ask(&world, &proxy, "history", retry, &Value::Null).await
        },
        async |world: &World, (receiver, retry): (Receiver, String), answered: Option<u16>| {
            assert!(matches!(answered, None | Some(202)), "{answered:?}");
            if answered.is_some() {
                assert_eq!(receiver.taken().len(), 2);
            }
            let before = receiver.taken().len();
            ask_again(world, &retry, &Value::Null).await.expect(202);
            all_is_delivered(world, &receiver, 1).await;
            assert_eq!(receiver.taken().len(), before + 1);
        }
    );
}

#[tokio::test]
async fn every_crash_of_a_recovery_leaves_the_rest_to_the_next_one() {
    at_every_crash_point!(
        world,
        proxy,
        async {
            let (receiver, subscription) = subscribed(&world).await;
            let disable = format!("{subscription}/disable");
            world.call("POST", &disable, None).await.expect(200);
            for _ in 0..2 {
                let made = world.call("POST", EVENTS, Some(event())).await;
                made.expect(201);
            }
            world.run().await;
            let enable = format!("{subscription}/enable");
            world.call("POST", &enable, None).await.expect(200);
            (receiver, format!("{subscription}/{RECOVER}"))
        },
        async |(_, recover): &(Receiver, String)| {
            ask(&world, &proxy, "history", recover, &Value::Null).await
        },
        async |world: &World, (receiver, recover): (Receiver, String), answered: Option<u16>| {
            assert!(matches!(answered, None | Some(200)), "{answered:?}");
            let before = receiver.taken().len();
            let again = ask_again(world, &recover, &Value::Null).await.expect(200);
            assert_eq!(again["recovered"], 2 - before, "{again}");
            all_is_delivered(world, &receiver, 2).await;
            assert_eq!(receiver.taken().len(), 2, "each of them once");
        }
    );
}
