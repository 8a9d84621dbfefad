//! Deliveries that begin anew, one by one: for as long as they are kept, while their event is there, and never while an
//! attempt is under way.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use futures::future::join_all;
use serde_json::{Value, json};
use tests::World;
use tests::gate::Gate;
use tests::receiver::Receiver;

use crate::misfit::{mend, subscribe};

const DAY_MS: i64 = 86_400_000;

/// Publishes an event and tells of it; the path of its one delivery.
async fn publish(world: &World, data: Value) -> String {
    let body = json!({"type": "connection.created", "data": data});
    let made = world.call("POST", "/v1/events", Some(body)).await;
    let event = made.expect(201)["id"].as_str().unwrap().to_owned();
    world.run().await;
    let list = format!("/v1/deliveries?eventId={event}");
    let listed = world.call("GET", &list, None).await.expect(200);
    format!(
        "/v1/deliveries/{}",
        listed["items"][0]["id"].as_str().unwrap()
    )
}

async fn show(world: &World, path: &str) -> Value {
    world.call("GET", path, None).await.expect(200)
}

/// TTL has taken the event, and left its delivery.
async fn lose_event(world: &World, event: &str) {
    let variables = world.stack.variables("worker");
    let body = json!({
        "TableName": variables["RUNS_TABLE"],
        "Key": {"pk": {"S": format!("EVT#{event}")}, "sk": {"S": "E"}},
    });
    tests::fault_proxy::ask(world, "DynamoDB_20120810.DeleteItem", body.to_string()).await;
}

#[tokio::test]
async fn a_delivery_can_begin_anew_for_as_long_as_it_is_kept() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let subscription = subscribe(&world, &receiver.url).await;
    let delivery = publish(&world, json!({"another": 1})).await;
    assert_eq!(show(&world, &delivery).await["status"], "exhausted");
    mend(&world, &subscription).await;
    let retry = format!("{delivery}/retry");
    // Each time its retention begins anew, and that of its event with it.
    for times in 1..=4 {
        world.clock.advance(29 * DAY_MS);
        world.call("POST", &retry, None).await.expect(202);
        world.run().await;
        assert_eq!(show(&world, &delivery).await["status"], "delivered");
        assert_eq!(receiver.taken().len(), times);
    }
    world.clock.advance(31 * DAY_MS);
    let gone = world.call("POST", &retry, None).await;
    gone.expect_problem(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_delivery_whose_event_is_gone_stays_as_it_is() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let subscription = subscribe(&world, &receiver.url).await;
    let delivery = publish(&world, json!({"another": 1})).await;
    let before = show(&world, &delivery).await;
    lose_event(&world, before["eventId"].as_str().unwrap()).await;
    let retry = format!("{delivery}/retry");
    let refused = world.call("POST", &retry, None).await;
    refused.expect_problem(409, "EVENT_EXPIRED");
    let recover = format!("{subscription}/recover?since=2026-06-16T12:17:30Z");
    let recovered = world.call("POST", &recover, None).await.expect(200);
    assert_eq!(recovered, json!({"recovered": 0, "nextCursor": null}));
    world.run().await;
    assert_eq!(show(&world, &delivery).await, before);
    assert!(receiver.taken().is_empty());
}

#[tokio::test]
async fn a_delivery_that_is_being_attempted_does_not_begin_anew() {
    let world = World::new().await;
    let gate = Gate::new(1).await;
    subscribe(&world, &gate.url).await;
    let delivery = publish(&world, json!({"n": 1})).await;
    let retry = format!("{delivery}/retry");
    world.call("POST", &retry, None).await.expect(202);
    let meanwhile = async {
        gate.arrived(2).await;
        let refused = world.call("POST", &retry, None).await;
        gate.answer(2);
        refused
    };
    let ((), refused) = tokio::join!(world.run(), meanwhile);
    refused.expect_problem(409, "DELIVERY_UNDER_WAY");
    assert_eq!(show(&world, &delivery).await["status"], "delivered");
    assert_eq!(gate.calls(), 2);
}

#[tokio::test]
async fn however_many_retries_race_it_is_sent_once_more() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    subscribe(&world, &receiver.url).await;
    let delivery = publish(&world, json!({"n": 1})).await;
    let retry = format!("{delivery}/retry");
    let racing = (0..16).map(|_| world.call("POST", &retry, None));
    let answers = join_all(racing).await;
    let begun = answers.iter().filter(|answer| answer.status == 202).count();
    assert!(begun >= 1, "{answers:?}");
    for overtaken in answers.into_iter().filter(|answer| answer.status != 202) {
        overtaken.expect_problem(409, "DELIVERY_UNDER_WAY");
    }
    world.run().await;
    assert_eq!(receiver.taken().len(), 2);
    assert_eq!(show(&world, &delivery).await["attemptCount"], 2);
}
