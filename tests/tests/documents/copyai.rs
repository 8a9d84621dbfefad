//! "Register Webhook" of copy.ai: the copyai profile.

use serde_json::{Value, json};
use tests::receiver::Receiver;
use tests::{Answer, World, echoes_the_event, fails};

use crate::expected::{Pattern, status};
use crate::report::Report;

const ROUTE: &str = "/api/webhook";
const REQUEST: &str = r#"{
  "url": "<https://mywebsite.com/webhook>",
  "eventType": "workflowRun.completed",
  "workflowId": "<my-workflow-id>"
}"#;
const RESPONSE: &str = r#"{
  "status": "success",
  "data": {
    "id": "<id of webhook>",
    "url": "<https://mywebsite.com/webhook>",
    "eventType": "workflowRun.completed",
    "workflowId": "<my-workflow-id>"
  }
}"#;
/// "example1".
const WITHOUT_WORKFLOW: &str = r#"{
  "url": "https://mywebsite.com/webhook",
  "eventType": "workflowRun.completed",
  "workflowId": ""
}"#;
/// Its answer, whose `id` is printed empty.
const OF_EVERY_WORKFLOW: &str = r#"{
  "status": "success",
  "data": {
    "id": "<id of webhook>",
    "url": "https://mywebsite.com/webhook",
    "eventType": "workflowRun.completed",
    "workflowId": ""
  }
}"#;
const DETAILS: &str = "(details)";
const CODE: &str = "(errorCode)";

#[tokio::test]
async fn every_example_of_register_webhook_is_answered_as_printed() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let mut report = Report::of("Register Webhook (copy.ai)");
    report.substitute(
        "<https://mywebsite.com/webhook>",
        "https://127.0.0.1/webhook",
    );
    report.substitute("https://mywebsite.com", "https://127.0.0.1");
    report.substitute("<my-workflow-id>", hook.workflow);
    report.stands_for("<id of webhook>", Pattern::Id("sub_"));
    report.stands_for(CODE, Pattern::Text);
    report.stands_for(DETAILS, Pattern::Object);
    examples(&mut report, &world).await;
    event_types(&mut report, &world).await;
    errors(&mut report, &world).await;
    deliveries(&mut report).await;
    credit_limit(&mut report).await;
    report.finish();
}

async fn register(world: &World, body: impl Into<String>) -> Answer {
    let headers = [
        ("x-copy-ai-api-key", world.key.as_str()),
        ("content-type", "application/json"),
    ];
    world.send("POST", ROUTE, &headers, body.into()).await
}

async fn examples(report: &mut Report, world: &World) {
    let made = register(world, report.substituted(REQUEST)).await;
    let expected = status(200).prints(&report.substituted(RESPONSE));
    report.answer("POST /webhook", &expected, &made);
    let made = register(world, report.substituted(WITHOUT_WORKFLOW)).await;
    let expected = status(200).prints(&report.substituted(OF_EVERY_WORKFLOW));
    report.answer("example1, an empty workflowId", &expected, &made);
}

fn with(report: &Report, name: &str, value: Value) -> String {
    let mut body: Value = serde_json::from_str(&report.substituted(REQUEST)).unwrap();
    body[name] = value;
    body.to_string()
}

async fn event_types(report: &mut Report, world: &World) {
    for name in [
        "workflowRun.started",
        "workflowRun.completed",
        "workflowRun.failed",
        "workflowCreditLimit.reached",
    ] {
        let made = register(world, with(report, "eventType", json!(name))).await;
        let got = made.json()["data"]["eventType"].clone();
        report.answer(&format!("eventType {name}"), &status(200), &made);
        report.statement("the answer names it", name, got);
    }
}

async fn errors(report: &mut Report, world: &World) {
    let without_details = |code: u16| {
        let body = json!({"status": "error", "errorCode": CODE});
        status(code).prints(&body.to_string())
    };
    let unreadable = register(world, "{").await;
    report.answer("400, not JSON", &without_details(400), &unreadable);
    let private = with(report, "url", json!("https://10.0.0.1/webhook"));
    let example = "400, a URL that is never called";
    let refused = register(world, private).await;
    report.answer(example, &without_details(400), &refused);
    for id in ["<my-workflow-id>", "wf_00000000000000000000000000"] {
        let missing = register(world, with(report, "workflowId", json!(id))).await;
        let expected = json!({"status": "error", "errorCode": "NOT_FOUND"}).to_string();
        let example = format!("404, workflowId {id}");
        report.answer(&example, &status(404).prints(&expected), &missing);
    }
    let body = json!({"status": "error", "errorCode": CODE, "details": DETAILS});
    let invalid = status(422).prints(&body.to_string());
    for (example, name, value) in [
        ("422, no url", "url", Value::Null),
        ("422, a url that is none", "url", json!("mywebsite")),
        ("422, no eventType", "eventType", Value::Null),
        (
            "422, an eventType that is not listed",
            "eventType",
            json!("workflowRun.paused"),
        ),
        (
            "422, a workflowId that is no string",
            "workflowId",
            json!(7),
        ),
    ] {
        let refused = register(world, with(report, name, value)).await;
        report.answer(example, &invalid, &refused);
    }
    let body = report.substituted(REQUEST);
    let without_key = world.send("POST", ROUTE, &[], body).await;
    let example = "x-copy-ai-api-key is required";
    report.answer(example, &without_details(401), &without_key);
}

/// The note below the response: without a workflow id, events of all workflows; and what the table says of each event.
async fn deliveries(report: &mut Report) {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let works = world.hook(echoes_the_event(), json!({})).await;
    let breaks = world.hook(fails(), json!({})).await;
    for event in ["started", "completed", "failed"] {
        let body = json!({"url": receiver.url, "eventType": format!("workflowRun.{event}")});
        register(&world, body.to_string()).await.expect(200);
    }
    let event = json!({"metadata": {"order": 7}});
    for hook in [&works, &breaks] {
        world.post(hook, &[], &event).await.expect(200);
    }
    world.run().await;
    let sent: Vec<Value> = receiver.taken().iter().map(|one| one.json()).collect();
    let count = |kind: &str, workflow: &str| {
        let is_it = |one: &&Value| one["type"] == kind && one["workflowId"] == workflow;
        sent.iter().filter(is_it).count()
    };
    let (works, breaks) = (works.workflow.as_str(), breaks.workflow.as_str());
    for (sentence, kind, workflow) in [
        ("started: any workflow", "workflowRun.started", works),
        ("started: any other workflow", "workflowRun.started", breaks),
        ("completed", "workflowRun.completed", works),
        ("failed", "workflowRun.failed", breaks),
    ] {
        report.statement(sentence, 1, count(kind, workflow));
    }
    let completed = sent
        .iter()
        .find(|one| one["type"] == "workflowRun.completed");
    let metadata = completed.map(|one| one["metadata"].clone());
    report.statement(
        "metadata is the sender's",
        event["metadata"].clone(),
        metadata.unwrap_or_default(),
    );
}

async fn credit_limit(report: &mut Report) {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let reached = "workflowCreditLimit.reached";
    let body = json!({"url": receiver.url, "eventType": reached});
    register(&world, body.to_string()).await.expect(200);
    world.set_credits(1).await;
    for _ in 0..3 {
        world.post(&hook, &[], &json!({})).await;
        world.clock.advance(5_000);
    }
    tests::crash::recover(&world).await;
    let sent: Vec<Value> = receiver
        .taken()
        .iter()
        .map(|one| one.json()["type"].clone())
        .collect();
    report.statement(
        "the workspace reaches the credit limit",
        json!([reached]),
        sent,
    );
}
