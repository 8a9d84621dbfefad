//! A change that refuses what was accepted before takes effect with the next request, in every container: each trusts the
//! configuration that it has cached, and learns with the token that it takes whether that lacks a change.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use admin::OrgChange;
use serde_json::{Value, json};
use tests::events::{request, webhook};
use tests::fault_proxy::{Fault, FaultProxy};
use tests::{Hook, World, echoes_the_event};

const WARM: &str = "UpdateItem PutItem SendMessage";
/// A token, and its return; then the configuration, and the webhook as always.
const OUTDATED: &str = "UpdateItem UpdateItem Query UpdateItem PutItem SendMessage";

fn container(world: &World) -> trigger::App {
    trigger::App::new(world.environment_at("trigger", &world.clock))
}

async fn post(app: &trigger::App, path: &str) -> (u16, Value) {
    let response = trigger::handle(app, webhook(path, &[], &json!({}))).await;
    let status = response.status().as_u16();
    (status, serde_json::from_slice(response.body()).unwrap())
}

/// Status and code of an answer.
fn refusal((status, json): (u16, Value)) -> (u16, String) {
    let code = json.get("code").or(json.get("errCode")).unwrap_or(&json);
    (status, code.as_str().unwrap_or_default().to_owned())
}

fn path_of(hook: &Hook) -> String {
    format!("/v1/workflows/{}/triggers/{}", hook.workflow, hook.trigger)
}

async fn executions(world: &World) -> usize {
    let listed = world.call("GET", "/v1/executions", None).await.expect(200);
    listed["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn what_is_disabled_rotated_or_deleted_is_refused_at_once_by_two_warm_containers() {
    let (off, deleted, rotated) = ("WEBHOOK_DISABLED", "INVALID_TOKEN", "INVALID_TOKEN");
    let no_address = Some(json!({"ipAllowList": ["192.0.2.0/24"]}));
    for (method, action, body, refused) in [
        ("POST", "/disable", None, (403, off)),
        ("PATCH", "", Some(json!({"enabled": false})), (403, off)),
        ("PATCH", "", no_address, (403, "IP_NOT_ALLOWED")),
        (
            "POST",
            "/rotate",
            Some(json!({"overlapSeconds": 0})),
            (403, rotated),
        ),
        ("DELETE", "", None, (403, deleted)),
    ] {
        let world = World::new().await;
        let hook = world.hook(echoes_the_event(), json!({})).await;
        let containers = [container(&world), container(&world)];
        for app in &containers {
            assert_eq!(post(app, &hook.path).await.0, 200);
        }
        let path = format!("{}{action}", path_of(&hook));
        let changed = world.call(method, &path, body).await;
        assert!(changed.status < 300, "{method} {path}: {changed:?}");
        for app in &containers {
            let (status, code) = refusal(post(app, &hook.path).await);
            assert_eq!((status, code.as_str()), refused, "{method} {action}");
        }
        assert_eq!(executions(&world).await, 2, "{method} {action}");
    }
}

#[tokio::test]
async fn a_workflow_that_is_deactivated_or_deleted_is_refused_at_once() {
    let deactivate = ("POST", "/deactivate", None, (403, "WORKFLOW_INACTIVE"));
    let patch = (
        "PATCH",
        "",
        Some(json!({"active": false})),
        (403, "WORKFLOW_INACTIVE"),
    );
    let delete = ("DELETE", "", None, (404, "WEBHOOK_NOT_FOUND"));
    for (method, action, body, refused) in [deactivate, patch, delete] {
        let world = World::new().await;
        let hook = world.hook(echoes_the_event(), json!({})).await;
        let app = container(&world);
        assert_eq!(post(&app, &hook.path).await.0, 200);
        let path = format!("/v1/workflows/{}{action}", hook.workflow);
        let changed = world.call(method, &path, body).await;
        assert!(changed.status < 300, "{method} {path}: {changed:?}");
        let (status, code) = refusal(post(&app, &hook.path).await);
        assert_eq!((status, code.as_str()), refused, "{method} {action}");
    }
}

#[tokio::test]
async fn a_webhook_of_refly_is_refused_at_once() {
    for (path, refused) in [
        ("/v1/webhook/disable", (403, "WEBHOOK_DISABLED")),
        ("/v1/webhook/reset", (404, "WEBHOOK_NOT_FOUND")),
    ] {
        let world = World::new().await;
        let hook = world
            .hook(echoes_the_event(), json!({"profile": "refly"}))
            .await;
        let app = container(&world);
        assert_eq!(post(&app, &hook.path).await.0, 200);
        let id = hook.path.split('/').find(|part| part.starts_with("wh_"));
        let body = json!({"webhookId": id.unwrap()});
        world.call("POST", path, Some(body)).await.expect(200);
        let (status, code) = refusal(post(&app, &hook.path).await);
        assert_eq!((status, code.as_str()), refused, "{path}");
    }
}

#[tokio::test]
async fn credentials_in_the_body_are_checked_by_both_configurations() {
    let world = World::new().await;
    let hook = world
        .hook(echoes_the_event(), json!({"profile": "hap"}))
        .await;
    let change = Some(json!({"authentication": {"scheme": "app"}}));
    let shown = world
        .call("PATCH", &path_of(&hook), change)
        .await
        .expect(200);
    let keys = shown["authentication"].clone();
    let app = container(&world);
    let post = async || {
        let body = json!({"AppKey": keys["appKey"], "Sign": keys["sign"], "id": 1});
        let response = trigger::handle(&app, request("POST", &hook.path, &[], &body)).await;
        response.status().as_u16()
    };
    assert_eq!(post().await, 200);
    // Another change than one that refuses: the request is decided anew, with its credentials.
    let change = Some(json!({"methods": ["POST"]}));
    world
        .call("PATCH", &path_of(&hook), change)
        .await
        .expect(200);
    assert_eq!(post().await, 200);
    assert_eq!(executions(&world).await, 2);
}

#[tokio::test]
async fn a_token_that_an_outdated_configuration_took_is_given_back() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let limit = json!({"rateLimit": {"capacity": 2, "refillPerSecond": 0.001}});
    let path = format!("/v1/workflows/{}", hook.workflow);
    world.call("PATCH", &path, Some(limit)).await.expect(200);
    let app = container(&world);
    assert_eq!(post(&app, &hook.path).await.0, 200);
    let switch = async |action: &str| {
        let path = format!("{}/{action}", path_of(&hook));
        world.call("POST", &path, None).await.expect(200);
    };
    switch("disable").await;
    assert_eq!(refusal(post(&app, &hook.path).await).0, 403);
    switch("enable").await;
    assert_eq!(
        post(&app, &hook.path).await.0,
        200,
        "the second token is there"
    );
    assert_eq!(post(&app, &hook.path).await.0, 429);
}

/// Which calls the next requests make, one after the other.
async fn calls(
    proxy: &FaultProxy,
    app: &trigger::App,
    hook: &Hook,
    requests: usize,
) -> Vec<String> {
    let mut calls = Vec::new();
    for _ in 0..requests {
        proxy.forget_calls();
        assert_eq!(post(app, &hook.path).await.0, 200);
        calls.push(proxy.calls().join(" "));
    }
    calls
}

#[tokio::test]
async fn a_counted_change_costs_each_container_one_request_with_more_calls() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let proxy = FaultProxy::new(&world, |_, _| Fault::Pass).await;
    let app = trigger::App::new(proxy.environment(&world, "trigger"));
    assert_eq!(
        calls(&proxy, &app, &hook, 2).await,
        [format!("Query {WARM}"), WARM.to_owned()]
    );
    let change = Some(json!({"methods": ["POST", "GET"]}));
    world
        .call("PATCH", &path_of(&hook), change)
        .await
        .expect(200);
    assert_eq!(calls(&proxy, &app, &hook, 3).await, [OUTDATED, WARM, WARM]);
    world.clock.advance(5_000);
    assert_eq!(
        calls(&proxy, &app, &hook, 2).await,
        [format!("Query {WARM}"), WARM.to_owned()]
    );

    world.clock.advance(2_000);
    // A container that is new soon after a change cannot know whether what it read has it; later it can.
    let soon = trigger::App::new(proxy.environment(&world, "trigger"));
    let first = format!("Query {WARM}");
    assert_eq!(
        calls(&proxy, &soon, &hook, 3).await,
        [&first, OUTDATED, WARM]
    );
    world.clock.advance(5_000);
    let later = trigger::App::new(proxy.environment(&world, "trigger"));
    assert_eq!(calls(&proxy, &later, &hook, 2).await, [&first, WARM]);
}

#[tokio::test]
async fn a_block_of_tokens_hides_a_change_for_at_most_two_seconds() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let limit = json!({"rateLimit": {"capacity": 4_000, "refillPerSecond": 1_000}});
    let path = format!("/v1/workflows/{}", hook.workflow);
    world.call("PATCH", &path, Some(limit)).await.expect(200);
    let app = container(&world);
    for _ in 0..200 {
        assert_eq!(post(&app, &hook.path).await.0, 200);
        world.clock.advance(5);
    }
    let disable = format!("{}/disable", path_of(&hook));
    world.call("POST", &disable, None).await.expect(200);
    world.clock.advance(2_000);
    assert_eq!(refusal(post(&app, &hook.path).await).0, 403);
}

#[tokio::test]
async fn a_change_is_seen_beside_a_limit_a_day() {
    let world = World::new().await;
    let limits = OrgChange {
        webhooks_per_day: Some(Some(100)),
        ..OrgChange::default()
    };
    world.set_org(&limits).await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let app = container(&world);
    assert_eq!(post(&app, &hook.path).await.0, 200);
    let disable = format!("{}/disable", path_of(&hook));
    world.call("POST", &disable, None).await.expect(200);
    let (status, code) = refusal(post(&app, &hook.path).await);
    assert_eq!((status, code.as_str()), (403, "WEBHOOK_DISABLED"));
}
