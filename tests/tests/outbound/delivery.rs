//! Events out, from an incoming webhook to the receiver's response: content, schedule, retries, disabling and recovery.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod disabling;
mod retries;

use domain::signature::{SchemeName, read_secret, verify};
use domain::{Timestamp, WebhookRequest};
use serde_json::{Value, json};
use tests::receiver::{Received, Receiver, Reply};
use tests::{Hook, World, echoes_the_event, fails, waits};

const HOUR_MS: i64 = 3_600_000;

async fn subscribe(world: &World, url: &str, settings: Value) -> Value {
    let mut body = json!({"url": url, "events": ["workflow.completed", "workflow.failed"]});
    let (fields, more) = (body.as_object_mut().unwrap(), settings);
    fields.extend(more.as_object().unwrap().clone());
    world.subscribe(body).await
}

async fn trigger(world: &World, hook: &Hook, event: &Value) -> String {
    let answer = world.post(hook, &[], event).await.expect(200);
    world.run().await;
    answer["executionId"].as_str().unwrap().to_owned()
}

async fn delivery(world: &World, id: &Value) -> Value {
    let path = format!("/v1/deliveries/{}", id.as_str().unwrap());
    world.call("GET", &path, None).await.expect(200)
}

/// Advances the clock by that time with sweeps and deliveries: in steps of a minute near its end, in larger ones before.
async fn advance(world: &World, millis: i64) {
    let mut left_ms = millis;
    while left_ms > 0 {
        let step_ms = (left_ms / 20).clamp(60_000, HOUR_MS).min(left_ms);
        world.clock.advance(step_ms);
        left_ms -= step_ms;
        world.stack.invoke("sweep", json!({})).await.unwrap();
        world.run().await;
    }
}

fn request(received: &Received, now: Timestamp) -> WebhookRequest {
    WebhookRequest {
        method: received.method.clone(),
        query: Vec::new(),
        headers: received.headers.clone().into_iter().collect(),
        body: received.body.clone(),
        source_ip: None,
        received_at: now,
        verified_by: None,
        parameters: Vec::new(),
    }
}

#[tokio::test]
async fn a_receiver_gets_the_end_of_an_execution_with_a_signature_that_verifies() {
    let world = World::new().await;
    let receiver = Receiver::answering(204).await;
    let subscription = subscribe(&world, &receiver.url, json!({})).await;
    let good = world.hook(echoes_the_event(), json!({})).await;
    let bad = world.hook(fails(), json!({})).await;
    let succeeded = trigger(&world, &good, &json!({"n": 1})).await;
    let failed = trigger(&world, &bad, &json!({})).await;
    let taken = receiver.taken();
    assert_eq!(taken.len(), 2, "{taken:?}");
    let completed = taken[0].json();
    assert_eq!(completed["type"], "workflow.completed");
    assert_eq!(completed["data"]["executionId"], succeeded.as_str());
    assert_eq!(completed["data"]["output"]["event"]["n"], 1);
    assert_eq!(completed["id"], taken[0].headers["webhook-id"].as_str());
    let other = taken[1].json();
    assert_eq!(other["type"], "workflow.failed");
    assert_eq!(other["data"]["executionId"], failed.as_str());
    assert_eq!(other["data"]["error"]["title"], "Broken");
    let standard = SchemeName::STANDARD_WEBHOOKS;
    let key = read_secret(&standard, subscription["secret"].as_str().unwrap()).unwrap();
    let now = world.clock.now();
    for one in &taken {
        assert_eq!(one.headers["content-type"], "application/json");
        assert_eq!(one.headers["sluice-hops"], "1");
        verify(&standard, &[&key], &request(one, now), now).unwrap();
    }
    let listed = world.deliveries().await;
    assert_eq!(listed.len(), 2);
    let detail = delivery(&world, &listed[0]["id"]).await;
    assert_eq!(detail["status"], "delivered");
    assert_eq!(detail["attempts"][0]["status"], 204);
}

#[tokio::test]
async fn the_start_is_delivered_while_the_execution_waits() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let events = json!({"events": ["workflow.started"]});
    subscribe(&world, &receiver.url, events).await;
    let hook = world.hook(waits(40 * 86_400), json!({})).await;
    let id = trigger(&world, &hook, &json!({})).await;
    let taken = receiver.taken();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].json()["type"], "workflow.started");
    assert_eq!(taken[0].json()["data"]["executionId"], id.as_str());
    // The delivery does not change the wait.
    assert_eq!(world.execution(&id).await["status"], "waiting");
    advance(&world, 3 * 60_000).await;
    assert_eq!(receiver.taken().len(), 1);
    world.clock.advance(40 * 86_400_000);
    advance(&world, 2 * 60_000).await;
    assert_eq!(world.execution(&id).await["status"], "succeeded");
    assert_eq!(
        receiver.taken().len(),
        1,
        "the subscription does not include the end"
    );
}

#[tokio::test]
async fn a_receiver_gets_only_the_events_of_its_subscription() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let other = world.hook(echoes_the_event(), json!({})).await;
    for settings in [
        json!({"events": ["workflow.failed"]}),
        json!({"workflowIds": [other.workflow]}),
        json!({"slug": "another"}),
    ] {
        subscribe(&world, &receiver.url, settings).await;
    }
    let stranger = world.key_of("two").await;
    let body = json!({"url": receiver.url, "events": ["workflow.completed"]});
    let theirs = world.call_as(&stranger, "POST", "/v1/subscriptions", Some(body));
    theirs.await.expect(201);
    trigger(&world, &hook, &json!({})).await;
    assert!(receiver.taken().is_empty());
    assert!(world.deliveries().await.is_empty());
}

#[tokio::test]
async fn the_event_of_a_deleted_workflow_has_its_name_and_slug() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let hook = world.hook(waits(60), json!({})).await;
    let path = format!("/v1/workflows/{}", hook.workflow);
    let workflow = world.call("GET", &path, None).await.expect(200);
    let slug = workflow["slug"].as_str().unwrap();
    subscribe(&world, &receiver.url, json!({ "slug": slug })).await;
    let id = trigger(&world, &hook, &json!({})).await;
    world.call("DELETE", &path, None).await.expect(204);
    advance(&world, 3 * 60_000).await;
    let taken = receiver.taken();
    assert_eq!(taken.len(), 1, "{taken:?}");
    let data = &taken[0].json()["data"];
    assert_eq!(data["executionId"], id.as_str());
    assert_eq!(data["workflowSlug"], slug);
    assert_eq!(data["workflowName"], "Test");
}

#[tokio::test]
async fn during_a_rotation_both_secrets_sign() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let subscription = subscribe(&world, &receiver.url, json!({})).await;
    let path = format!("/v1/subscriptions/{}", subscription["id"].as_str().unwrap());
    let rotate = format!("{path}/rotate-secret");
    let rotated = world
        .call("POST", &rotate, Some(json!({})))
        .await
        .expect(200);
    let hook = world.hook(echoes_the_event(), json!({})).await;
    trigger(&world, &hook, &json!({})).await;
    world.clock.advance(25 * HOUR_MS);
    trigger(&world, &hook, &json!({})).await;
    let taken = receiver.taken();
    let standard = SchemeName::STANDARD_WEBHOOKS;
    let verified = |secret: &Value, one: &Received| {
        let key = read_secret(&standard, secret.as_str().unwrap()).unwrap();
        let seconds: i64 = one.headers["webhook-timestamp"].parse().unwrap();
        let at = Timestamp::from_millis(seconds * 1000);
        verify(&standard, &[&key], &request(one, at), at).is_ok()
    };
    assert!(verified(&subscription["secret"], &taken[0]));
    assert!(verified(&rotated["secret"], &taken[0]));
    assert!(!verified(&subscription["secret"], &taken[1]));
    assert!(verified(&rotated["secret"], &taken[1]));
}

#[tokio::test]
async fn without_subscriptions_an_execution_costs_no_additional_message_or_write() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    assert_eq!(
        calls_of_a_run(&world, &hook).await,
        ["GetItem", "GetItem", "Query", "UpdateItem", "UpdateItem"],
        "the definition, whether and what somebody subscribes to, the claim, the end"
    );
    let other = world.hook(echoes_the_event(), json!({})).await;
    for settings in [
        json!({"events": ["workflow.failed"]}),
        json!({"workflowIds": [other.workflow]}),
    ] {
        subscribe(&world, "https://example.com/hook", settings).await;
    }
    assert_eq!(
        calls_of_a_run(&world, &hook).await,
        ["GetItem", "GetItem", "Query", "UpdateItem", "UpdateItem"],
        "they want something else"
    );
    let settings = json!({"slug": "another"});
    subscribe(&world, "https://example.com/hook", settings).await;
    assert_eq!(
        calls_of_a_run(&world, &hook).await,
        [
            "GetItem",
            "GetItem",
            "GetItem",
            "Query",
            "UpdateItem",
            "UpdateItem"
        ],
        "and the workflow's slug, where that decides"
    );
}

/// The AWS calls of a worker in a cold container that runs one webhook, sorted by name; besides the one that counts it for its
/// org, once a minute.
async fn calls_of_a_run(world: &World, hook: &Hook) -> Vec<String> {
    let proxy =
        tests::fault_proxy::FaultProxy::new(world, |_, _| tests::fault_proxy::Fault::Pass).await;
    world.post(hook, &[], &json!({})).await.expect(200);
    let app = worker::App::new(proxy.environment(world, "worker"));
    tests::crash::run_batch(world, &app).await;
    let mut calls = proxy.calls();
    assert_eq!(calls.pop().as_deref(), Some("TransactWriteItems"));
    calls.sort_unstable();
    calls
}
