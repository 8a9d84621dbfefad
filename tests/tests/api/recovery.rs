//! A recovery sends again what failed or was missed, all of it, and nothing else; and nothing twice.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use domain::DeliveryId;
use futures::future::join_all;
use serde_json::{Value, json};
use store::{RestartCondition, RestartOutcome};
use tests::World;
use tests::events::management;
use tests::fault_proxy::{Fault, FaultProxy};
use tests::gate::Gate;
use tests::receiver::Receiver;

use crate::misfit::{mend, subscribe};

const EVENTS: &str = "/v1/events";
/// When the clock of a world starts.
const START: &str = "2026-06-16T12:17:30.231Z";

async fn publish(world: &World, data: Value) {
    let body = json!({"type": "connection.created", "data": data});
    world.call("POST", EVENTS, Some(body)).await.expect(201);
}

/// Published while the subscription is disabled: recorded, and not sent.
async fn missed(world: &World, subscription: &str, numbers: std::ops::Range<u32>) {
    act(world, subscription, "disable").await;
    for n in numbers {
        publish(world, json!({"n": n})).await;
    }
    world.run().await;
    act(world, subscription, "enable").await;
}

async fn act(world: &World, subscription: &str, action: &str) -> Value {
    let path = format!("{subscription}/{action}");
    world.call("POST", &path, None).await.expect(200)
}

async fn recover(world: &World, subscription: &str, query: &str) -> Value {
    act(world, subscription, &format!("recover?{query}")).await
}

/// The same through a container of its own.
async fn ask(world: &World, proxy: &FaultProxy, path: &str) -> Value {
    let app = history::App::new(proxy.environment(world, "history"));
    let answer = tests::contract::history(&app, management("POST", path, &world.key)).await;
    serde_json::from_slice(answer.body()).unwrap()
}

fn all(recovered: usize) -> Value {
    json!({"recovered": recovered, "nextCursor": null})
}

/// The numbers that were sent, in their order.
fn numbers(receiver: &Receiver) -> Vec<u64> {
    let taken = receiver.taken();
    let mut numbers: Vec<u64> = taken
        .iter()
        .map(|one| one.json()["n"].as_u64().unwrap())
        .collect();
    numbers.sort_unstable();
    numbers
}

#[tokio::test]
async fn what_was_exhausted_is_sent_again() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let subscription = subscribe(&world, &receiver.url).await;
    publish(&world, json!({"n": 1})).await;
    publish(&world, json!({"another": 2})).await;
    world.run().await;
    assert_eq!(numbers(&receiver), [1]);
    let failed = "/v1/deliveries?status=exhausted";
    let failed = world.call("GET", failed, None).await.expect(200);
    assert_eq!(failed["items"].as_array().unwrap().len(), 1);
    mend(&world, &subscription).await;
    let since = format!("since={START}");
    assert_eq!(recover(&world, &subscription, &since).await, all(1));
    world.run().await;
    assert_eq!(numbers(&receiver), [1, 2]);
    assert_eq!(recover(&world, &subscription, &since).await, all(0));
}

#[tokio::test]
async fn only_what_failed_between_its_bounds_is_sent_again() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let subscription = subscribe(&world, &receiver.url).await;
    missed(&world, &subscription, 1..3).await;
    world.clock.advance(60_000);
    publish(&world, json!({"n": 3})).await;
    world.run().await;
    missed(&world, &subscription, 4..6).await;
    world.clock.advance(60_000);
    missed(&world, &subscription, 6..8).await;
    assert_eq!(numbers(&receiver), [3]);
    let middle = "since=2026-06-16T12:18:00Z&until=2026-06-16T12:19:00Z";
    assert_eq!(recover(&world, &subscription, middle).await, all(2));
    world.run().await;
    assert_eq!(numbers(&receiver), [3, 4, 5]);
    let since = format!("since={START}");
    assert_eq!(recover(&world, &subscription, &since).await, all(4));
    world.run().await;
    assert_eq!(numbers(&receiver), [1, 2, 3, 4, 5, 6, 7]);
}

#[tokio::test]
async fn what_failed_is_found_behind_everything_that_was_delivered_since() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let subscription = subscribe(&world, &receiver.url).await;
    missed(&world, &subscription, 0..2).await;
    world.clock.advance(1_000);
    for n in 2..40 {
        publish(&world, json!({"n": n})).await;
    }
    world.run().await;
    let proxy = FaultProxy::new(&world, |_, _| Fault::Pass).await;
    let few = format!("{subscription}/recover?since={START}&limit=5");
    assert_eq!(ask(&world, &proxy, &few).await, all(2));
    let reads = proxy.calls();
    let reads = reads.iter().filter(|call| *call == "GetItem");
    assert_eq!(
        reads.count(),
        2 + 3 * 2,
        "the key, the subscription; of each that failed the record, its event, and the record before it begins anew"
    );
}

#[tokio::test]
async fn one_request_goes_through_many_pages_and_stops_where_it_is_told_to() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let subscription = subscribe(&world, &receiver.url).await;
    missed(&world, &subscription, 0..230).await;
    let mut query = format!("since={START}&limit=105");
    let first = recover(&world, &subscription, &query).await;
    assert_eq!(first["recovered"], 105);
    let cursor = first["nextCursor"].as_str().unwrap();
    query = format!("since={START}&cursor={cursor}");
    assert_eq!(recover(&world, &subscription, &query).await, all(125));
    world.run().await;
    let expected: Vec<u64> = (0..230).collect();
    assert_eq!(numbers(&receiver), expected);
    for limit in ["0", "1001"] {
        let path = format!("{subscription}/recover?since={START}&limit={limit}");
        let refused = world.call("POST", &path, None).await;
        refused.expect_problem(400, "INVALID_PARAMETER");
    }
}

#[tokio::test]
async fn what_is_being_attempted_is_left_alone() {
    let world = World::new().await;
    let gate = Gate::new(0).await;
    let subscription = subscribe(&world, &gate.url).await;
    missed(&world, &subscription, 0..1).await;
    let since = format!("since={START}");
    assert_eq!(recover(&world, &subscription, &since).await, all(1));
    let meanwhile = async {
        gate.arrived(1).await;
        let again = recover(&world, &subscription, &since).await;
        gate.answer(1);
        again
    };
    let ((), again) = tokio::join!(world.run(), meanwhile);
    assert_eq!(again, all(0));
    world.run().await;
    assert_eq!(gate.calls(), 1);
}

#[tokio::test]
async fn two_at_once_send_everything_once() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let subscription = subscribe(&world, &receiver.url).await;
    missed(&world, &subscription, 0..20).await;
    let since = format!("since={START}");
    let racing = (0..4).map(|_| recover(&world, &subscription, &since));
    let answers = join_all(racing).await;
    let recovered = answers
        .iter()
        .map(|answer| answer["recovered"].as_u64().unwrap());
    assert_eq!(recovered.sum::<u64>(), 20, "{answers:?}");
    world.run().await;
    let expected: Vec<u64> = (0..20).collect();
    assert_eq!(numbers(&receiver), expected);
}

/// The other one read that it had failed before the first one's attempt succeeded.
#[tokio::test]
async fn a_recovery_that_comes_late_does_not_send_what_another_one_delivered() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let subscription = subscribe(&world, &receiver.url).await;
    missed(&world, &subscription, 0..1).await;
    let since = format!("since={START}");
    assert_eq!(recover(&world, &subscription, &since).await, all(1));
    world.run().await;
    let listed = world.call("GET", "/v1/deliveries", None).await.expect(200);
    let id = DeliveryId::parse(listed["items"][0]["id"].as_str().unwrap()).unwrap();
    let aws = world.stack.environment("history").unwrap();
    let (now, nonce) = (world.clock.now(), aws.random.nonce());
    let restart = |which| aws.deliveries.restart(world.tenant, id, which, now, &nonce);
    assert_eq!(
        restart(RestartCondition::IfFailed).await.unwrap(),
        RestartOutcome::Busy
    );
    let whoever_asks_for_this_one = restart(RestartCondition::Any).await.unwrap();
    assert!(matches!(
        whoever_asks_for_this_one,
        RestartOutcome::Restarted(_)
    ));
}
