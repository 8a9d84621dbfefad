//! The cost that an execution shows is what DynamoDB charges for its own records, and the time that workers had it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::{Value, json};
use tests::crash::run_batch;
use tests::events::webhook;
use tests::fault_proxy::{Fault, FaultProxy};
use tests::receiver::{Receiver, Reply};
use tests::{Hook, World, echoes_the_event, fails, waits};

/// Functions whose calls are metered.
struct Metered {
    proxy: FaultProxy,
    configuration: String,
    trigger: trigger::App,
    worker: worker::App,
}

impl Metered {
    async fn new(world: &World) -> Self {
        let proxy = FaultProxy::new(world, |_, _| Fault::Meter).await;
        Self {
            trigger: trigger::App::new(proxy.environment(world, "trigger")),
            worker: worker::App::new(proxy.environment(world, "worker")),
            configuration: world.stack.variables("worker")["CONFIG_TABLE"].clone(),
            proxy,
        }
    }

    /// The id of a new execution, which is not run.
    async fn accept(&self, hook: &Hook, event: &Value) -> String {
        let accepted = trigger::handle(&self.trigger, webhook(&hook.path, &[], event)).await;
        let answer: Value = serde_json::from_slice(accepted.body()).unwrap();
        answer["executionId"].as_str().unwrap().to_owned()
    }

    /// The units of writes and of reads of single items since the last time, apart from those of the configuration, of the
    /// token bucket, of which `trigger` alone updates the item, and of what the org used, which is written in transactions.
    fn units(&self, is_trigger: bool) -> (f64, f64) {
        let bills = self.proxy.bills();
        let own = bills
            .iter()
            .filter(|bill| !(is_trigger && bill.operation == "UpdateItem"))
            .filter(|bill| bill.operation != "TransactWriteItems")
            .filter(|bill| bill.table != self.configuration);
        own.filter(|bill| bill.operation != "Query")
            .fold((0.0, 0.0), |(writes, reads), bill| {
                (writes + bill.write_units, reads + bill.read_units)
            })
    }
}

/// What an execution of this definition cost by AWS's bill and by its own account, in a container that has its
/// configuration.
async fn compared(definition: Value, event: Value, wait_ms: i64) -> ((f64, f64), (f64, f64)) {
    let world = World::new().await;
    let hook = world.hook(definition, json!({})).await;
    let metered = Metered::new(&world).await;
    let mut compared = None;
    for _ in 0..2 {
        metered.units(false);
        let id = metered.accept(&hook, &event).await;
        let accepted = metered.units(true);
        for by_ms in [1_000, wait_ms] {
            world.clock.advance(by_ms);
            run_batch(&world, &metered.worker).await;
        }
        let run = metered.units(false);
        let shown = world.execution(&id).await;
        assert_ne!(shown["finishedAt"], Value::Null, "{shown}");
        let cost = &shown["cost"];
        let own = ["writeUnits", "readUnits"].map(|name| cost[name].as_f64().unwrap());
        // Of what `trigger` reads nothing belongs to the execution.
        let billed = (accepted.0 + run.0, run.1);
        compared = Some((billed, (own[0], own[1])));
    }
    compared.unwrap()
}

#[tokio::test]
async fn the_units_of_an_execution_are_those_that_its_records_consumed() {
    let small = json!({"n": 1});
    let large =
        json!({"text": (0..9_000).map(|n: u32| n.wrapping_mul(2_654_435_761)).collect::<Vec<_>>()});
    for (what, definition, event, wait_ms) in [
        ("a short run", echoes_the_event(), small.clone(), 0),
        ("a failure", fails(), small.clone(), 0),
        ("a wait", waits(30), small, 31_000),
        ("a large event", echoes_the_event(), large, 0),
    ] {
        let (billed, own) = compared(definition, event, wait_ms).await;
        assert_eq!(own, billed, "{what}");
        assert!(own.0 > 4.0, "{what}: {own:?}");
    }
}

#[tokio::test]
async fn a_cancelled_execution_has_the_units_of_its_cancel() {
    let world = World::new().await;
    let hook = world.hook(waits(3_600), json!({})).await;
    let accepted = world.post(&hook, &[], &json!({})).await.expect(200);
    let id = accepted["executionId"].as_str().unwrap();
    let cost = async || world.execution(id).await["cost"].clone();
    let first = json!({"writeUnits": 3, "readUnits": 0, "milliseconds": 0});
    assert_eq!(cost().await, first);
    world.run().await;
    let before = cost().await["writeUnits"].as_u64().unwrap();
    let path = format!("/v1/executions/{id}/cancel");
    world.call("POST", &path, None).await.expect(200);
    assert_eq!(cost().await["writeUnits"], before + 3);
}

#[tokio::test]
async fn milliseconds_are_those_in_which_a_worker_had_the_execution() {
    let world = World::new().await;
    let clock = world.clock.clone();
    let receiver = Receiver::new(move |_, _| {
        clock.advance(250);
        Reply::Answer(200, Vec::new(), b"{}".to_vec())
    })
    .await;
    let definition = json!({
        "document": {"dsl": "1.0.0", "namespace": "tests", "name": "calls", "version": "1.0.0"},
        "do": [
            {"first": {"call": "http", "with": {"method": "get", "endpoint": receiver.url}}},
            {"rest": {"wait": {"seconds": 30}}},
            {"second": {"call": "http", "with": {"method": "get", "endpoint": receiver.url}}},
        ],
    });
    let hook = world.hook(definition, json!({})).await;
    let accepted = world.post(&hook, &[], &json!({})).await.expect(200);
    let id = accepted["executionId"].as_str().unwrap();
    world.run().await;
    world.clock.advance(30_000);
    world.run().await;
    let shown = world.execution(id).await;
    assert_eq!(shown["status"], "succeeded", "{shown}");
    assert_eq!(shown["cost"]["milliseconds"], 500);
}
