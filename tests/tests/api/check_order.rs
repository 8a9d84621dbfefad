//! The order of the checks after those of authorization: the plan, its limits, credits, then the body and its parameters, then
//! the rate limit of the workflow.

use admin::OrgChange;
use serde_json::json;
use tests::events::webhook;
use tests::fault_proxy::{Fault, FaultProxy};
use tests::{Answer, Hook, World, echoes_the_event};

/// How long a container goes by the org that it has read, and by an account that it found without credit.
const TRUSTED_MS: i64 = 5_000;

async fn hook(world: &World, change: &OrgChange) -> Hook {
    world.set_org(change).await;
    let parameters = json!({"parameters": [{"name": "id", "required": true}]});
    world.hook(echoes_the_event(), parameters).await
}

async fn readable(world: &World, hook: &Hook) -> Answer {
    world.post(hook, &[], &json!({"id": "1"})).await
}

async fn unreadable(world: &World, hook: &Hook) -> Answer {
    let json = [("content-type", "application/json")];
    world.send("POST", &hook.path, &json, "{").await
}

#[tokio::test]
async fn without_credit_a_body_that_cannot_be_read_and_a_missing_parameter_are_402() {
    let world = World::new().await;
    let change = OrgChange {
        monthly_credits: Some(Some(1)),
        ..OrgChange::default()
    };
    let hook = hook(&world, &change).await;
    let invalid = unreadable(&world, &hook).await;
    invalid.expect_problem(400, "INVALID_REQUEST_BODY");
    readable(&world, &hook).await.expect(200);
    for _ in 0..2 {
        let refused = unreadable(&world, &hook).await;
        refused.expect_problem(402, "INSUFFICIENT_CREDITS");
        let missing = world.post(&hook, &[], &json!({})).await;
        missing.expect_problem(402, "INSUFFICIENT_CREDITS");
        world.clock.advance(TRUSTED_MS);
    }
}

/// The answer to a request without its parameter from a new container, and the calls that it took.
async fn refused(
    world: &World,
    hook: &Hook,
    fault: fn(usize, &str) -> Fault,
) -> (u16, Vec<String>) {
    let proxy = FaultProxy::new(world, fault).await;
    let app = trigger::App::new(proxy.environment(world, "trigger"));
    let response = trigger::handle(&app, webhook(&hook.path, &[], &json!({}))).await;
    (response.status().as_u16(), proxy.calls())
}

#[tokio::test]
async fn only_a_refused_request_of_an_org_with_credits_reads_them() {
    let world = World::new().await;
    let free = hook(&world, &OrgChange::default()).await;
    let (status, calls) = refused(&world, &free, |_, _| Fault::Pass).await;
    // What it was refused for is written once a minute.
    let expected = (400, "Query TransactWriteItems");
    assert_eq!((status, calls.join(" ").as_str()), expected);
    let change = OrgChange {
        monthly_credits: Some(Some(1)),
        ..OrgChange::default()
    };
    let limited = hook(&world, &change).await;
    readable(&world, &limited).await.expect(200);
    let (status, calls) = refused(&world, &limited, |_, _| Fault::Pass).await;
    // The first one without credit in a month announces that, in both environments.
    let calls = calls.join(" ");
    assert_eq!(
        (status, calls.as_str()),
        (
            402,
            "Query GetItem GetItem PutItem PutItem TransactWriteItems"
        )
    );
    // The third call reads the credits. Where it fails, the request is refused for itself.
    let unread = |number: usize, _: &str| match number {
        0..=2 => Fault::Pass,
        _ => Fault::Answer {
            status: 400,
            error: "AccessDeniedException",
        },
    };
    let (status, _) = refused(&world, &limited, unread).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn a_spent_limit_of_the_plan_comes_before_the_body_and_that_of_the_workflow_after_it() {
    let world = World::new().await;
    let change = OrgChange {
        webhooks_per_day: Some(Some(1)),
        ..OrgChange::default()
    };
    let of_plan = hook(&world, &change).await;
    readable(&world, &of_plan).await.expect(200);
    let refused = unreadable(&world, &of_plan).await;
    refused.expect_problem(403, "PLAN_LIMIT_EXCEEDED");

    let world = World::new().await;
    let own = hook(&world, &OrgChange::default()).await;
    let limit = json!({"rateLimit": {"capacity": 1, "refillPerSecond": 0.001}});
    let path = format!("/v1/workflows/{}", own.workflow);
    world.call("PATCH", &path, Some(limit)).await.expect(200);
    readable(&world, &own).await.expect(200);
    readable(&world, &own)
        .await
        .expect_problem(429, "RATE_LIMITED");
    let refused = unreadable(&world, &own).await;
    refused.expect_problem(400, "INVALID_REQUEST_BODY");
}
