//! One owner at a time: a worker that lost its lease changes nothing that anyone can read.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::sync::Arc;

use local::clock::ManualClock;
use serde_json::{Value, json};
use tests::crash::{batch, receive, recover};
use tests::gate::Gate;
use tests::{START_MS, World, echoes_the_event, invariants};

/// A worker in a container of its own, whose clock is off by that much.
fn worker_with_skew(world: &World, skew_ms: i64) -> (Arc<worker::App>, ManualClock) {
    let clock = ManualClock::at(world.clock.now().as_millis() + skew_ms);
    let app = worker::App::new(world.environment_at("worker", &clock));
    (Arc::new(app), clock)
}

/// Delivers a webhook, and receives its messages from the queue.
async fn accepted(world: &World, definition: Value) -> (String, Vec<Value>) {
    let hook = world.hook(definition, json!({})).await;
    let headers = [("webhook-id", "1")];
    let answer = world.post(&hook, &headers, &json!({})).await.expect(200);
    let id = answer["executionId"].as_str().unwrap().to_owned();
    (id, receive(world).await)
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_changes_nothing() {
    let world = World::new().await;
    let gate = Gate::new(0).await;
    let (id, messages) = accepted(&world, gate.workflow()).await;
    let (slow, _) = worker_with_skew(&world, 0);
    let deadline = world.clock.now().plus_secs(60);
    let slow_run = tokio::spawn({
        let (slow, event) = (Arc::clone(&slow), batch(&messages));
        async move { worker::handle(&slow, event, deadline).await }
    });
    gate.arrived(1).await;
    // Its lease expires while its call is in flight. A sweep finds the execution, and another worker repeats the
    // call. Only the second call is answered, to the second worker.
    world.clock.advance(91_000);
    let swept = world.stack.invoke("sweep", json!({})).await.unwrap();
    assert_eq!(swept["sent"], 1, "{swept}");
    let (next, _) = worker_with_skew(&world, 0);
    let second = receive(&world).await;
    assert_eq!(second.len(), 1);
    let next_deadline = world.clock.now().plus_secs(60);
    let next_run = tokio::spawn({
        let (next, event) = (Arc::clone(&next), batch(&second));
        async move { worker::handle(&next, event, next_deadline).await }
    });
    gate.arrived(2).await;
    // Then the first worker gets a response, and tries to write.
    gate.answer(1);
    slow_run.await.unwrap();
    assert_eq!(world.execution(&id).await["status"], "running");
    gate.answer(2);
    next_run.await.unwrap();
    let shown = world.execution(&id).await;
    assert_eq!(shown["output"], json!({"call": 2}), "{shown}");
    invariants::hold(&world, &[id]).await;
}

#[tokio::test]
async fn a_cancelled_execution_stays_cancelled_when_its_owner_writes() {
    let world = World::new().await;
    let gate = Gate::new(0).await;
    let (id, messages) = accepted(&world, gate.workflow()).await;
    let (owner, _) = worker_with_skew(&world, 0);
    let deadline = world.clock.now().plus_secs(60);
    let run = tokio::spawn(async move { worker::handle(&owner, batch(&messages), deadline).await });
    gate.arrived(1).await;
    let cancel = format!("/v1/executions/{id}/cancel");
    world.call("POST", &cancel, None).await.expect(200);
    gate.answer(1);
    run.await.unwrap();
    recover(&world).await;
    let shown = world.execution(&id).await;
    assert_eq!(
        (&shown["status"], &shown["output"]),
        (&json!("cancelled"), &Value::Null)
    );
    assert_eq!(gate.calls(), 1);
}

#[tokio::test]
async fn two_workers_with_one_message_call_once() {
    let world = World::new().await;
    let gate = Gate::new(0).await;
    let (id, messages) = accepted(&world, gate.workflow()).await;
    let (one, _) = worker_with_skew(&world, 0);
    let (other, _) = worker_with_skew(&world, 0);
    let deadline = world.clock.now().plus_secs(60);
    let both = futures::future::join(
        worker::handle(&one, batch(&messages), deadline),
        worker::handle(&other, batch(&messages), deadline),
    );
    let opened = async {
        gate.arrived(1).await;
        gate.answer(usize::MAX);
    };
    let ((first, second), ()) = futures::future::join(both, opened).await;
    // Both acknowledge the message: one has run the execution, the other has found it claimed.
    assert_eq!(first["batchItemFailures"], json!([]));
    assert_eq!(second["batchItemFailures"], json!([]));
    assert_eq!(gate.calls(), 1);
    invariants::hold(&world, &[id]).await;
}

#[tokio::test]
async fn a_message_delivered_five_times_and_out_of_order_runs_once() {
    let world = World::new().await;
    let gate = Gate::open().await;
    let hook = world.hook(gate.workflow(), json!({})).await;
    let mut ids = Vec::new();
    for delivery in ["1", "2", "3"] {
        let headers = [("webhook-id", delivery)];
        let answer = world.post(&hook, &headers, &json!({})).await.expect(200);
        ids.push(answer["executionId"].as_str().unwrap().to_owned());
    }
    let messages = receive(&world).await;
    let (worker, _) = worker_with_skew(&world, 0);
    let deadline = world.clock.now().plus_secs(60);
    // Five copies of each message, in reverse order, in batches of six that run at the same time.
    let mut copies: Vec<Value> = (0..5).flat_map(|_| messages.clone()).collect();
    copies.reverse();
    let batches = copies.chunks(6).map(|chunk| {
        let worker = &worker;
        async move { worker::handle(worker, batch(chunk), deadline).await }
    });
    for answer in futures::future::join_all(batches).await {
        assert_eq!(answer["batchItemFailures"], json!([]));
    }
    // Once more, long after the executions have ended.
    worker::handle(&worker, batch(&copies), deadline).await;
    assert_eq!(gate.calls(), 3);
    recover(&world).await;
    invariants::hold(&world, &ids).await;
}

#[tokio::test]
async fn clocks_five_seconds_apart_give_one_owner_and_one_end() {
    for (first_skew_ms, second_skew_ms) in [(5_000, 0), (0, 5_000), (-5_000, 5_000)] {
        let world = World::new().await;
        let gate = Gate::new(0).await;
        let (id, messages) = accepted(&world, gate.workflow()).await;
        let (first, first_clock) = worker_with_skew(&world, first_skew_ms);
        let (second, second_clock) = worker_with_skew(&world, second_skew_ms);
        // Each container gets its deadline by its own clock.
        let first_deadline = first_clock.now().plus_secs(60);
        let event = batch(&messages);
        let run = tokio::spawn({
            let (first, event) = (Arc::clone(&first), event.clone());
            async move { worker::handle(&first, event, first_deadline).await }
        });
        gate.arrived(1).await;
        // The message is delivered again at every second of the lease. The execution may be claimed only within the
        // seconds by which the clocks differ.
        for _ in 0..49 {
            first_clock.advance(1_000);
            second_clock.advance(1_000);
            let deadline = second_clock.now().plus_secs(60);
            let again = worker::handle(&second, event.clone(), deadline).await;
            assert_eq!(again["batchItemFailures"], json!([]));
        }
        assert_eq!(
            gate.calls(),
            1,
            "skews {first_skew_ms} and {second_skew_ms}"
        );
        gate.answer(usize::MAX);
        run.await.unwrap();
        world
            .clock
            .advance(second_clock.now().as_millis() - START_MS);
        recover(&world).await;
        let shown = world.execution(&id).await;
        assert_eq!(shown["output"], json!({"call": 1}), "{shown}");
        invariants::hold(&world, &[id]).await;
    }
}

#[tokio::test]
async fn only_the_malformed_message_of_a_batch_ends_in_the_dead_letter_queue() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let poison = json!({"MessageBody": "{\"v\":1,\"not\":\"a message\"}"});
    tests::crash::ask(&world, "SendMessage", poison).await;
    let answer = world.post(&hook, &[], &json!({})).await.expect(200);
    for _ in 0..8 {
        world.run().await;
        world.clock.advance(361_000);
    }
    let id = answer["executionId"].as_str().unwrap().to_owned();
    assert_eq!(world.execution(&id).await["status"], "succeeded");
    let sqs = world.stack.sqs();
    for queue in &world.stack.template().queues {
        let counts = sqs.counts(&queue.name).unwrap();
        let is_for_it = queue.name.contains("ExecutionsDeadLetters");
        let held = counts.visible + counts.in_flight;
        assert_eq!(held, u64::from(is_for_it), "{}", queue.name);
    }
    invariants::hold(&world, &[id]).await;
}
