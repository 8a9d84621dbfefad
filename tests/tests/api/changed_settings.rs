//! What an owner changes counts from the next request on: a raised rate limit, a new trigger, a rotated token. A stranger
//! who guesses tokens meanwhile costs a few reads a second and keeps nobody out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use admin::OrgChange;
use serde_json::{Value, json};
use tests::events::webhook;
use tests::fault_proxy::{Fault, FaultProxy};
use tests::{Hook, World, echoes_the_event};

/// How long a container trusts the configuration that it has cached.
const TRUSTED_MS: i64 = 5_000;

async fn post(app: &trigger::App, path: &str) -> (u16, Value) {
    let response = trigger::handle(app, webhook(path, &[], &json!({}))).await;
    let status = response.status().as_u16();
    (status, serde_json::from_slice(response.body()).unwrap())
}

fn guess(hook: &Hook, n: usize) -> String {
    format!("/hooks/{}?token=guess-{n}", hook.workflow)
}

/// Empties a bucket at a low rate, raises the rate, and takes all hundred tokens that there are then.
async fn empty_raise_and_empty_again(world: &World) -> Hook {
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let path = format!("/v1/workflows/{}", hook.workflow);
    let limit = async |limit: Value| {
        let patch = json!({ "rateLimit": limit });
        world.call("PATCH", &path, Some(patch)).await.expect(200);
        world.clock.advance(TRUSTED_MS);
    };
    limit(json!({"capacity": 1, "refillPerSecond": 0.0001})).await;
    world.post(&hook, &[], &json!({})).await.expect(200);
    world.clock.advance(10_000);
    let refused = world.post(&hook, &[], &json!({})).await;
    let problem = refused.expect_problem(429, "RATE_LIMITED");
    assert_eq!(problem["retryAfter"], 9_990);

    limit(json!({"capacity": 100, "refillPerSecond": 10})).await;
    for _ in 0..99 {
        world.post(&hook, &[], &json!({})).await.expect(200);
    }
    let refused = world.post(&hook, &[], &json!({})).await;
    let problem = refused.expect_problem(429, "RATE_LIMITED");
    assert_eq!(problem["retryAfter"], 1, "a token comes back in 0.1 s");
    hook
}

#[tokio::test]
async fn a_raised_rate_limit_frees_a_bucket_that_was_emptied_at_the_old_rate() {
    let world = World::new().await;
    empty_raise_and_empty_again(&world).await;
}

/// The bucket then also counts the day's webhooks, and goes on with that at the new rate.
#[tokio::test]
async fn a_raised_rate_limit_counts_at_once_where_the_days_webhooks_are_limited() {
    let world = World::new().await;
    let per_day = OrgChange {
        webhooks_per_day: Some(Some(101)),
        ..OrgChange::default()
    };
    world.set_org(&per_day).await;
    let hook = empty_raise_and_empty_again(&world).await;
    world.clock.advance(1_000);
    world.post(&hook, &[], &json!({})).await.expect(200);
    let refused = world.post(&hook, &[], &json!({})).await;
    refused.expect_problem(403, "PLAN_LIMIT_EXCEEDED");
}

#[tokio::test]
async fn a_new_trigger_and_a_rotated_token_work_at_once_beside_a_wrong_token() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    world.post(&hook, &[], &json!({})).await.expect(200);
    let wrong = guess(&hook, 0);
    for _ in 0..20 {
        let refused = world.send("POST", &wrong, &[], "{}").await;
        refused.expect_problem(403, "INVALID_TOKEN");
    }
    let new = world.trigger(&hook.workflow, json!({})).await;
    world.post(&new, &[], &json!({})).await.expect(200);

    let refused = world.send("POST", &guess(&hook, 1), &[], "{}").await;
    refused.expect_problem(403, "INVALID_TOKEN");
    let rotate = format!(
        "/v1/workflows/{}/triggers/{}/rotate",
        hook.workflow, hook.trigger
    );
    let overlap = json!({"overlapSeconds": 0});
    let rotated = world.call("POST", &rotate, Some(overlap)).await.expect(200);
    let url = rotated["url"].as_str().unwrap();
    let path = &url[url.find("/hooks/").unwrap()..];
    world.send("POST", path, &[], "{}").await.expect(200);
}

#[tokio::test]
async fn a_flood_of_guessed_tokens_costs_four_reads_a_second_and_refuses_no_valid_token() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let proxy = FaultProxy::new(&world, |_, _| Fault::Pass).await;
    let app = trigger::App::new(proxy.environment(&world, "trigger"));
    assert_eq!(post(&app, &hook.path).await.0, 200);
    proxy.forget_calls();

    let mut answers = Vec::new();
    for n in 0..500 {
        answers.push(post(&app, &guess(&hook, n)).await.0);
    }
    assert_eq!(answers[..4], [403; 4]);
    assert!(answers[4..].iter().all(|status| *status == 429));
    assert_eq!(proxy.calls(), ["Query"; 4], "500 guesses");

    // The bystanders: the sender with a valid token, and one whose token is seconds old.
    assert_eq!(post(&app, &hook.path).await.0, 200);
    let new = world.trigger(&hook.workflow, json!({})).await;
    let (status, problem) = post(&app, &new.path).await;
    assert_eq!((status, &problem["retryAfter"]), (429, &json!(1)));
    world.clock.advance(1_000);
    assert_eq!(post(&app, &new.path).await.0, 200, "as the answer said");
}
