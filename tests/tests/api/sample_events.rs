//! Every event in `events/` gets the answer in the file beside it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::path::PathBuf;

use serde_json::{Value, json};
use tests::{Hook, World, echoes_the_event};

use crate::sample_requests;

const WEBHOOKS: [&str; 11] = [
    "github-push",
    "stripe-event",
    "slack-form",
    "get-query",
    "text",
    "binary-base64",
    "rest-v1",
    "function-url",
    "uptime-alert",
    "order-paid",
    "stock-count",
];
/// For webhooks of HAP, with their hook id in the path.
const HAP_WEBHOOKS: [&str; 2] = ["hap-get", "hap-post"];
/// Requests to the API, with the function that serves each.
const REQUESTS: [(&str, &str); 8] = [
    ("create-workflow", "register"),
    ("refold-webhook", "register"),
    ("copyai-webhook", "register"),
    ("set-sample", "register"),
    ("list-executions", "history"),
    ("replays", "history"),
    ("upload-files", "files"),
    ("announce-file", "files"),
];
const REFLY_RUN: &str = "refly-run";
const BATCH: &str = "sqs-batch-one-malformed";
const DELIVERIES: &str = "sqs-deliveries-one-malformed";
const TICK: &str = "schedule-sweep";
const NO_ROUTE: &str = "no-route";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../events")
}

pub(crate) fn read(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap()
}

pub(crate) fn expected(name: &str) -> Value {
    serde_json::from_str(&read(&format!("{name}.expected.json"))).unwrap()
}

/// The event for this hook.
fn event(name: &str, hook: &Hook) -> Value {
    let token = hook.path.split("token=").nth(1).unwrap();
    let event = read(&format!("{name}.json"))
        .replace("wf_00000000000000000000000000", &hook.workflow)
        .replace("demo-token", token);
    serde_json::from_str(&event).unwrap()
}

fn assert_like(found: &Value, expected: &Value) {
    assert!(!differs(found, expected), "{found}\nis not\n{expected}");
}

/// Whether an answer is not the expected one, in which `"<any>"` stands for any string or number.
pub(crate) fn differs(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (found, Value::String(any)) if any == "<any>" => !found.is_string() && !found.is_number(),
        (Value::Array(found), Value::Array(expected)) => {
            found.len() != expected.len()
                || found
                    .iter()
                    .zip(expected)
                    .any(|(found, expected)| differs(found, expected))
        }
        (Value::Object(found), Value::Object(expected)) => {
            !found.keys().eq(expected.keys())
                || expected
                    .iter()
                    .any(|(name, value)| differs(&found[name], value))
        }
        _ => found != expected,
    }
}

#[tokio::test]
async fn every_webhook_event_is_accepted_and_runs() {
    let world = World::new().await;
    let settings = json!({"methods": ["GET", "POST"]});
    let hook = world.hook(echoes_the_event(), settings).await;
    for name in WEBHOOKS {
        let expected = expected(name);
        let answer = world.stack.invoke("trigger", event(name, &hook)).await;
        let answer = answer.unwrap();
        assert_eq!(answer["statusCode"], expected["status"], "{name}: {answer}");
        let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        assert_like(&body, &expected["body"]);
        world.run().await;
        let execution = world.execution(body["executionId"].as_str().unwrap()).await;
        assert_eq!(execution["status"], "succeeded", "{name}: {execution}");
        let token = hook.path.split("token=").nth(1).unwrap();
        assert!(
            !execution.to_string().contains(token),
            "{name}: {execution}"
        );
    }
}

#[tokio::test]
async fn every_webhook_event_of_hap_is_accepted_and_runs() {
    let world = World::new().await;
    let hook = world
        .hook(echoes_the_event(), json!({"profile": "hap"}))
        .await;
    let hook_id = hook.path.rsplit('/').next().unwrap();
    for name in HAP_WEBHOOKS {
        let expected = expected(name);
        let event = read(&format!("{name}.json")).replace("demo-hook-id", hook_id);
        let event = serde_json::from_str(&event).unwrap();
        let answer = world.stack.invoke("trigger", event).await.unwrap();
        assert_eq!(answer["statusCode"], expected["status"], "{name}: {answer}");
        let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        assert_like(&body, &expected["body"]);
        world.run().await;
        let execution = body["data"]["instanceId"].as_str().unwrap();
        let execution = world.execution(execution).await;
        assert_eq!(execution["status"], "succeeded", "{name}: {execution}");
    }
}

#[tokio::test]
async fn every_request_to_the_api_is_answered_as_expected() {
    for (name, function) in REQUESTS {
        let world = World::new().await;
        let hook = world.hook(echoes_the_event(), json!({})).await;
        world.post(&hook, &[], &json!({})).await.expect(200);
        world.run().await;
        let event = read(&format!("{name}.json"))
            .replace("demo-key", &world.key)
            .replace("wf_00000000000000000000000000", &hook.workflow)
            .replace("trg_00000000000000000000000000", &hook.trigger);
        let event = serde_json::from_str(&event).unwrap();
        let answer = world.stack.invoke(function, event).await.unwrap();
        let expected = expected(name);
        assert_eq!(answer["statusCode"], expected["status"], "{name}: {answer}");
        let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        assert_like(&body, &expected["body"]);
    }
}

#[tokio::test]
async fn a_run_of_a_refly_webhook_is_received() {
    let world = World::new().await;
    let settings = json!({"profile": "refly"});
    let hook = world.hook(echoes_the_event(), settings).await;
    let hook_id = hook.path.split('/').nth(4).unwrap();
    let event = read(&format!("{REFLY_RUN}.json"));
    let event = event.replace("wh_00000000000000000000000000000000", hook_id);
    let event = serde_json::from_str(&event).unwrap();
    let answer = world.stack.invoke("trigger", event).await.unwrap();
    let expected = expected(REFLY_RUN);
    assert_eq!(answer["statusCode"], expected["status"], "{answer}");
    let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!(body, expected["body"]);
}

#[tokio::test]
async fn a_method_that_a_path_does_not_have_is_answered_by_trigger() {
    let world = World::new().await;
    let event = serde_json::from_str(&read(&format!("{NO_ROUTE}.json"))).unwrap();
    let answer = world.stack.invoke("trigger", event).await.unwrap();
    let expected = expected(NO_ROUTE);
    assert_eq!(answer["statusCode"], expected["status"], "{answer}");
    assert_eq!(answer["headers"]["allow"], "POST, GET");
    let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_like(&body, &expected["body"]);
}

#[tokio::test]
async fn a_malformed_message_fails_alone() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let accepted = world.post(&hook, &[], &json!({})).await.expect(200);
    let id = accepted["executionId"].as_str().unwrap();
    let event = read(&format!("{BATCH}.json")).replace("exe_11111111111111111111111111", id);
    let event = serde_json::from_str(&event).unwrap();
    let answer = world.stack.invoke("worker", event).await.unwrap();
    assert_eq!(answer, expected(BATCH));
    assert_eq!(world.execution(id).await["status"], "succeeded");
}

#[tokio::test]
async fn a_malformed_message_about_a_delivery_fails_alone() {
    let world = World::new().await;
    let event = serde_json::from_str(&read(&format!("{DELIVERIES}.json"))).unwrap();
    let answer = world.stack.invoke("deliver", event).await.unwrap();
    assert_eq!(answer, expected(DELIVERIES));
}

#[tokio::test]
async fn a_tick_finds_nothing_to_do_where_nothing_is_overdue() {
    let world = World::new().await;
    let event = serde_json::from_str(&read(&format!("{TICK}.json"))).unwrap();
    let answer = world.stack.invoke("sweep", event).await.unwrap();
    assert_like(&answer, &expected(TICK));
}

#[test]
fn every_event_is_sent_by_a_test_and_listed_in_the_readme() {
    let readme = read("README.md");
    for file in std::fs::read_dir(folder()).unwrap() {
        let file = file.unwrap().file_name().into_string().unwrap();
        let Some(name) = file
            .strip_suffix(".json")
            .filter(|name| !name.contains('.'))
        else {
            continue;
        };
        assert!(
            WEBHOOKS.contains(&name)
                || HAP_WEBHOOKS.contains(&name)
                || REQUESTS.iter().any(|(request, _)| *request == name)
                || sample_requests::sends(name)
                || [REFLY_RUN, BATCH, DELIVERIES, TICK, NO_ROUTE].contains(&name),
            "{name} is not sent"
        );
        assert!(
            readme.contains(&format!("\n| `{name}` |")),
            "{name} is not listed"
        );
    }
}

#[test]
fn the_body_for_curl_is_the_body_of_the_event() {
    let event: Value = serde_json::from_str(&read("github-push.json")).unwrap();
    assert_eq!(
        event["body"].as_str().unwrap(),
        read("github-push.body.json")
    );
}
