//! Every event in `events/` gets the answer that lies beside it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::path::PathBuf;

use serde_json::{Value, json};
use tests::{Hook, World, echoes_the_event};

const EVENTS: [(&str, &str); 8] = [
    ("github-push", "trigger"),
    ("stripe-event", "trigger"),
    ("slack-form", "trigger"),
    ("get-query", "trigger"),
    ("text", "trigger"),
    ("binary-base64", "trigger"),
    ("rest-v1", "trigger"),
    ("function-url", "trigger"),
];

fn read(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../events");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// The event for this hook, and what to expect.
fn event(name: &str, hook: &Hook) -> (Value, Value) {
    let token = hook.path.split("token=").nth(1).unwrap();
    let event = read(&format!("{name}.json"))
        .replace("wf_00000000000000000000000000", &hook.workflow)
        .replace("demo-token", token);
    let expected = read(&format!("{name}.expected.json"));
    (
        serde_json::from_str(&event).unwrap(),
        serde_json::from_str(&expected).unwrap(),
    )
}

fn assert_like(found: &Value, expected: &Value) {
    match (found, expected) {
        (Value::String(_), Value::String(any)) if any == "<any>" => {}
        (Value::Object(found), Value::Object(expected)) => {
            let names = |fields: &serde_json::Map<_, _>| fields.keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(found), names(expected));
            for (name, value) in expected {
                assert_like(&found[name], value);
            }
        }
        _ => assert_eq!(found, expected),
    }
}

#[tokio::test]
async fn every_webhook_event_is_accepted_and_runs() {
    let world = World::new().await;
    let settings = json!({"methods": ["GET", "POST"]});
    let hook = world.hook(echoes_the_event(), settings).await;
    for (name, function) in EVENTS {
        let (event, expected) = event(name, &hook);
        let answer = world.stack.invoke(function, event).await.unwrap();
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
async fn a_malformed_message_fails_alone() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let accepted = world.post(&hook, &[], &json!({})).await.expect(200);
    let id = accepted["executionId"].as_str().unwrap();
    let name = "sqs-batch-one-malformed";
    let event = read(&format!("{name}.json")).replace("exe_11111111111111111111111111", id);
    let expected: Value = serde_json::from_str(&read(&format!("{name}.expected.json"))).unwrap();
    let event = serde_json::from_str(&event).unwrap();
    assert_eq!(world.stack.invoke("worker", event).await.unwrap(), expected);
    assert_eq!(world.execution(id).await["status"], "succeeded");
}

#[test]
fn the_body_for_curl_is_the_body_of_the_event() {
    let event: Value = serde_json::from_str(&read("github-push.json")).unwrap();
    assert_eq!(
        event["body"].as_str().unwrap(),
        read("github-push.body.json")
    );
}
