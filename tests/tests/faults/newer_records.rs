//! Records of a newer version of this program, which older functions meet while a deployment is under way or after it was
//! rolled back: each function leaves them as they are, without further calls, and the work is done once they can be read.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use serde_json::{Value, json};
use tests::crash::{DELIVERIES, batch, receive, receive_from, recover, run_delivery_batch};
use tests::fault_proxy::{Fault, FaultProxy, ask};
use tests::receiver::Receiver;
use tests::{Hook, World, echoes_the_event, waits};

/// The state item of an execution, or of a delivery.
struct Record {
    pk: String,
}

impl Record {
    fn of_execution(id: &str) -> Self {
        let pk = format!("EXE#{id}");
        Self { pk }
    }

    fn of_delivery(id: &str) -> Self {
        let pk = format!("DLV#{id}");
        Self { pk }
    }

    async fn read(&self, world: &World) -> Value {
        let answer = self.ask(world, "GetItem", json!({})).await;
        answer["Item"].clone()
    }

    async fn set_version(&self, world: &World, version: u32) {
        let version = json!({"N": version.to_string()});
        self.update(world, "SET v = :value", version).await;
    }

    async fn update(&self, world: &World, expression: &str, value: Value) {
        let change = json!({
            "UpdateExpression": expression,
            "ConditionExpression": "attribute_exists(pk)",
            "ExpressionAttributeValues": {":value": value},
        });
        let answer = self.ask(world, "UpdateItem", change).await;
        assert_eq!(answer["__type"], Value::Null, "{answer}");
    }

    async fn ask(&self, world: &World, operation: &str, mut request: Value) -> Value {
        request["TableName"] = json!(world.stack.variables("worker")["RUNS_TABLE"]);
        request["Key"] = json!({"pk": {"S": self.pk}, "sk": {"S": "S"}});
        let target = format!("DynamoDB_20120810.{operation}");
        ask(world, &target, request.to_string()).await
    }
}

async fn accepted(world: &World, hook: &Hook) -> String {
    let answer = world.post(hook, &[], &json!({})).await.expect(200);
    answer["executionId"].as_str().unwrap().to_owned()
}

/// A worker that gets these messages, and the calls that it makes.
async fn worker_calls(world: &World, event: Value) -> (Value, Vec<String>) {
    let proxy = FaultProxy::new(world, |_, _| Fault::Pass).await;
    let app = worker::App::new(proxy.environment(world, "worker"));
    let deadline = world.clock.now().plus_secs(60);
    let answer = worker::handle(&app, event, deadline).await;
    (answer, proxy.calls())
}

fn message(kind: &str, id: &str) -> Value {
    let body = json!({"v": 1, "kind": kind, "executionId": id}).to_string();
    json!({"Records": [{"messageId": "m", "body": body}]})
}

/// The worker's one call is the claim that fails, and the message is delivered again.
async fn is_left_by_the_worker(world: &World, kind: &str, id: &str) {
    let record = Record::of_execution(id);
    let before = record.read(world).await;
    let (answer, calls) = worker_calls(world, message(kind, id)).await;
    let retried = json!([{"itemIdentifier": "m"}]);
    assert_eq!(answer["batchItemFailures"], retried, "{kind}: {answer}");
    assert_eq!(calls, ["UpdateItem"], "{kind}");
    assert_eq!(record.read(world).await, before, "{kind}");
}

#[tokio::test]
async fn a_worker_leaves_a_queued_and_a_waiting_execution_of_a_newer_version() {
    let world = World::new().await;
    let hook = world.hook(waits(60), json!({})).await;
    let id = accepted(&world, &hook).await;
    let record = Record::of_execution(&id);
    record.set_version(&world, 2).await;
    is_left_by_the_worker(&world, "run", &id).await;
    is_left_by_the_worker(&world, "wake", &id).await;

    record.set_version(&world, 1).await;
    world.run().await;
    assert_eq!(world.execution(&id).await["status"], "waiting");
    record.set_version(&world, 2).await;
    is_left_by_the_worker(&world, "wake", &id).await;
    world.clock.advance(61_000);
    is_left_by_the_worker(&world, "run", &id).await;

    record.set_version(&world, 1).await;
    recover(&world).await;
    assert_eq!(world.execution(&id).await["status"], "succeeded");
}

/// Its owner was a newer worker, and died.
#[tokio::test]
async fn a_worker_does_not_take_a_newer_execution_over() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let id = accepted(&world, &hook).await;
    let proxy = FaultProxy::new(&world, |number, _| match number {
        1 => Fault::CrashAfter,
        _ => Fault::Pass,
    });
    let proxy = proxy.await;
    let app = worker::App::new(proxy.environment(&world, "worker"));
    let deadline = world.clock.now().plus_secs(60);
    let event = batch(&receive(&world).await);
    let died = proxy.until_death(worker::handle(&app, event, deadline));
    assert_eq!(died.await, None);
    let record = Record::of_execution(&id);
    assert_eq!(record.read(&world).await["status"], json!({"S": "running"}));
    record.set_version(&world, 2).await;
    world.clock.advance(61_000);
    is_left_by_the_worker(&world, "run", &id).await;

    record.set_version(&world, 1).await;
    recover(&world).await;
    assert_eq!(world.execution(&id).await["status"], "succeeded");
}

/// A frame of zstd (RFC 8878) with one block that is not compressed.
fn stored(json: &str) -> Value {
    let length = u8::try_from(json.len()).unwrap();
    let block = (u32::from(length) << 3 | 1).to_le_bytes();
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x20, length];
    frame.extend(&block[..3]);
    frame.extend(json.as_bytes());
    json!({"B": BASE64.encode(frame)})
}

/// The record is of this version, and its checkpoint is not. No number of older workers makes the execution fail.
#[tokio::test]
async fn a_worker_gives_an_execution_back_whose_checkpoint_is_of_a_newer_version() {
    let rest = r#""tail": [], "output": null, "error": null"#;
    for newer in [
        r#"{"v": 2, "other": true}"#.to_owned(),
        format!(r#"{{"v": 1, "engine": {{"v": 2, "other": true}}, {rest}}}"#),
    ] {
        let world = World::new().await;
        let hook = world.hook(waits(60), json!({})).await;
        let id = accepted(&world, &hook).await;
        world.run().await;
        let record = Record::of_execution(&id);
        let slot = record.read(&world).await["slot"].clone();
        let write = "SET checkpoint = :value REMOVE slot";
        record.update(&world, write, stored(&newer)).await;
        for _ in 0..7 {
            world.clock.advance(1_000_000);
            let (answer, _) = worker_calls(&world, message("run", &id)).await;
            assert_eq!(answer["batchItemFailures"][0]["itemIdentifier"], "m");
            let left = record.read(&world).await;
            assert_eq!(left["status"], json!({"S": "waiting"}), "{newer}");
            assert_eq!(left["checkpoint"], stored(&newer));
        }

        let restore = "SET slot = :value REMOVE checkpoint";
        record.update(&world, restore, slot).await;
        recover(&world).await;
        let execution = world.execution(&id).await;
        assert_eq!(execution["status"], "succeeded", "{execution}");
    }
}

#[tokio::test]
async fn a_newer_record_stays_due_until_it_can_be_read() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let id = accepted(&world, &hook).await;
    let record = Record::of_execution(&id);
    record.set_version(&world, 2).await;
    for _ in 0..3 {
        recover(&world).await;
    }
    let found = record.read(&world).await;
    assert_eq!(found["quarantined_at"], Value::Null);
    assert!(found["due_shard"]["S"].is_string());

    record.set_version(&world, 1).await;
    recover(&world).await;
    assert_eq!(world.execution(&id).await["status"], "succeeded");
}

#[tokio::test]
async fn the_api_answers_503_for_a_newer_execution_and_changes_nothing() {
    let world = World::new().await;
    let hook = world.hook(waits(600), json!({})).await;
    let sent = [("webhook-id", "one")];
    let answer = world.post(&hook, &sent, &json!({})).await.expect(200);
    let id = answer["executionId"].as_str().unwrap().to_owned();
    let record = Record::of_execution(&id);
    record.set_version(&world, 2).await;
    let before = record.read(&world).await;
    let path = format!("/v1/executions/{id}");
    let requests = [
        ("GET", path.clone()),
        ("DELETE", path.clone()),
        ("POST", format!("{path}/cancel")),
        ("POST", format!("{path}/replay")),
    ];
    for (method, path) in requests {
        let answer = world.call(method, &path, None).await;
        answer.expect_problem(503, "UNAVAILABLE");
    }
    let repeat = world.post(&hook, &sent, &json!({})).await;
    assert_eq!(repeat.status, 503, "{repeat:?}");
    assert_eq!(record.read(&world).await, before);

    record.set_version(&world, 1).await;
    world.post(&hook, &sent, &json!({})).await.expect(200);
}

#[tokio::test]
async fn deliver_leaves_a_delivery_of_a_newer_version() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let events = ["connection.created"];
    world
        .subscribe(json!({"url": receiver.url, "events": events}))
        .await;
    let event = json!({"type": "connection.created"});
    let published = world.call("POST", "/v1/events", Some(event)).await;
    published.expect(201);
    let app = deliver::App::new(world.environment_at("deliver", &world.clock));
    run_delivery_batch(&world, &app).await;
    let deliveries = world.deliveries().await;
    let record = Record::of_delivery(deliveries[0]["id"].as_str().unwrap());
    record.set_version(&world, 2).await;
    let before = record.read(&world).await;

    let proxy = FaultProxy::new(&world, |_, _| Fault::Pass).await;
    let app = deliver::App::new(proxy.environment(&world, "deliver"));
    let messages = receive_from(&world, DELIVERIES).await;
    assert_eq!(messages.len(), 1);
    let deadline = world.clock.now().plus_secs(60);
    let answer = deliver::handle(&app, batch(&messages), deadline).await;
    let retried = answer["batchItemFailures"].as_array().unwrap();
    assert_eq!(retried.len(), 1, "{answer}");
    assert_eq!(proxy.calls(), ["GetItem"]);
    assert_eq!(record.read(&world).await, before);
    assert!(receiver.taken().is_empty());

    record.set_version(&world, 1).await;
    recover(&world).await;
    assert_eq!(world.deliveries().await[0]["status"], "delivered");
}
