//! Events in `events/` that need a trigger of a certain kind, or something done before them: answers, conditions, captures,
//! samples, and the management of Refly's webhooks.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::{Value, json};
use tests::{Hook, World, echoes_the_event};

use crate::sample_events::{differs, expected, read};

/// An event, and what has to be there before it.
struct Sample {
    name: &'static str,
    function: &'static str,
    settings: fn() -> Value,
    before: Before,
}

/// What is done before an event is sent.
#[derive(Clone, Copy)]
enum Before {
    Nothing,
    /// The trigger has a sample.
    Sample,
    /// The trigger waits for one.
    Window,
    /// A request was captured.
    Captured,
    /// The webhook was called, and its workflow ran.
    Run,
}

const fn sample(
    name: &'static str,
    function: &'static str,
    settings: fn() -> Value,
    before: Before,
) -> Sample {
    Sample {
        name,
        function,
        settings,
        before,
    }
}

fn native() -> Value {
    json!({})
}

fn refly() -> Value {
    json!({"profile": "refly"})
}

fn fixed() -> Value {
    let body = r#"{"taken": true}"#;
    json!({"response": {"mode": "fixed", "status": 202, "contentType": "application/json", "body": body}})
}

fn when_done() -> Value {
    json!({"response": {"mode": "whenDone", "body": "${ {id: .event.order.id} }"}})
}

fn condition() -> Value {
    json!({"condition": ".order.paid"})
}

const SAMPLES: [Sample; 21] = [
    sample("fixed-answer", "trigger", fixed, Before::Nothing),
    sample("answer-when-done", "trigger", when_done, Before::Nothing),
    sample("ignored-event", "trigger", condition, Before::Nothing),
    sample("captured-event", "trigger", native, Before::Window),
    sample("show-trigger-url", "register", native, Before::Nothing),
    sample("show-sample", "register", native, Before::Sample),
    sample("delete-sample", "register", native, Before::Sample),
    sample("open-capture", "register", native, Before::Nothing),
    sample("show-capture", "register", native, Before::Captured),
    sample("confirm-capture", "register", native, Before::Captured),
    sample("close-capture", "register", native, Before::Window),
    sample("test-trigger", "history", native, Before::Sample),
    sample("show-org", "register", native, Before::Nothing),
    sample("show-org-usage", "register", native, Before::Nothing),
    sample("find-workflow", "register", native, Before::Nothing),
    sample("refly-enable", "register", native, Before::Nothing),
    sample("refly-disable", "register", refly, Before::Nothing),
    sample("refly-reset", "register", refly, Before::Nothing),
    sample("refly-update", "register", refly, Before::Nothing),
    sample("refly-config", "register", refly, Before::Nothing),
    sample("refly-history", "history", refly, Before::Run),
];

/// Whether these tests send an event.
pub(crate) fn sends(name: &str) -> bool {
    SAMPLES.iter().any(|sample| sample.name == name)
}

async fn prepare(world: &World, hook: &Hook, before: Before) {
    let trigger = format!("/v1/workflows/{}/triggers/{}", hook.workflow, hook.trigger);
    let event = json!({"order": {"id": 7, "paid": true}});
    match before {
        Before::Nothing => {}
        Before::Sample => {
            let path = format!("{trigger}/sample");
            let sample = json!({ "json": event });
            world.call("POST", &path, Some(sample)).await.expect(200);
        }
        Before::Window | Before::Captured => {
            let path = format!("{trigger}/capture");
            world.call("POST", &path, None).await.expect(200);
            world.clock.advance(5_000);
            if matches!(before, Before::Captured) {
                world.post(hook, &[], &event).await.expect(200);
            }
        }
        Before::Run => {
            world.post(hook, &[], &json!({})).await.expect(200);
            world.run().await;
        }
    }
}

/// The event for this hook.
fn event(world: &World, hook: &Hook, name: &str) -> Value {
    let token = hook.path.split("token=").nth(1).unwrap_or_default();
    let hook_id = hook.path.split('/').find(|part| part.starts_with("wh_"));
    let event = read(&format!("{name}.json"))
        .replace("demo-key", &world.key)
        .replace("demo-token", token)
        .replace("wf_00000000000000000000000000", &hook.workflow)
        .replace("trg_00000000000000000000000000", &hook.trigger)
        .replace(
            "wh_00000000000000000000000000000000",
            hook_id.unwrap_or_default(),
        );
    serde_json::from_str(&event).unwrap()
}

/// Status and body of the answer.
async fn send(sample: &Sample) -> Value {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), (sample.settings)()).await;
    prepare(&world, &hook, sample.before).await;
    let event = event(&world, &hook, sample.name);
    let answer = tokio::select! {
        answer = world.stack.invoke(sample.function, event) => answer.unwrap(),
        () = world.run_then_tick() => unreachable!("time goes on for ever"),
    };
    let body = answer["body"].as_str().unwrap_or_default();
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    json!({"status": answer["statusCode"], "body": body})
}

#[tokio::test]
async fn every_event_with_something_before_it_is_answered_as_expected() {
    let mut differing = Vec::new();
    for sample in &SAMPLES {
        let found = send(sample).await;
        if differs(&found, &expected(sample.name)) {
            differing.push(format!("{}: {found}", sample.name));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}
