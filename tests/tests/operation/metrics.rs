//! The metrics of each path of a webhook and of an execution, read from the lines that the functions print. The format of
//! a line is tested beside the code that writes it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::events::{management, webhook};
use tests::fault_proxy::{Fault, FaultProxy, ask};
use tests::meter::Meter;
use tests::{Hook, World, echoes_the_event, fails, waits};

fn metrics(metrics: Value) -> BTreeMap<String, Value> {
    metrics.as_object().unwrap().clone().into_iter().collect()
}

/// A proxy through which every call reaches AWS, except sends of messages where `fails_to_enqueue`.
async fn wire_of(world: &World, fails_to_enqueue: bool) -> FaultProxy {
    FaultProxy::new(world, move |_, operation| match operation {
        "SendMessage" if fails_to_enqueue => Fault::Answer {
            status: 500,
            error: "InternalError",
        },
        _ => Fault::Pass,
    })
    .await
}

fn trigger_of(world: &World, meter: &Meter, proxy: &FaultProxy) -> trigger::App {
    trigger::App::new(meter.environment(proxy.settings(world, "trigger")))
}

fn worker_of(world: &World, meter: &Meter) -> worker::App {
    worker::App::new(meter.environment(world.settings("worker")))
}

async fn send(app: &trigger::App, hook: &Hook, delivery: &str) -> Value {
    let request = webhook(&hook.path, &[("webhook-id", delivery)], &json!({"n": 1}));
    let response = trigger::handle(app, request).await;
    serde_json::from_slice(response.body()).unwrap()
}

#[tokio::test]
async fn a_webhook_is_counted_by_its_answer() {
    let world = World::new().await;
    let meter = Meter::default();
    let proxy = wire_of(&world, false).await;
    let app = trigger_of(&world, &meter, &proxy);
    let hook = world.hook(echoes_the_event(), json!({})).await;
    send(&app, &hook, "1").await;
    assert_eq!(meter.take(), metrics(json!({"Accepted": 1})));
    send(&app, &hook, "1").await;
    assert_eq!(meter.take(), metrics(json!({"Duplicates": 1})));
    let stranger = Hook {
        path: format!("/hooks/{}?token=wrong", hook.workflow),
        ..hook.clone()
    };
    send(&app, &stranger, "2").await;
    assert_eq!(meter.take(), metrics(json!({"Refused.INVALID_TOKEN": 1})));
    let path = format!("/v1/workflows/{}", hook.workflow);
    let limit = json!({"rateLimit": {"capacity": 1, "refillPerSecond": 0.001}});
    world.call("PATCH", &path, Some(limit)).await.expect(200);
    world.clock.advance(6_000);
    while send(&app, &hook, "3").await["status"] != 429 {}
    let limited = meter.take();
    assert_eq!(limited["Limited"], 1, "{limited:?}");
    assert!(!limited.contains_key("Refused.RATE_LIMITED"), "{limited:?}");
}

#[tokio::test]
async fn a_webhook_without_credit_is_counted_by_its_code_in_every_profile() {
    for profile in ["native", "refly", "hap"] {
        let world = World::new().await;
        world.set_credits(0).await;
        let meter = Meter::default();
        let proxy = wire_of(&world, false).await;
        let app = trigger_of(&world, &meter, &proxy);
        let settings = json!({"profile": profile});
        let hook = world.hook(echoes_the_event(), settings).await;
        // The first one asks for a credit, and later ones are refused from memory.
        for delivery in ["1", "2"] {
            send(&app, &hook, delivery).await;
            let expected = json!({"Refused.INSUFFICIENT_CREDITS": 1});
            assert_eq!(meter.take(), metrics(expected), "{profile}");
        }
    }
}

#[tokio::test]
async fn a_recorded_refusal_is_counted_as_a_rejected_execution() {
    let world = World::new().await;
    let meter = Meter::default();
    let proxy = wire_of(&world, false).await;
    let app = trigger_of(&world, &meter, &proxy);
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let path = format!("/v1/workflows/{}/deactivate", hook.workflow);
    world.call("POST", &path, None).await.expect(200);
    send(&app, &hook, "1").await;
    let expected = json!({"Rejected": 1, "Refused.WORKFLOW_INACTIVE": 1});
    assert_eq!(meter.take(), metrics(expected));
}

#[tokio::test]
async fn a_message_that_is_not_sent_is_counted_and_so_is_the_sweep_that_sends_it() {
    let world = World::new().await;
    let meter = Meter::default();
    let proxy = wire_of(&world, true).await;
    let app = trigger_of(&world, &meter, &proxy);
    let hook = world.hook(echoes_the_event(), json!({})).await;
    send(&app, &hook, "1").await;
    assert_eq!(
        meter.take(),
        metrics(json!({"Accepted": 1, "EnqueueFailures": 1}))
    );
    let sweep = sweep::App::new(meter.environment(world.settings("sweep")));
    let deadline = || world.clock.now().plus_secs(60);
    sweep::handle(&sweep, deadline()).await.unwrap();
    assert_eq!(meter.take(), metrics(json!({"Sweeps": 1})), "not due yet");
    world.clock.advance(91_000);
    sweep::handle(&sweep, deadline()).await.unwrap();
    assert_eq!(meter.take(), metrics(json!({"Sweeps": 1, "Redrives": 1})));
    // The message stays in the queue, which is a backlog.
    world.clock.advance(181_000);
    sweep::handle(&sweep, deadline()).await.unwrap();
    assert_eq!(
        meter.take(),
        metrics(json!({"Sweeps": 1, "BacklogHeld": 1}))
    );
}

#[tokio::test]
async fn an_execution_is_timed_from_its_record_to_its_end() {
    let world = World::new().await;
    let meter = Meter::default();
    let hook = world.hook(waits(30), json!({})).await;
    world.post(&hook, &[], &json!({})).await.expect(200);
    let app = worker_of(&world, &meter);
    world.clock.advance(1_500);
    tests::crash::run_batch(&world, &app).await;
    assert_eq!(meter.take(), metrics(json!({"QueueToStart": [1500]})));
    world.clock.advance(30_000);
    tests::crash::run_batch(&world, &app).await;
    let ended = json!({"Succeeded": 1, "RunTime": [30_000]});
    assert_eq!(meter.take(), metrics(ended), "the start is timed once");
    let hook = world.hook(fails(), json!({})).await;
    world.post(&hook, &[], &json!({})).await.expect(200);
    tests::crash::run_batch(&world, &app).await;
    let ended = json!({"QueueToStart": [0], "Failed": 1, "RunTime": [0]});
    assert_eq!(meter.take(), metrics(ended));
}

#[tokio::test]
async fn a_crashed_owner_is_counted_as_a_lost_lease() {
    let world = World::new().await;
    let meter = Meter::default();
    let hook = world.hook(echoes_the_event(), json!({})).await;
    world.post(&hook, &[], &json!({})).await.expect(200);
    // The worker claims, and crashes in its second call.
    let proxy = FaultProxy::new(&world, |number, _| match number {
        1 => Fault::Pass,
        _ => Fault::CrashBefore,
    })
    .await;
    let dying = worker::App::new(proxy.environment(&world, "worker"));
    let run = tests::crash::run_batch(&world, &dying);
    assert!(proxy.until_death(run).await.is_none());
    world.clock.advance(400_000);
    tests::crash::run_batch(&world, &worker_of(&world, &meter)).await;
    let expected = json!({"LostLeases": 1, "Succeeded": 1, "RunTime": [400_000]});
    assert_eq!(meter.take(), metrics(expected));
}

#[tokio::test]
async fn a_message_that_cannot_be_parsed_is_counted() {
    let world = World::new().await;
    let meter = Meter::default();
    let app = worker_of(&world, &meter);
    let records = json!({"Records": [{"messageId": "m", "body": "{"}]});
    worker::handle(&app, records, world.clock.now().plus_secs(60)).await;
    assert_eq!(meter.take(), metrics(json!({"MessageFailures": 1})));
}

#[tokio::test]
async fn an_unreadable_record_is_counted_and_recovered_once_it_is_repaired() {
    let world = World::new().await;
    let meter = Meter::default();
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let accepted = world.post(&hook, &[], &json!({})).await.expect(200);
    let id = accepted["executionId"].as_str().unwrap().to_owned();
    let variables = world.stack.variables("sweep");
    let change = async |expression: &str, values: Value| {
        let update = json!({
            "TableName": variables["RUNS_TABLE"],
            "Key": {"pk": {"S": format!("EXE#{id}")}, "sk": {"S": "S"}},
            "UpdateExpression": expression,
            "ExpressionAttributeValues": values,
        });
        let answer = ask(&world, "DynamoDB_20120810.UpdateItem", update.to_string()).await;
        assert_eq!(answer["__type"], Value::Null, "{answer}");
    };
    change("SET v = :v", json!({":v": {"N": "0"}})).await;
    let sweep = sweep::App::new(meter.environment(world.settings("sweep")));
    let mut quarantined = 0;
    for _ in 0..20 {
        // The worker returns the message each time, until the queue moves it to the dead-letter queue.
        world.run().await;
        world.clock.advance(180_000);
        let deadline = world.clock.now().plus_secs(60);
        sweep::handle(&sweep, deadline).await.unwrap();
        quarantined += u32::from(meter.take().contains_key("Quarantined"));
    }
    assert_eq!(quarantined, 1, "quarantined once");
    // As the runbook says: a repaired record gets a shard again, any of them.
    let mended = json!({":v": {"N": "1"}, ":shard": {"S": "0"}});
    change(
        "SET v = :v, due_shard = :shard REMOVE quarantined_at",
        mended,
    )
    .await;
    tests::crash::recover(&world).await;
    assert_eq!(world.execution(&id).await["status"], "succeeded");
}

#[tokio::test]
async fn a_cancelled_execution_is_counted() {
    let world = World::new().await;
    let meter = Meter::default();
    let hook = world.hook(waits(30), json!({})).await;
    let accepted = world.post(&hook, &[], &json!({})).await.expect(200);
    let id = accepted["executionId"].as_str().unwrap();
    let app = history::App::new(meter.environment(world.settings("history")));
    let request = management("POST", &format!("/v1/executions/{id}/cancel"), &world.key);
    tests::contract::history(&app, request).await;
    assert_eq!(meter.take(), metrics(json!({"Cancelled": 1})));
}

#[tokio::test]
async fn no_metrics_are_printed_without_a_stack_name() {
    let world = World::new().await;
    let meter = Meter::default();
    let app = trigger::App::new(meter.environment_of(&world.settings("trigger")));
    let hook = world.hook(echoes_the_event(), json!({})).await;
    send(&app, &hook, "1").await;
    assert_eq!(meter.text(), "");
}
