//! The functions that workflows call by name: `aws.*` through the worker's own clients, against fake services.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod lambda;
mod messages;
mod states;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::World;
use tests::crash::{ask, run_batch};
use tests::services::{ServiceAnswer, ServiceCall, Services};

const LAMBDA: &str = "arn:aws:lambda:eu-central-1:000000000000:function:orders";
const MACHINE: &str = "arn:aws:states:eu-central-1:000000000000:stateMachine:nightly";
const BUS: &str = "arn:aws:events:eu-central-1:000000000000:event-bus/default";

fn document(tasks: Value) -> Value {
    json!({
        "document": {"dsl": "1.0.0", "namespace": "tests", "name": "f", "version": "1.0.0"},
        "do": tasks,
    })
}

fn call(function: &str, with: Value) -> Value {
    document(json!([{"ask": {"call": function, "with": with}}]))
}

fn own(_: usize, _: &ServiceCall) -> Option<ServiceAnswer> {
    None
}

/// A stack, a worker in it that may call `callable`, and the fake services that it calls.
struct Scene {
    world: World,
    services: Services,
    worker: worker::App,
}

impl Scene {
    async fn new(
        callable: &str,
        plan: impl Fn(usize, &ServiceCall) -> Option<ServiceAnswer> + Send + Sync + 'static,
    ) -> Self {
        Self::with(callable, BTreeMap::new(), plan).await
    }

    /// The same with environment variables that differ from the template's.
    async fn with(
        callable: &str,
        other: BTreeMap<String, String>,
        plan: impl Fn(usize, &ServiceCall) -> Option<ServiceAnswer> + Send + Sync + 'static,
    ) -> Self {
        let world = World::new().await;
        let services = Services::new(plan).await;
        let mut settings = world.settings("worker");
        settings.variables.extend(other);
        let worker = services.worker(settings, callable);
        Self {
            world,
            services,
            worker,
        }
    }

    async fn start(&self, definition: Value, event: Value) -> String {
        let hook = self.world.hook(definition, json!({})).await;
        let accepted = self.world.post(&hook, &[], &event).await.expect(200);
        run_batch(&self.world, &self.worker).await;
        accepted["executionId"].as_str().unwrap().to_owned()
    }

    /// Runs the workflow, and returns the execution as the history API shows it.
    async fn run(&self, definition: Value) -> Value {
        let id = self.start(definition, json!({})).await;
        self.world.execution(&id).await
    }

    fn operations(&self) -> Vec<String> {
        let asked = self.services.asked();
        asked.into_iter().map(|asked| asked.operation).collect()
    }
}

/// Checks that the execution failed with that standard error of the DSL.
fn assert_error(execution: &Value, kind: &str, status: u16, detail: &str) {
    let error = &execution["error"];
    assert_eq!(execution["status"], "failed", "{execution}");
    let suffix = format!("/errors/{kind}");
    assert!(
        error["type"].as_str().unwrap().ends_with(&suffix),
        "{error}"
    );
    assert_eq!(error["status"], status, "{error}");
    assert!(
        error["detail"].as_str().unwrap().contains(detail),
        "{error}"
    );
    assert_eq!(error["instance"], "/do/0/ask", "{error}");
}

#[tokio::test]
async fn a_resource_that_the_operator_has_not_listed_is_not_called() {
    let scene = Scene::new("", own).await;
    let queues = &scene.world.stack.variables("worker")["AWS_ENDPOINT_URL_SQS"];
    let entry = json!({"source": "a", "detailType": "b", "detail": {}});
    for (function, with) in [
        ("aws.lambda", json!({"functionName": "orders"})),
        ("aws.states", json!({"stateMachineArn": MACHINE})),
        (
            "aws.sqs",
            json!({"queueUrl": format!("{queues}/000000000000/orders"), "body": "x"}),
        ),
        ("aws.events", json!({"entries": [entry]})),
    ] {
        let execution = scene.run(call(function, with)).await;
        assert_error(&execution, "authorization", 403, "its operator can add it");
    }
    assert_eq!(scene.operations(), [""; 0]);
}

#[tokio::test]
async fn resources_of_sluice_itself_are_not_called_even_if_listed() {
    let scene = Scene::new("*", own).await;
    let queue = &scene.world.stack.variables("worker")["EXECUTIONS_QUEUE_URL"];
    for (function, with) in [
        (
            "aws.lambda",
            json!({"functionName": "sluice-WorkerFunction-1"}),
        ),
        ("aws.sqs", json!({"queueUrl": queue, "body": "x"})),
    ] {
        let execution = scene.run(call(function, with)).await;
        assert_error(&execution, "authorization", 403, "Sluice itself");
    }
    assert_eq!(scene.operations(), [""; 0]);
}

#[tokio::test]
async fn the_error_names_an_argument_of_the_wrong_type() {
    let scene = Scene::new("*", own).await;
    let large = "x".repeat(65_536);
    for (function, with, detail) in [
        ("aws.lambda", json!({"functionName": 7}), "`functionName`"),
        (
            "aws.lambda",
            json!({"functionName": "a b"}),
            "neither a function's name",
        ),
        (
            "aws.states",
            json!({"stateMachineArn": LAMBDA}),
            "is not the ARN of a state machine",
        ),
        (
            "aws.events",
            json!({"entries": [{"source": "a"}]}),
            "`entries[0]`",
        ),
        (
            "aws.events",
            json!({"entries": []}),
            "`entries`: there must be 1 to 10",
        ),
        (
            "records.put",
            json!({"table": "a b", "key": "k", "item": {}}),
            "`table`",
        ),
        (
            "records.put",
            json!({"table": "t", "key": "", "item": {}}),
            "`key`",
        ),
        (
            "records.put",
            json!({"table": "t", "key": "k", "item": []}),
            "`item`",
        ),
        (
            "records.query",
            json!({"table": "t", "limit": 101}),
            "`limit`",
        ),
        (
            "records.query",
            json!({"table": "t", "cursor": "§"}),
            "`cursor`",
        ),
    ] {
        let execution = scene.run(call(function, with)).await;
        assert_error(&execution, "validation", 400, detail);
    }
    let with = json!({"table": "t", "key": "k", "item": {"large": large}});
    let execution = scene.run(call("records.put", with)).await;
    assert_error(&execution, "validation", 413, "65536");
    assert_eq!(scene.operations(), [""; 0]);
}
