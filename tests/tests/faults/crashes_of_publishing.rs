//! Crashes while an event is published, a test event is sent, or deliveries are retried or recovered: at every AWS call,
//! before and after it takes effect. Afterwards the request has taken effect, or does when the client repeats it, and
//! nothing stays due.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::events::request;
use tests::fault_proxy::FaultProxy;
use tests::receiver::Receiver;
use tests::{Answer, World, at_every_crash_point, crash, invariants};

const EVENTS: &str = "/v1/events";
const RECOVER: &str = "recover?since=2026-06-16T12:17:30Z";

/// A receiver, and the path of its subscription to every connection.
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

/// Sends a request to a process of its own, which may crash, and returns the status.
async fn request_status(
    world: &World,
    proxy: &FaultProxy,
    package: &str,
    path: &str,
    body: &Value,
) -> u16 {
    let authorization = format!("Bearer {}", world.key);
    let event = request("POST", path, &headers(&authorization), body);
    let environment = proxy.environment(world, package);
    let answer = match package {
        "register" => tests::contract::register(&register::App::new(environment), event).await,
        _ => tests::contract::history(&history::App::new(environment), event).await,
    };
    answer.status().as_u16()
}

/// Repeats the request, as a client does that received no answer.
async fn repeat_request(world: &World, path: &str, body: &Value) -> Answer {
    let authorization = format!("Bearer {}", world.key);
    world
        .send("POST", path, &headers(&authorization), body.to_string())
        .await
}

/// Checks that there are so many deliveries, that each was delivered, and that nothing is due.
async fn assert_all_delivered(world: &World, receiver: &Receiver, expected: usize) {
    crash::recover(world).await;
    let listed = world.deliveries().await;
    assert_eq!(listed.len(), expected, "{listed:?}");
    let taken = receiver.taken();
    let event_ids: BTreeSet<&str> = taken
        .iter()
        .map(|one| one.headers["webhook-id"].as_str())
        .collect();
    for one in &listed {
        assert_eq!(one["status"], "delivered", "{one}");
        assert!(
            event_ids.contains(one["eventId"].as_str().unwrap()),
            "{one}"
        );
    }
    assert_eq!(event_ids.len(), expected);
    for item in invariants::scan(world).await {
        for name in ["due_at", "due_shard"] {
            assert!(!item.contains_key(name), "{name} is left: {item:?}");
        }
    }
}

#[tokio::test]
async fn after_every_crash_of_a_publish_its_repeat_leaves_one_event() {
    at_every_crash_point!(
        world,
        proxy,
        subscribed(&world),
        async |_: &(Receiver, String)| request_status(&world, &proxy, "register", EVENTS, &event())
            .await,
        async |world: &World, (receiver, _): (Receiver, String), answered: Option<u16>| {
            assert!(matches!(answered, None | Some(201)), "{answered:?}");
            let before = world.deliveries().await;
            let again = repeat_request(world, EVENTS, &event()).await;
            let is_known = again.header("idempotent-replayed") == Some("true");
            assert_eq!(
                is_known,
                !before.is_empty(),
                "a recorded event is delivered"
            );
            again.expect(201);
            assert_all_delivered(world, &receiver, 1).await;
        }
    );
}

#[tokio::test]
async fn after_every_crash_of_a_test_event_its_repeat_leaves_one_delivery() {
    at_every_crash_point!(
        world,
        proxy,
        subscribed(&world),
        async |(_, subscription): &(Receiver, String)| {
            let path = format!("{subscription}/test");
            request_status(&world, &proxy, "register", &path, &Value::Null).await
        },
        async |world: &World, prepared: (Receiver, String), answered: Option<u16>| {
            assert!(matches!(answered, None | Some(202)), "{answered:?}");
            let (receiver, subscription) = prepared;
            let path = format!("{subscription}/test");
            repeat_request(world, &path, &Value::Null).await.expect(202);
            assert_all_delivered(world, &receiver, 1).await;
        }
    );
}

#[tokio::test]
async fn after_every_crash_of_a_retry_the_delivery_ends() {
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
            request_status(&world, &proxy, "history", retry, &Value::Null).await
        },
        async |world: &World, (receiver, retry): (Receiver, String), answered: Option<u16>| {
            assert!(matches!(answered, None | Some(202)), "{answered:?}");
            if answered.is_some() {
                assert_eq!(receiver.taken().len(), 2);
            }
            let before = receiver.taken().len();
            repeat_request(world, &retry, &Value::Null)
                .await
                .expect(202);
            assert_all_delivered(world, &receiver, 1).await;
            assert_eq!(receiver.taken().len(), before + 1);
        }
    );
}

#[tokio::test]
async fn after_every_crash_of_a_recovery_the_next_one_completes_it() {
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
            request_status(&world, &proxy, "history", recover, &Value::Null).await
        },
        async |world: &World, (receiver, recover): (Receiver, String), answered: Option<u16>| {
            assert!(matches!(answered, None | Some(200)), "{answered:?}");
            let before = receiver.taken().len();
            let again = repeat_request(world, &recover, &Value::Null)
                .await
                .expect(200);
            assert_eq!(again["recovered"], 2 - before, "{again}");
            assert_all_delivered(world, &receiver, 2).await;
            assert_eq!(receiver.taken().len(), 2, "each of them once");
        }
    );
}
