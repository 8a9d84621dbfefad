//! Credits: what a webhook costs, and what becomes of it without credit.

use domain::{CreditAccount, Month};
use serde_json::json;
use tests::events::webhook;
use tests::fault_proxy::{Fault, FaultProxy, ask};
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
async fn each_execution_costs_a_credit_and_without_one_a_webhook_is_402() {
    let (world, hook) = world(2).await;
    assert_eq!(world.used_credits().await, 0);
    for id in ["1", "2"] {
        deliver(&world, &hook, id).await.expect(200);
    }
    let refused = deliver(&world, &hook, "3").await;
    refused.expect_problem(402, "INSUFFICIENT_CREDITS");
    assert_eq!(world.used_credits().await, 2);
    // Its delivery id is unused: with new credits it runs.
    world.clock.advance(MONTH_MS);
    let accepted = deliver(&world, &hook, "3").await.expect(200);
    assert_eq!(accepted.get("deduplicated"), None);
    assert_eq!(world.used_credits().await, 1);
}

#[tokio::test]
async fn a_duplicate_costs_no_credit_and_is_answered_without_any() {
    let (world, hook) = world(2).await;
    let first = deliver(&world, &hook, "1").await.expect(200);
    let again = async || {
        let again = deliver(&world, &hook, "1").await.expect(200);
        assert_eq!(again["executionId"], first["executionId"]);
        assert_eq!(again["deduplicated"], true);
    };
    again().await;
    assert_eq!(world.used_credits().await, 1);
    deliver(&world, &hook, "2").await.expect(200);
    // No container knows yet that there is no credit; afterwards this one does; and then it has forgotten.
    again().await;
    deliver(&world, &hook, "3").await.expect(402);
    again().await;
    world.clock.advance(TRUSTED_MS);
    again().await;
    assert_eq!(world.used_credits().await, 2);
}

#[tokio::test]
async fn an_org_with_no_credits_at_all_runs_nothing() {
    let (world, hook) = world(0).await;
    deliver(&world, &hook, "1").await.expect(402);
    assert_eq!(world.used_credits().await, 0);
}

#[tokio::test]
async fn credits_that_the_operator_adds_can_be_used_five_seconds_later() {
    let (world, hook) = world(1).await;
    deliver(&world, &hook, "1").await.expect(200);
    deliver(&world, &hook, "2").await.expect(402);
    world.set_credits(2).await;
    world.clock.advance(TRUSTED_MS);
    deliver(&world, &hook, "2").await.expect(200);
    deliver(&world, &hook, "3").await.expect(402);
}

#[tokio::test]
async fn a_webhook_without_credit_gives_its_token_back() {
    let (world, hook) = world(1).await;
    let limit = json!({"rateLimit": {"capacity": 2, "refillPerSecond": 0.0001}});
    let path = format!("/v1/workflows/{}", hook.workflow);
    world.call("PATCH", &path, Some(limit)).await.expect(200);
    world.clock.advance(TRUSTED_MS);
    deliver(&world, &hook, "1").await.expect(200);
    deliver(&world, &hook, "2").await.expect(402);
    world.set_credits(2).await;
    world.clock.advance(TRUSTED_MS);
    deliver(&world, &hook, "2").await.expect(200);
    deliver(&world, &hook, "3").await.expect(429);
}

async fn status(app: &trigger::App, hook: &Hook, headers: &[(&str, &str)]) -> u16 {
    let request = webhook(&hook.path, headers, &json!({}));
    trigger::handle(app, request).await.status().as_u16()
}

#[tokio::test]
async fn a_debit_is_part_of_the_write_and_a_flood_without_credit_writes_nothing() {
    let (world, hook) = world(2).await;
    let proxy = FaultProxy::new(&world, |_, _| Fault::Pass).await;
    let app = trigger::App::new(proxy.environment(&world, "trigger"));
    assert_eq!(status(&app, &hook, &[]).await, 200);
    proxy.forget_calls();
    assert_eq!(status(&app, &hook, &[]).await, 200);
    assert_eq!(
        proxy.calls(),
        ["UpdateItem", "TransactWriteItems", "SendMessage"]
    );
    // The first one without credit finds that out, gives its token back, and records the two events and the refusal.
    proxy.forget_calls();
    assert_eq!(status(&app, &hook, &[]).await, 402);
    assert_eq!(
        proxy.calls(),
        [
            "UpdateItem",
            "TransactWriteItems",
            "UpdateItem",
            "PutItem",
            "PutItem",
            "TransactWriteItems"
        ]
    );
    proxy.forget_calls();
    for _ in 0..10 {
        assert_eq!(status(&app, &hook, &[]).await, 402);
    }
    assert_eq!(proxy.calls(), [""; 0]);
    // With a delivery id one read tells whether it is a duplicate.
    assert_eq!(status(&app, &hook, &[("webhook-id", "1")]).await, 402);
    assert_eq!(proxy.calls(), ["GetItem"]);
    // Five seconds later it is tried again; the events are remembered.
    world.clock.advance(TRUSTED_MS);
    proxy.forget_calls();
    assert_eq!(status(&app, &hook, &[]).await, 402);
    assert_eq!(
        proxy.calls(),
        [
            "Query",
            "GetItem",
            "UpdateItem",
            "TransactWriteItems",
            "UpdateItem"
        ]
    );
}

/// Has each shard of the world's account used all but one of its share.
async fn use_all_but_one_of_each_shard(world: &World, limit: u64) {
    let account = CreditAccount {
        org: world.tenant.org,
        month: Month::of(world.clock.now()),
        limit,
    };
    let table = world.stack.variables("trigger")["RUNS_TABLE"].clone();
    for shard in account.shards() {
        let key = format!("CREDITS#{}#{}#{shard}", account.org, account.month);
        let used = account.share(shard) - 1;
        let item = json!({
            "pk": {"S": key},
            "sk": {"S": "USED"},
            "used": {"N": used.to_string()},
            "v": {"N": "1"},
        });
        let body = json!({"TableName": table, "Item": item}).to_string();
        ask(world, "DynamoDB_20120810.PutItem", body).await;
    }
}

#[tokio::test]
async fn the_shards_of_a_large_account_have_exactly_its_credits() {
    const LIMIT: u64 = 1_605;
    let (world, hook) = world(LIMIT).await;
    use_all_but_one_of_each_shard(&world, LIMIT).await;
    assert_eq!(world.used_credits().await, LIMIT - 16);
    for number in 0..16 {
        deliver(&world, &hook, &number.to_string())
            .await
            .expect(200);
    }
    deliver(&world, &hook, "16").await.expect(402);
    assert_eq!(world.used_credits().await, LIMIT);
}
