//! Responses of AWS that are lost: the SDK repeats the write, and the code recognises the result of its first attempt. The
//! caller gets the same answer as without the loss, at once, without a sweep or a retry.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tests::crash::{run_batch, run_delivery_batch};
use tests::events::{request, webhook};
use tests::fault_proxy::{Fault, FaultProxy};
use tests::gate::Gate;
use tests::receiver::Receiver;
use tests::{Hook, World, echoes_the_event, waits};

/// Loses only the response to the call of this operation with that number.
async fn losing(world: &World, lost: &'static str, number: usize) -> FaultProxy {
    let calls = AtomicUsize::new(0);
    let plan = move |_, operation: &str| match operation {
        _ if operation == lost && calls.fetch_add(1, Ordering::SeqCst) + 1 == number => {
            Fault::LoseAnswer
        }
        _ => Fault::Pass,
    };
    FaultProxy::new(world, plan).await
}

/// Whether a response was lost: the operation was called that often, and once more.
fn was_lost(proxy: &FaultProxy, lost: &str, number: usize) -> bool {
    let calls = proxy.calls();
    calls.iter().filter(|call| *call == lost).count() > number
}

async fn accepted(world: &World, hook: &Hook) -> String {
    let answer = world.post(hook, &[], &json!({})).await.expect(200);
    answer["executionId"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_trigger_whose_write_is_repeated_accepts_once_and_reports_no_duplicate() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    // The request is too large for the state item, so the first write is the request, the second the state.
    let noise: String = (0..9_000_u32)
        .map(|n| char::from(b'a' + (n.wrapping_mul(2_654_435_761) >> 24) as u8 % 26))
        .collect();
    for number in [1, 2] {
        let proxy = losing(&world, "PutItem", number).await;
        let app = trigger::App::new(proxy.environment(&world, "trigger"));
        let delivery = number.to_string();
        let headers = [("webhook-id", delivery.as_str())];
        let event = webhook(&hook.path, &headers, &json!({ "noise": noise }));
        let answer = trigger::handle(&app, event).await;
        assert!(was_lost(&proxy, "PutItem", number), "{:?}", proxy.calls());
        let answer: Value = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(answer["success"], true, "{answer}");
        assert_ne!(answer["deduplicated"], true, "{answer}");
    }
    let list = world.call("GET", "/v1/executions", None).await.expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 2, "{list}");
}

#[tokio::test]
async fn a_worker_whose_write_is_repeated_goes_on() {
    let gate = Gate::open().await;
    for definition in [gate.workflow(), waits(30)] {
        for number in 1.. {
            let world = World::new().await;
            let hook = world.hook(definition.clone(), json!({})).await;
            let id = accepted(&world, &hook).await;
            let calls_before = gate.calls();
            let proxy = losing(&world, "UpdateItem", number).await;
            let app = worker::App::new(proxy.environment(&world, "worker"));
            run_batch(&world, &app).await;
            world.clock.advance(31_000);
            run_batch(&world, &app).await;
            let shown = world.execution(&id).await;
            assert_eq!(shown["status"], "succeeded", "write {number}: {shown}");
            assert!(gate.calls() - calls_before <= 1, "write {number}");
            if !was_lost(&proxy, "UpdateItem", number) {
                assert!(number > 2, "a claim and a checkpoint at least");
                break;
            }
        }
    }
}

#[tokio::test]
async fn deliver_whose_write_is_repeated_sends_no_event_twice() {
    for lost in ["PutItem", "UpdateItem"] {
        for number in 1.. {
            let world = World::new().await;
            let receiver = Receiver::answering(200).await;
            let body = json!({"url": receiver.url, "events": ["workflow.completed"]});
            world.subscribe(body).await;
            let hook = world.hook(echoes_the_event(), json!({})).await;
            accepted(&world, &hook).await;
            world.stack.run_queue("worker").await.unwrap();
            let proxy = losing(&world, lost, number).await;
            let app = deliver::App::new(proxy.environment(&world, "deliver"));
            for _ in 0..2 {
                run_delivery_batch(&world, &app).await;
            }
            assert_eq!(receiver.taken().len(), 1, "{lost} {number}");
            let list = world.call("GET", "/v1/deliveries", None).await.expect(200);
            let delivery = &list["items"][0];
            let shown = (&delivery["status"], &delivery["attemptCount"]);
            assert_eq!(
                shown,
                (&json!("delivered"), &json!(1)),
                "{lost} {number}: {list}"
            );
            if !was_lost(&proxy, lost, number) {
                assert!(number > 2, "{lost} is called twice at least");
                break;
            }
        }
    }
}

/// Sends a request to a history function that loses its first response to this operation.
async fn response_of(world: &World, path: &str, lost: &'static str) -> (u16, Value) {
    let proxy = losing(world, lost, 1).await;
    let app = history::App::new(proxy.environment(world, "history"));
    let authorization = format!("Bearer {}", world.key);
    let headers = [
        ("authorization", authorization.as_str()),
        ("idempotency-key", "once"),
    ];
    let answer = tests::contract::history(&app, request("POST", path, &headers, &json!({}))).await;
    assert!(was_lost(&proxy, lost, 1), "{:?}", proxy.calls());
    let status = answer.status().as_u16();
    (status, serde_json::from_slice(answer.body()).unwrap())
}

#[tokio::test]
async fn a_cancel_whose_write_is_repeated_reports_the_cancel() {
    let world = World::new().await;
    let hook = world.hook(waits(3_600), json!({})).await;
    let id = accepted(&world, &hook).await;
    world.run().await;
    let path = format!("/v1/executions/{id}/cancel");
    let (status, shown) = response_of(&world, &path, "UpdateItem").await;
    assert_eq!(
        (status, &shown["status"]),
        (200, &json!("cancelled")),
        "{shown}"
    );
}

#[tokio::test]
async fn a_replay_whose_write_is_repeated_is_made_once_and_reported_as_new() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let id = accepted(&world, &hook).await;
    world.run().await;
    let path = format!("/v1/executions/{id}/replay");
    let (status, replay) = response_of(&world, &path, "PutItem").await;
    assert_eq!(status, 201, "{replay}");
    world.run().await;
    let list = world.call("GET", "/v1/executions", None).await.expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 2, "{list}");
}
