//! Sweeps that read a due index which lags behind the table, as on AWS: no message is sent twice for that, and every due
//! record is found in the end.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::{Value, json};
use tests::crash::{batch, receive, recover};
use tests::fault_proxy::{Fault, FaultProxy, due_entries};
use tests::gate::Gate;
use tests::{Hook, World, echoes_the_event, invariants};

/// Runs a sweep; returns how many messages it sent, and how many entries it left.
async fn swept(world: &World, proxy: &FaultProxy) -> (Value, Value) {
    let app = sweep::App::new(proxy.environment(world, "sweep"));
    let deadline = world.clock.now().plus_secs(60);
    let swept = sweep::handle(&app, deadline).await.unwrap();
    (swept["sent"].clone(), swept["left"].clone())
}

async fn passing(world: &World) -> FaultProxy {
    FaultProxy::new(world, |_, _| Fault::Pass).await
}

/// A recorded execution whose message is lost.
async fn without_message(world: &World, hook: &Hook) -> String {
    let answer = world.post(hook, &[], &json!({})).await.expect(200);
    let messages = receive(world).await;
    assert_eq!(messages.len(), 1);
    for message in messages {
        let receipt = json!({"ReceiptHandle": message["ReceiptHandle"]});
        tests::crash::ask(world, "DeleteMessage", receipt).await;
    }
    answer["executionId"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_message_of_an_ended_execution_is_not_sent_again() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let proxy = passing(&world).await;
    world.post(&hook, &[], &json!({})).await.expect(200);
    proxy.freeze_index(&world).await;
    world.run().await;
    world.clock.advance(91_000);
    assert_eq!(swept(&world, &proxy).await, (json!(0), json!(1)));
    assert!(receive(&world).await.is_empty());
}

#[tokio::test]
async fn a_message_that_another_sweep_has_sent_is_not_sent_twice() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let id = without_message(&world, &hook).await;
    world.clock.advance(91_000);
    let (fresh, stale) = (passing(&world).await, passing(&world).await);
    stale.freeze_index(&world).await;
    assert_eq!(swept(&world, &fresh).await, (json!(1), json!(0)));
    // The message is received but not deleted; if it were still in the queue, it would count as backlog.
    assert_eq!(receive(&world).await.len(), 1);
    assert_eq!(swept(&world, &stale).await, (json!(0), json!(1)));
    assert_eq!(receive(&world).await, [Value::Null; 0]);
    recover(&world).await;
    invariants::hold(&world, &[id]).await;
}

#[tokio::test]
async fn a_record_that_the_index_does_not_show_yet_is_found_by_a_later_sweep() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let stale = passing(&world).await;
    stale.freeze_index(&world).await;
    let id = without_message(&world, &hook).await;
    world.clock.advance(91_000);
    assert_eq!(swept(&world, &stale).await, (json!(0), json!(0)));
    stale.freeze_index(&world).await;
    assert_eq!(swept(&world, &stale).await, (json!(1), json!(0)));
    world.run().await;
    assert_eq!(world.execution(&id).await["status"], "succeeded");
}

#[tokio::test]
async fn an_unreadable_entry_does_not_block_the_other_entries_of_its_shard() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let id = without_message(&world, &hook).await;
    world.clock.advance(91_000);
    let mut entries = due_entries(&world).await;
    entries[0]["sent_at"] = json!({"S": "not a number"});
    let proxy = passing(&world).await;
    proxy.freeze_index_as(entries);
    assert_eq!(swept(&world, &proxy).await, (json!(1), json!(0)));
    recover(&world).await;
    invariants::hold(&world, &[id]).await;
}

#[tokio::test]
async fn an_execution_with_an_owner_is_left_though_the_index_shows_it_as_queued() {
    let world = World::new().await;
    let gate = Gate::new(0).await;
    let hook = world.hook(gate.workflow(), json!({})).await;
    let answer = world.post(&hook, &[], &json!({})).await.expect(200);
    let stale = passing(&world).await;
    stale.freeze_index(&world).await;
    world.clock.advance(80_000);
    let app = worker::App::new(world.environment_at("worker", &world.clock));
    let event = batch(&receive(&world).await);
    let deadline = world.clock.now().plus_secs(60);
    let run = tokio::spawn(async move { worker::handle(&app, event, deadline).await });
    gate.arrived(1).await;
    world.clock.advance(11_000);
    assert_eq!(swept(&world, &stale).await, (json!(0), json!(1)));
    gate.answer(1);
    run.await.unwrap();
    let id = answer["executionId"].as_str().unwrap().to_owned();
    assert_eq!(world.execution(&id).await["status"], "succeeded");
    invariants::hold(&world, &[id]).await;
}
