//! Executions whose workers crash or run out of time, and executions that wait.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::sync::Arc;

use serde_json::{Value, json};
use tests::crash::{batch, receive, run_batch};
use tests::fault_proxy::{Fault, FaultProxy};
use tests::gate::Gate;
use tests::{World, invariants, waits};

fn worker(world: &World) -> worker::App {
    worker::App::new(world.environment_at("worker", &world.clock))
}

async fn accepted(world: &World, definition: Value) -> String {
    let hook = world.hook(definition, json!({})).await;
    let answer = world.post(&hook, &[], &json!({})).await.expect(200);
    answer["executionId"].as_str().unwrap().to_owned()
}

/// Two calls, one after the other.
fn two_calls(gate: &Gate) -> Value {
    let call = json!({"call": "http", "with": {"method": "post", "endpoint": gate.url}});
    json!({
        "document": {"dsl": "1.0.0", "namespace": "tests", "name": "two", "version": "1.0.0"},
        "do": [{"first": call}, {"second": call}],
    })
}

/// Advances the clock and sweeps until there are messages, and receives them.
async fn next_messages(world: &World) -> Vec<Value> {
    for _ in 0..30 {
        let messages = receive(world).await;
        if !messages.is_empty() {
            return messages;
        }
        world.clock.advance(60_000);
        world.stack.invoke("sweep", json!({})).await.unwrap();
    }
    panic!("nothing came");
}

/// Runs a worker that crashes in the middle of the call with that number.
async fn crash_in_call(world: &World, gate: &Gate, number: usize) {
    let event = batch(&next_messages(world).await);
    let deadline = world.clock.now().plus_secs(60);
    let app = Arc::new(worker(world));
    let run = tokio::spawn(async move { worker::handle(&app, event, deadline).await });
    gate.arrived(number).await;
    run.abort();
    assert!(run.await.unwrap_err().is_cancelled());
}

#[tokio::test]
async fn after_five_lost_workers_in_a_row_the_execution_fails_and_says_why() {
    let world = World::new().await;
    let gate = Gate::new(0).await;
    let id = accepted(&world, gate.workflow()).await;
    for number in 1..=5 {
        crash_in_call(&world, &gate, number).await;
    }
    let event = batch(&next_messages(&world).await);
    let deadline = world.clock.now().plus_secs(60);
    worker::handle(&worker(&world), event, deadline).await;
    let shown = world.execution(&id).await;
    assert_eq!(shown["status"], "failed", "{shown}");
    let detail = shown["error"]["detail"].as_str().unwrap();
    assert!(detail.contains("5 workers in a row were lost"), "{detail}");
    assert_eq!(gate.calls(), 5);
}

#[tokio::test]
async fn progress_resets_the_count_of_lost_workers() {
    let world = World::new().await;
    let gate = Gate::new(0).await;
    let id = accepted(&world, two_calls(&gate)).await;
    for number in 1..=4 {
        crash_in_call(&world, &gate, number).await;
    }
    // The fifth call is answered; the worker crashes in the one after it.
    gate.answer(5);
    crash_in_call(&world, &gate, 6).await;
    for number in 7..=9 {
        crash_in_call(&world, &gate, number).await;
    }
    gate.answer(usize::MAX);
    let event = batch(&next_messages(&world).await);
    let deadline = world.clock.now().plus_secs(60);
    worker::handle(&worker(&world), event, deadline).await;
    let shown = world.execution(&id).await;
    assert_eq!(shown["status"], "succeeded", "{shown}");
    assert_eq!(shown["output"], json!({"call": 10}));
    invariants::hold(&world, &[id]).await;
}

#[tokio::test]
async fn a_worker_near_its_deadline_hands_over() {
    let world = World::new().await;
    let gate = Gate::open().await;
    let id = accepted(&world, two_calls(&gate)).await;
    let event = batch(&receive(&world).await);
    let deadline = world.clock.now().plus_secs(20);
    let answer = worker::handle(&worker(&world), event, deadline).await;
    assert_eq!(answer["batchItemFailures"], json!([]));
    assert_eq!(gate.calls(), 1, "a second call could outlast the worker");
    assert_eq!(world.execution(&id).await["status"], "queued");
    // The next worker runs it without a sweep.
    run_batch(&world, &worker(&world)).await;
    let shown = world.execution(&id).await;
    assert_eq!(shown["status"], "succeeded", "{shown}");
    assert_eq!(gate.calls(), 2);
    invariants::hold(&world, &[id]).await;
}

#[tokio::test]
async fn after_a_hand_over_whose_message_is_lost_a_sweep_sends_it_again() {
    let world = World::new().await;
    let gate = Gate::open().await;
    let id = accepted(&world, two_calls(&gate)).await;
    let deaf = FaultProxy::new(&world, |_, operation| match operation {
        "SendMessage" => Fault::Answer {
            status: 500,
            error: "InternalFailure",
        },
        _ => Fault::Pass,
    })
    .await;
    let messages = receive(&world).await;
    let app = worker::App::new(deaf.environment(&world, "worker"));
    let deadline = world.clock.now().plus_secs(20);
    let answer = worker::handle(&app, batch(&messages), deadline).await;
    assert_eq!(answer["batchItemFailures"], json!([]));
    let receipt = json!({"ReceiptHandle": messages[0]["ReceiptHandle"]});
    tests::crash::ask(&world, "DeleteMessage", receipt).await;
    assert_eq!(world.execution(&id).await["status"], "queued");
    let event = batch(&next_messages(&world).await);
    let deadline = world.clock.now().plus_secs(60);
    worker::handle(&worker(&world), event, deadline).await;
    let shown = world.execution(&id).await;
    assert_eq!(shown["status"], "succeeded", "{shown}");
    invariants::hold(&world, &[id]).await;
}

#[tokio::test]
async fn waits_of_fifteen_minutes_use_a_delayed_message_and_longer_ones_the_sweep() {
    for (seconds, sends) in [(900, 1), (901, 0)] {
        let world = World::new().await;
        let id = accepted(&world, waits(seconds)).await;
        let proxy = FaultProxy::new(&world, |_, _| Fault::Pass).await;
        run_batch(
            &world,
            &worker::App::new(proxy.environment(&world, "worker")),
        )
        .await;
        let sent = proxy
            .calls()
            .iter()
            .filter(|call| *call == "SendMessage")
            .count();
        assert_eq!(sent, sends, "{seconds} seconds");
        assert_eq!(world.execution(&id).await["status"], "waiting");
        // A sweep each minute, as on AWS; the execution ends in the second in which its wait does.
        for _ in 0..15 {
            world.clock.advance(59_000);
            world.stack.invoke("sweep", json!({})).await.unwrap();
        }
        world.clock.advance(14_000);
        world.run().await;
        assert_eq!(world.execution(&id).await["status"], "waiting");
        world.clock.advance(2_000);
        world.run().await;
        let shown = world.execution(&id).await;
        assert_eq!(shown["status"], "succeeded", "{seconds} seconds: {shown}");
        invariants::hold(&world, &[id]).await;
    }
}

#[tokio::test]
async fn a_wait_of_two_months_survives_the_retention_and_costs_no_calls() {
    const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
    let world = World::new().await;
    // Large enough for the request to be an item of its own, which must not expire during the wait.
    let hook = world.hook(waits(60 * 24 * 60 * 60), json!({})).await;
    let noise: Vec<String> = (0..2_000_u64)
        .map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_string())
        .collect();
    let event = json!({ "noise": noise });
    let answer = world.post(&hook, &[], &event).await.expect(200);
    let id = answer["executionId"].as_str().unwrap().to_owned();
    world.run().await;
    let before = invariants::scan(&world).await;
    for _ in 0..59 {
        world.clock.advance(DAY_MS);
        let swept = world.stack.invoke("sweep", json!({})).await.unwrap();
        assert_eq!((&swept["sent"], &swept["left"]), (&json!(0), &json!(0)));
    }
    assert_eq!(invariants::scan(&world).await, before);
    world.clock.advance(DAY_MS);
    world.stack.invoke("sweep", json!({})).await.unwrap();
    world.run().await;
    let shown = world.execution(&id).await;
    assert_eq!(shown["status"], "succeeded", "{shown}");
    assert_eq!(shown["input"]["noise"], event["noise"]);
    invariants::hold(&world, &[id]).await;
}
