//! Credits of replays and children, and the event that credits are used up.

use serde_json::{Value, json};
use tests::{Answer, Hook, World, echoes_the_event};

/// How long a container goes by the org that it has read, and by an account that it found without credit.
const TRUSTED_MS: i64 = 5_000;
const MONTH_MS: i64 = 31 * 86_400_000;

async fn world(credits: u64) -> (World, Hook) {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    world.set_credits(credits).await;
    (world, hook)
}

async fn deliver(world: &World, hook: &Hook, id: &str) -> Answer {
    world.post(hook, &[("webhook-id", id)], &json!({})).await
}

#[tokio::test]
async fn a_replay_costs_a_credit_and_its_repeat_none() {
    let (world, hook) = world(2).await;
    let accepted = deliver(&world, &hook, "1").await.expect(200);
    world.run().await;
    let path = format!(
        "/v1/executions/{}/replay",
        accepted["executionId"].as_str().unwrap()
    );
    let replay = async |key: &str| {
        let authorization = format!("Bearer {}", world.key);
        let headers = [
            ("authorization", authorization.as_str()),
            ("idempotency-key", key),
        ];
        world.send("POST", &path, &headers, "{}").await
    };
    let first = replay("a").await.expect(201);
    assert_eq!(world.used_credits().await, 2);
    replay("b")
        .await
        .expect_problem(402, "INSUFFICIENT_CREDITS");
    assert_eq!(replay("a").await.expect(201)["id"], first["id"]);
    assert_eq!(world.used_credits().await, 2);
}

/// A workflow that runs the one that echoes, and catches what is raised by type.
fn runs_a_child() -> Value {
    json!({
        "document": {"dsl": "1.0.0", "namespace": "tests", "name": "parent", "version": "1.0.0"},
        "do": [{"attempt": {
            "try": [{"child": {"run": {"workflow": {
                "namespace": "tests", "name": "test", "version": "latest", "input": {}
            }}}}],
            "catch": {
                "errors": {"with": {"type": "urn:sluice:error:insufficient-credits"}},
                "as": "refusal",
                "do": [{"keep": {"set": {"status": "${ $refusal.status }"}}}],
            },
        }}],
    })
}

#[tokio::test]
async fn a_child_costs_a_credit_and_without_one_fails_by_name() {
    let (world, _child) = world(3).await;
    let parent = world.hook(runs_a_child(), json!({})).await;
    let with_credit = deliver(&world, &parent, "1").await.expect(200);
    world.run().await;
    assert_eq!(world.used_credits().await, 2);
    let shown = world
        .execution(with_credit["executionId"].as_str().unwrap())
        .await;
    assert_eq!(shown["output"], json!({"event": {}}), "{shown}");
    let without = deliver(&world, &parent, "2").await.expect(200);
    world.run().await;
    assert_eq!(world.used_credits().await, 3);
    let shown = world
        .execution(without["executionId"].as_str().unwrap())
        .await;
    assert_eq!(shown["output"], json!({"status": 402}), "{shown}");
}

#[tokio::test]
async fn used_up_credits_are_announced_once_a_month_in_each_form() {
    let (world, hook) = world(1).await;
    let url = "https://127.0.0.1:9/";
    world
        .subscribe(json!({"url": url, "events": ["credits.exhausted"]}))
        .await;
    let copyai = json!({"url": url, "eventType": "workflowCreditLimit.reached"});
    world
        .call("POST", "/api/webhook", Some(copyai))
        .await
        .expect(200);
    for expected in [2, 4] {
        for id in ["1", "2", "3"] {
            deliver(&world, &hook, id).await;
            world.clock.advance(TRUSTED_MS);
        }
        tests::crash::recover(&world).await;
        let deliveries = world.deliveries().await;
        let announced = deliveries
            .iter()
            .filter(|delivery| delivery["eventType"] == "credits.exhausted")
            .count();
        assert_eq!(announced, expected, "{deliveries:?}");
        world.clock.advance(MONTH_MS);
    }
    let event = world.deliveries().await[0]["eventId"].clone();
    let path = format!("/v1/events/{}", event.as_str().unwrap());
    let event = world.call("GET", &path, None).await.expect(200);
    assert_eq!(
        event["data"],
        json!({"monthlyCredits": 1, "month": "2026-07"})
    );
}
