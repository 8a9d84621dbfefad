//! The functions that workflows call by name: `aws.*` through the worker's own clients, against fake services.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::World;
use tests::crash::{ask, run_batch};
use tests::services::{Asked, Services, Told};

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

fn own(_: usize, _: &Asked) -> Option<Told> {
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
        plan: impl Fn(usize, &Asked) -> Option<Told> + Send + Sync + 'static,
    ) -> Self {
        Self::with(callable, BTreeMap::new(), plan).await
    }

    /// The same with environment variables that differ from the template's.
    async fn with(
        callable: &str,
        other: BTreeMap<String, String>,
        plan: impl Fn(usize, &Asked) -> Option<Told> + Send + Sync + 'static,
    ) -> Self {
        let world = World::new().await;
        let services = Services::new(plan).await;
        let mut variables = world.stack.variables("worker");
        variables.extend(other);
        let worker = services.worker(&world, variables, callable);
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
async fn a_function_is_invoked_with_its_payload_and_its_response_is_the_output() {
    let scene = Scene::new(&format!("{LAMBDA}:live,{LAMBDA}"), |_, asked| {
        Some(Told::ok(json!({"seen": asked.body["n"]})))
    })
    .await;
    let payload = json!({"n": "${ .n }"});
    let with = json!({"functionName": "orders", "qualifier": "live", "payload": payload});
    let id = scene.start(call("aws.lambda", with), json!({"n": 7})).await;
    let execution = scene.world.execution(&id).await;
    assert_eq!(execution["status"], "succeeded", "{execution}");
    assert_eq!(execution["output"], json!({"seen": 7}));
    assert_eq!(execution["steps"][0]["type"], "call:aws.lambda");
    let asked = &scene.services.asked()[0];
    assert!(asked.path.contains(&format!("{LAMBDA}:live")), "{asked:?}");
    assert_eq!(asked.headers["x-amz-invocation-type"], "RequestResponse");
    assert!(asked.headers.contains_key("x-amz-client-context"));
    let with = json!({"functionName": LAMBDA, "invocationType": "Event"});
    let execution = scene.run(call("aws.lambda", with)).await;
    assert_eq!(
        execution["output"],
        json!({"accepted": true}),
        "{execution}"
    );
    let asked = &scene.services.asked()[1];
    assert_eq!(asked.headers["x-amz-invocation-type"], "Event");
}

#[tokio::test]
async fn the_error_of_a_failed_function_becomes_the_tasks_error() {
    let scene = Scene::new(LAMBDA, |_, _| {
        let body =
            json!({"errorType": "NoStock", "errorMessage": "none left", "stackTrace": ["x"]});
        Some(Told {
            headers: vec![("x-amz-function-error", "Unhandled")],
            ..Told::ok(body)
        })
    })
    .await;
    let execution = scene
        .run(call("aws.lambda", json!({"functionName": "orders"})))
        .await;
    assert_error(&execution, "runtime", 500, "NoStock: none left");
    assert!(!execution.to_string().contains("stackTrace"), "{execution}");
}

#[tokio::test]
async fn a_throttled_call_is_retried_as_the_document_says() {
    let scene = Scene::new(LAMBDA, |number, _| {
        // As many throttled responses as the client itself retries.
        (number <= 3).then(|| Told::error(429, "TooManyRequestsException"))
    })
    .await;
    let definition = document(json!([{"attempt": {
        "try": [{"ask": {"call": "aws.lambda", "with": {"functionName": "orders", "payload": 1}}}],
        "catch": {
            "errors": {"with": {"status": 429}},
            "retry": {"delay": {"seconds": 30}, "limit": {"attempt": {"count": 2}}}
        }
    }}]));
    let id = scene.start(definition, json!({})).await;
    assert_eq!(scene.world.execution(&id).await["status"], "waiting");
    scene.world.clock.advance(30_000);
    run_batch(&scene.world, &scene.worker).await;
    let execution = scene.world.execution(&id).await;
    assert_eq!(execution["status"], "succeeded", "{execution}");
    assert_eq!(execution["output"], 1);
    let keys: Vec<String> = scene
        .services
        .asked()
        .iter()
        .map(|asked| asked.headers["x-amz-client-context"].clone())
        .collect();
    assert_eq!(keys.len(), 4);
}

#[tokio::test]
async fn an_error_response_of_a_service_becomes_an_error_with_its_status() {
    for (status, code, expected) in [
        (404, "ResourceNotFoundException", 404),
        (403, "AccessDeniedException", 403),
        (500, "ServiceException", 500),
    ] {
        let scene = Scene::new(LAMBDA, move |_, _| Some(Told::error(status, code))).await;
        let execution = scene
            .run(call("aws.lambda", json!({"functionName": "orders"})))
            .await;
        assert_error(&execution, "communication", expected, code);
    }
}

#[tokio::test]
async fn a_state_machine_is_started_once_and_no_worker_is_held_while_it_runs() {
    let scene = Scene::new(MACHINE, own).await;
    let with = json!({"stateMachineArn": MACHINE, "input": {"day": "${ .day }"}});
    let id = scene
        .start(call("aws.states", with), json!({"day": 3}))
        .await;
    assert_eq!(scene.world.execution(&id).await["status"], "waiting");
    let started = ["DescribeExecution", "StartExecution"];
    assert_eq!(scene.operations(), started);
    let start = &scene.services.asked()[1].body;
    assert_eq!(start["input"], r#"{"day":3}"#);
    assert!(start["name"].as_str().unwrap().contains(&id), "{start}");
    for _ in 0..3 {
        scene.world.clock.advance(600_000);
        run_batch(&scene.world, &scene.worker).await;
    }
    assert_eq!(scene.world.execution(&id).await["status"], "waiting");
    scene
        .services
        .end_executions(&json!({"status": "SUCCEEDED", "output": r#"{"done":true}"#}));
    scene.world.clock.advance(900_000);
    run_batch(&scene.world, &scene.worker).await;
    let execution = scene.world.execution(&id).await;
    assert_eq!(execution["status"], "succeeded", "{execution}");
    assert_eq!(execution["output"], json!({"done": true}));
    let starts = scene.operations();
    let starts = starts.iter().filter(|name| *name == "StartExecution");
    assert_eq!(starts.count(), 1);
}

/// The message that the template's EventBridge rule makes from an event.
fn message_of(event: &Value) -> String {
    let template = include_str!("../../../infra/template.yaml");
    let line = |name: &str| {
        let found = template
            .lines()
            .find_map(|line| line.trim().strip_prefix(name));
        found.unwrap().trim_matches('\'')
    };
    assert_eq!(line("InputPathsMap: "), "{ name: $.detail.name }");
    let name = event["detail"]["name"].to_string();
    line("InputTemplate: ").replace("<name>", &name)
}

#[tokio::test]
async fn the_end_of_a_state_machine_wakes_the_execution_at_once() {
    let scene = Scene::new(MACHINE, own).await;
    let with = json!({"stateMachineArn": MACHINE});
    let id = scene.start(call("aws.states", with), json!({})).await;
    let ending = json!({"status": "SUCCEEDED", "output": r#"{"done":true}"#});
    scene.services.end_executions(&ending);
    let event = json!({
        "source": "aws.states",
        "detail-type": "Step Functions Execution Status Change",
        "detail": {"name": scene.services.asked()[1].body["name"], "status": "SUCCEEDED"},
    });
    let body = json!({"MessageBody": message_of(&event)});
    for _ in 0..2 {
        // The same event twice, because EventBridge delivers at least once.
        ask(&scene.world, "SendMessage", body.clone()).await;
        run_batch(&scene.world, &scene.worker).await;
        let execution = scene.world.execution(&id).await;
        assert_eq!(execution["status"], "succeeded", "{execution}");
        assert_eq!(execution["output"], json!({"done": true}));
    }
}

#[tokio::test]
async fn a_state_machine_that_does_not_succeed_fails_the_task_with_its_cause() {
    for (status, kind, code) in [
        ("FAILED", "runtime", 500),
        ("ABORTED", "runtime", 500),
        ("TIMED_OUT", "timeout", 408),
    ] {
        let scene = Scene::new(MACHINE, own).await;
        let with = json!({"stateMachineArn": MACHINE});
        let id = scene.start(call("aws.states", with), json!({})).await;
        let ending = json!({"status": status, "error": "Bad.Input", "cause": "no day"});
        scene.services.end_executions(&ending);
        scene.world.clock.advance(30_000);
        run_batch(&scene.world, &scene.worker).await;
        let execution = scene.world.execution(&id).await;
        let detail = format!("{status}: Bad.Input: no day");
        assert_error(&execution, kind, code, &detail);
    }
}

#[tokio::test]
async fn a_state_machine_that_is_not_found_yet_is_not_started_twice() {
    // Step Functions may not find an execution that it has just started.
    let scene = Scene::new(MACHINE, |number, asked| {
        (asked.operation == "DescribeExecution" && number <= 3)
            .then(|| Told::error(400, "ExecutionDoesNotExist"))
    })
    .await;
    let with = json!({"stateMachineArn": MACHINE});
    let id = scene.start(call("aws.states", with), json!({})).await;
    scene.world.clock.advance(30_000);
    run_batch(&scene.world, &scene.worker).await;
    assert_eq!(scene.world.execution(&id).await["status"], "waiting");
    scene
        .services
        .end_executions(&json!({"status": "SUCCEEDED", "output": "1"}));
    scene.world.clock.advance(30_000);
    run_batch(&scene.world, &scene.worker).await;
    let execution = scene.world.execution(&id).await;
    assert_eq!(execution["status"], "succeeded", "{execution}");
}

#[tokio::test]
async fn a_message_is_sent_to_a_queue_of_this_region_and_to_no_other_host() {
    // Under another stack's name, the local queues do not count as Sluice's own.
    let stranger = BTreeMap::from([("STACK_NAME".to_owned(), "other".to_owned())]);
    let letters = "arn:aws:sqs:eu-central-1:000000000000:sluice-ExecutionsDeadLetters";
    let scene = Scene::with(letters, stranger, own).await;
    let variables = scene.world.stack.variables("worker");
    let endpoint = &variables["AWS_ENDPOINT_URL_SQS"];
    let url = format!("{endpoint}/000000000000/sluice-ExecutionsDeadLetters");
    let with = json!({"queueUrl": url, "body": {"n": 1}, "attributes": {"kind": "order"}});
    let execution = scene.run(call("aws.sqs", with)).await;
    assert_eq!(execution["status"], "succeeded", "{execution}");
    assert!(execution["output"]["messageId"].is_string(), "{execution}");
    let receive = json!({"QueueUrl": url, "MessageAttributeNames": ["All"]});
    let received =
        tests::wire::ask(endpoint, "AmazonSQS.ReceiveMessage", receive.to_string()).await;
    let message = &received["Messages"][0];
    assert_eq!(message["Body"], r#"{"n":1}"#, "{received}");
    assert_eq!(message["MessageAttributes"]["kind"]["StringValue"], "order");
    for elsewhere in [
        "https://evil.example/000000000000/sluice-ExecutionsDeadLetters".to_owned(),
        format!("{endpoint}@evil.example/000000000000/sluice-ExecutionsDeadLetters"),
        format!("{endpoint}.evil.example/000000000000/x"),
        format!("{url}/../x"),
        format!("{url}?Action=DeleteQueue"),
        "sluice-ExecutionsDeadLetters".to_owned(),
    ] {
        let with = json!({"queueUrl": elsewhere, "body": "x"});
        let execution = scene.run(call("aws.sqs", with)).await;
        assert_error(&execution, "validation", 400, "is not the URL of a queue");
    }
}

#[tokio::test]
async fn only_the_refused_entries_of_a_put_events_request_are_sent_again() {
    let scene = Scene::new(BUS, |number, _| {
        (number == 1).then(|| {
            let refused = json!({"ErrorCode": "ThrottlingException", "ErrorMessage": "slowly"});
            let entries = json!([{"EventId": "first"}, refused]);
            Told::ok(json!({"FailedEntryCount": 1, "Entries": entries}))
        })
    })
    .await;
    let entry = |n: u32| json!({"source": "shop", "detailType": "Order", "detail": {"n": n}});
    let with = json!({"entries": [entry(1), entry(2)]});
    let execution = scene.run(call("aws.events", with)).await;
    let ids = json!({"entries": [{"eventId": "first"}, {"eventId": "event-1"}]});
    assert_eq!(execution["output"], ids, "{execution}");
    let again = &scene.services.asked()[1].body["Entries"];
    assert_eq!(again.as_array().unwrap().len(), 1);
    assert_eq!(again[0]["Detail"], r#"{"n":2}"#);
    assert_eq!(again[0]["EventBusName"], BUS);
}

#[tokio::test]
async fn entries_that_stay_refused_fail_the_task() {
    for (code, calls, kind_status) in [("ThrottlingException", 3, 429), ("MalformedDetail", 1, 400)]
    {
        let scene = Scene::new(BUS, move |_, _| {
            let refused = json!({"ErrorCode": code, "ErrorMessage": "no"});
            Some(Told::ok(
                json!({"FailedEntryCount": 1, "Entries": [refused]}),
            ))
        })
        .await;
        let entry = json!({"source": "shop", "detailType": "Order", "detail": {}});
        let execution = scene
            .run(call("aws.events", json!({"entries": [entry]})))
            .await;
        assert_error(&execution, "communication", kind_status, code);
        assert_eq!(scene.operations().len(), calls);
    }
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
