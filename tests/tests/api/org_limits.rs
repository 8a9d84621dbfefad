//! Limits of orgs on what webhooks begin: webhook triggers at all, per minute and per day. They cost no call to AWS.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use admin::OrgChange;
use serde_json::{Value, json};
use tests::events::webhook;
use tests::fault_proxy::{Fault, FaultProxy};
use tests::{Hook, World, echoes_the_event};

/// How long a container goes by the org that it has read.
const TRUSTED_MS: i64 = 5_000;
const DAY_MS: i64 = 86_400_000;

fn webhook_triggers(allowed: bool) -> OrgChange {
    OrgChange {
        webhook_triggers: Some(allowed),
        ..OrgChange::default()
    }
}

fn per_minute(webhooks: u64) -> OrgChange {
    OrgChange {
        webhooks_per_minute: Some(Some(webhooks)),
        ..OrgChange::default()
    }
}

fn per_day(webhooks: u64) -> OrgChange {
    OrgChange {
        webhooks_per_day: Some(Some(webhooks)),
        ..OrgChange::default()
    }
}

async fn hook(world: &World) -> Hook {
    world.hook(echoes_the_event(), json!({})).await
}

async fn executions(world: &World) -> usize {
    let list = world.call("GET", "/v1/executions?limit=100", None).await;
    list.expect(200)["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn an_org_without_webhook_triggers_is_refused_and_nothing_is_recorded() {
    let world = World::new().await;
    let hook = hook(&world).await;
    world.post(&hook, &[], &json!({})).await.expect(200);
    world.set_org(&webhook_triggers(false)).await;
    world.clock.advance(TRUSTED_MS);
    let refused = world.post(&hook, &[], &json!({})).await;
    let problem = refused.expect_problem(403, "PLAN_LIMIT_EXCEEDED");
    assert_eq!(problem.get("retryAfter"), None);
    assert_eq!(executions(&world).await, 1);
    world.set_org(&webhook_triggers(true)).await;
    world.clock.advance(TRUSTED_MS);
    world.post(&hook, &[], &json!({})).await.expect(200);
}

#[tokio::test]
async fn a_workflow_that_is_made_or_activated_later_is_limited_too() {
    let world = World::new().await;
    let inactive = hook(&world).await;
    let workflow = format!("/v1/workflows/{}", inactive.workflow);
    let path = |action: &str| format!("{workflow}/{action}");
    world
        .call("POST", &path("deactivate"), None)
        .await
        .expect(200);
    world.set_org(&webhook_triggers(false)).await;
    world
        .call("POST", &path("activate"), None)
        .await
        .expect(200);
    for hook in [inactive, hook(&world).await] {
        world.clock.advance(TRUSTED_MS);
        let refused = world.post(&hook, &[], &json!({})).await;
        refused.expect_problem(403, "PLAN_LIMIT_EXCEEDED");
    }
}

#[tokio::test]
async fn the_lower_rate_limit_refuses_by_its_own_name() {
    let world = World::new().await;
    let hook = hook(&world).await;
    world.set_org(&per_minute(2)).await;
    world.clock.advance(TRUSTED_MS);
    for _ in 0..2 {
        world.post(&hook, &[], &json!({})).await.expect(200);
    }
    let refused = world.post(&hook, &[], &json!({})).await;
    assert_eq!(refused.header("retry-after"), Some("30"));
    let problem = refused.expect_problem(403, "PLAN_LIMIT_EXCEEDED");
    assert_eq!(problem["retryAfter"], 30);
    let own = json!({"rateLimit": {"capacity": 1, "refillPerSecond": 0.01}});
    let path = format!("/v1/workflows/{}", hook.workflow);
    world.call("PATCH", &path, Some(own)).await.expect(200);
    world.clock.advance(TRUSTED_MS);
    let refused = world.post(&hook, &[], &json!({})).await;
    refused.expect_problem(429, "RATE_LIMITED");
}

#[tokio::test]
async fn the_last_of_a_day_passes_and_one_more_waits_for_midnight() {
    let world = World::new().await;
    let hook = hook(&world).await;
    world.set_org(&per_day(3)).await;
    world.clock.advance(TRUSTED_MS);
    let post = async |id: &str| {
        let headers = [("webhook-id", id)];
        world.post(&hook, &headers, &json!({})).await
    };
    for id in ["1", "2"] {
        post(id).await.expect(200);
    }
    // A duplicate gives its place of the day back.
    assert_eq!(post("2").await.expect(200)["deduplicated"], true);
    post("3").await.expect(200);
    let refused = post("4").await;
    let problem = refused.expect_problem(403, "PLAN_LIMIT_EXCEEDED");
    let until_midnight = DAY_MS - world.clock.now().as_millis() % DAY_MS;
    assert_eq!(problem["retryAfter"], until_midnight / 1_000 + 1);
    world.clock.advance(until_midnight);
    for id in ["4", "5", "6"] {
        post(id).await.expect(200);
    }
    post("7").await.expect_problem(403, "PLAN_LIMIT_EXCEEDED");
}

async fn status(app: &trigger::App, hook: &Hook) -> u16 {
    let response = trigger::handle(app, webhook(&hook.path, &[], &json!({}))).await;
    let _: Value = serde_json::from_slice(response.body()).unwrap();
    response.status().as_u16()
}

#[tokio::test]
async fn limits_of_an_org_cost_a_warm_container_no_call() {
    let world = World::new().await;
    let hook = hook(&world).await;
    world
        .set_org(&OrgChange {
            webhooks_per_day: Some(Some(5)),
            ..per_minute(50)
        })
        .await;
    let proxy = FaultProxy::new(&world, |_, _| Fault::Pass).await;
    let app = trigger::App::new(proxy.environment(&world, "trigger"));
    assert_eq!(status(&app, &hook).await, 200);
    assert_eq!(
        proxy.calls(),
        ["Query", "GetItem", "UpdateItem", "PutItem", "SendMessage"]
    );
    proxy.forget_calls();
    assert_eq!(status(&app, &hook).await, 200);
    assert_eq!(proxy.calls(), ["UpdateItem", "PutItem", "SendMessage"]);
    for _ in 2..5 {
        assert_eq!(status(&app, &hook).await, 200);
    }
    proxy.forget_calls();
    for _ in 0..10 {
        assert_eq!(status(&app, &hook).await, 403);
    }
    assert_eq!(
        proxy.calls(),
        ["TransactWriteItems"],
        "the refusal, once a minute"
    );
    // Another container learns it from the bucket's record, by one write that is refused.
    proxy.forget_calls();
    let cold = trigger::App::new(proxy.environment(&world, "trigger"));
    assert_eq!(status(&cold, &hook).await, 403);
    let found_out = ["Query", "GetItem", "UpdateItem", "TransactWriteItems"];
    assert_eq!(proxy.calls(), found_out);
}

#[tokio::test]
async fn an_org_without_limits_is_not_read() {
    let world = World::new().await;
    let hook = hook(&world).await;
    // Only how many workflows are active is limited, which no webhook has to know.
    let places = OrgChange {
        active_workflows: Some(Some(9)),
        ..OrgChange::default()
    };
    world.set_org(&places).await;
    let proxy = FaultProxy::new(&world, |_, _| Fault::Pass).await;
    let app = trigger::App::new(proxy.environment(&world, "trigger"));
    assert_eq!(status(&app, &hook).await, 200);
    assert_eq!(
        proxy.calls(),
        ["Query", "UpdateItem", "PutItem", "SendMessage"]
    );
}
