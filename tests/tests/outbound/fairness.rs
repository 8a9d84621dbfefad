//! Slow receivers of one org and what they may take of a batch; and receivers that fail slowly.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tests::World;
use tests::crash::{DELIVERIES, batch, receive_from};
use tests::receiver::{Receiver, Reply};
use tokio::sync::Notify;

use crate::attempts::{end_an_execution, to};

/// Ten messages, each of another subscription of the same org, whose receivers do not answer.
#[tokio::test]
async fn one_org_gets_at_most_four_slots_of_a_batch_at_a_time() {
    let world = World::new().await;
    let silent = Receiver::new(|_, _| Reply::Silence).await;
    for _ in 0..10 {
        world.subscribe(to(&silent.url)).await;
    }
    end_an_execution(&world).await;
    let app = deliver::App::new(world.stack.environment("deliver").unwrap());
    // The announcement, which makes the ten deliveries.
    handle(&world, &app, 60).await;
    let messages = handle(&world, &app, 8).await;
    assert_eq!(messages, 10);
    assert_eq!(silent.taken().len(), 4, "attempts that took all their time");
    for one in world.deliveries().await {
        let attempts = one["attemptCount"].as_u64().unwrap();
        assert!(attempts <= 1, "{one}");
        assert_eq!(
            one["status"], "pending",
            "a postponed delivery is not lost: {one}"
        );
    }
}

/// A failure after six seconds holds a slot nearly as long as a timeout does.
#[tokio::test]
async fn three_slow_failures_in_a_row_open_the_circuit() {
    let world = World::new().await;
    let gates: [Arc<Notify>; 3] = Default::default();
    let of_request = gates.clone();
    let receiver =
        Receiver::new(move |number, _| Reply::Held(of_request[number % 3].clone(), 500)).await;
    world.subscribe(to(&receiver.url)).await;
    for _ in 0..3 {
        end_an_execution(&world).await;
    }
    let app = deliver::App::new(world.stack.environment("deliver").unwrap());
    // The announcements, which make three deliveries.
    handle(&world, &app, 60).await;
    let slowly = async {
        while receiver.taken().len() < 3 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        world.clock.advance(6_000);
        gates.iter().for_each(|gate| gate.notify_one());
    };
    tokio::join!(handle(&world, &app, 60), slowly);
    assert_eq!(receiver.taken().len(), 3);

    end_an_execution(&world).await;
    handle(&world, &app, 60).await;
    handle(&world, &app, 60).await;
    assert_eq!(receiver.taken().len(), 3, "the circuit is open");
}

/// Handles one batch with that many seconds until its deadline, and returns how many messages it had.
async fn handle(world: &World, app: &deliver::App, seconds: i64) -> usize {
    let messages = receive_from(world, DELIVERIES).await;
    let deadline = world.clock.now().plus_secs(seconds);
    let answer: Value = deliver::handle(app, batch(&messages), deadline).await;
    assert_eq!(answer["batchItemFailures"], json!([]), "{answer}");
    messages.len()
}
