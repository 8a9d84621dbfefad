//! Capture of a sample: races of many requests, and crashes of the functions that take part.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::sync::Arc;

use futures::future::join_all;
use serde_json::{Value, json};
use tests::events::{request, webhook};
use tests::fault_proxy::{Fault, FaultProxy};
use tests::{Hook, World, at_every_crash_point, echoes_the_event};

fn path_of(hook: &Hook, action: &str) -> String {
    let (workflow, trigger) = (&hook.workflow, &hook.trigger);
    format!("/v1/workflows/{workflow}/triggers/{trigger}/{action}")
}

/// A trigger whose window is open.
async fn waiting_hook(world: &World) -> Hook {
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let capture = path_of(&hook, "capture");
    world.call("POST", &capture, None).await.expect(200);
    world.clock.advance(5_000);
    hook
}

async fn deliver(app: &trigger::App, hook: &Hook, event: &Value) -> Value {
    let response = trigger::handle(app, webhook(&hook.path, &[], event)).await;
    serde_json::from_slice(response.body()).unwrap()
}

async fn executions(world: &World) -> usize {
    let list = world.call("GET", "/v1/executions?limit=100", None).await;
    list.expect(200)["items"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_requests_into_one_window_make_one_sample_and_nineteen_executions() {
    let world = World::new().await;
    let hook = waiting_hook(&world).await;
    let container = || trigger::App::new(world.stack.environment("trigger").unwrap());
    let containers: Vec<_> = (0..4).map(|_| Arc::new(container())).collect();
    let requests = (0..20).map(|n| {
        let (app, hook) = (Arc::clone(&containers[n % 4]), hook.clone());
        tokio::spawn(async move { (n, deliver(&app, &hook, &json!({"n": n})).await) })
    });
    let answers: Vec<_> = join_all(requests)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let captured: Vec<_> = answers
        .iter()
        .filter(|(_, body)| body["captured"] == true)
        .collect();
    assert_eq!(captured.len(), 1, "{answers:?}");
    let accepted = answers
        .iter()
        .filter(|(_, body)| body["executionId"].is_string());
    assert_eq!(accepted.count(), 19);
    assert_eq!(executions(&world).await, 19);
    let found = world
        .call("GET", &path_of(&hook, "capture"), None)
        .await
        .expect(200);
    assert_eq!(found["sample"]["event"]["n"], captured[0].0);
}

#[tokio::test]
async fn a_container_asks_for_a_full_window_once_and_a_trigger_without_one_never() {
    let world = World::new().await;
    let hook = waiting_hook(&world).await;
    // Ten seconds after a change, a new container knows that what it reads has it.
    world.clock.advance(5_000);
    let proxy = FaultProxy::new(&world, |_, _| Fault::Pass).await;
    let app = trigger::App::new(proxy.environment(&world, "trigger"));
    let event = json!({});
    assert_eq!(deliver(&app, &hook, &event).await["captured"], true);
    assert_eq!(proxy.calls(), ["Query", "UpdateItem"]);
    proxy.forget_calls();
    deliver(&app, &hook, &event).await;
    assert_eq!(proxy.calls(), ["UpdateItem", "PutItem", "SendMessage"]);
    // It does not know the bucket yet, so it takes one more write to take its first token.
    let other = trigger::App::new(proxy.environment(&world, "trigger"));
    proxy.forget_calls();
    deliver(&other, &hook, &event).await;
    let captures = ["Query", "UpdateItem"];
    let accepts = ["UpdateItem", "UpdateItem", "PutItem", "SendMessage"];
    assert_eq!(proxy.calls(), [&captures[..], &accepts].concat());
    proxy.forget_calls();
    deliver(&other, &hook, &event).await;
    assert_eq!(proxy.calls(), ["UpdateItem", "PutItem", "SendMessage"]);
}

#[tokio::test]
async fn every_crash_of_a_trigger_that_captures_leaves_one_sample() {
    at_every_crash_point!(
        world,
        proxy,
        waiting_hook(&world),
        async |hook: &Hook| {
            let app = trigger::App::new(proxy.environment(&world, "trigger"));
            deliver(&app, hook, &json!({"n": 1})).await
        },
        async |world: &World, hook: Hook, answered: Option<Value>| {
            // Recovery takes longer than the window is open, but what was captured is kept.
            let found = world
                .call("GET", &path_of(&hook, "capture"), None)
                .await
                .expect(200);
            let is_captured = found["state"] == "captured";
            if let Some(answered) = answered {
                assert_eq!(answered["captured"], true);
                assert!(is_captured, "{found}");
            }
            assert_eq!(executions(world).await, 0);
            let again = world.post(&hook, &[], &json!({"n": 2})).await.expect(200);
            assert!(again["executionId"].is_string(), "{again}");
            let confirm = world
                .call("POST", &path_of(&hook, "capture/confirm"), None)
                .await;
            if is_captured {
                assert_eq!(confirm.expect(200)["parameters"][0]["name"], "n");
            } else {
                confirm.expect_problem(409, "NOTHING_CAPTURED");
            }
        }
    );
}

/// Sends a request of the management API to a process of its own, which may crash.
async fn managed(world: &World, proxy: &FaultProxy, path: &str) -> u16 {
    let authorization = format!("Bearer {}", world.key);
    let headers = [("authorization", authorization.as_str())];
    let event = request("POST", path, &headers, &Value::Null);
    let app = register::App::new(proxy.environment(world, "register"));
    tests::contract::register(&app, event)
        .await
        .status()
        .as_u16()
}

#[tokio::test]
async fn every_crash_of_an_opening_is_made_good_by_a_repeat() {
    at_every_crash_point!(
        world,
        proxy,
        world.hook(echoes_the_event(), json!({})),
        async |hook: &Hook| managed(&world, &proxy, &path_of(hook, "capture")).await,
        async |world: &World, hook: Hook, status: Option<u16>| {
            if let Some(status) = status {
                assert_eq!(status, 200);
            }
            let capture = path_of(&hook, "capture");
            world.call("POST", &capture, None).await.expect(200);
            world.clock.advance(5_000);
            let sent = world.post(&hook, &[], &json!({"n": 1})).await.expect(200);
            assert_eq!(sent["captured"], true);
            let found = world.call("GET", &capture, None).await.expect(200);
            assert_eq!(found["state"], "captured");
        }
    );
}

#[tokio::test]
async fn every_crash_of_a_confirmation_keeps_the_sample() {
    at_every_crash_point!(
        world,
        proxy,
        async {
            let hook = waiting_hook(&world).await;
            let sent = world.post(&hook, &[], &json!({"n": 1})).await.expect(200);
            assert_eq!(sent["captured"], true);
            hook
        },
        async |hook: &Hook| managed(&world, &proxy, &path_of(hook, "capture/confirm")).await,
        async |world: &World, hook: Hook, status: Option<u16>| {
            if let Some(status) = status {
                assert_eq!(status, 200);
            }
            let confirm = path_of(&hook, "capture/confirm");
            let repeated = world.call("POST", &confirm, None).await;
            assert_eq!(repeated.expect(200)["parameters"][0]["name"], "n");
            let trigger = path_of(&hook, "");
            let trigger = trigger.trim_end_matches('/');
            let shown = world.call("GET", trigger, None).await.expect(200);
            assert_eq!(shown["parameters"][0]["name"], "n");
            let sample = world.call("GET", &path_of(&hook, "sample"), None).await;
            assert_eq!(sample.expect(200)["event"]["n"], 1);
            world
                .call("POST", &path_of(&hook, "test"), None)
                .await
                .expect(201);
        }
    );
}
