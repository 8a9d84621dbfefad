//! `POST /v1/replays`: all that match, once, page by page, within the rate limit of each workflow.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use futures::future::join_all;
use serde_json::{Value, json};
use tests::{Answer, Hook, World, echoes_the_event, fails};

const REPLAYS: &str = "/v1/replays";

async fn replay(world: &World, body: Value) -> Value {
    world.call("POST", REPLAYS, Some(body)).await.expect(200)
}

async fn replay_as(world: &World, key: &str, body: Value) -> Answer {
    let headers = [("x-api-key", world.key.as_str()), ("idempotency-key", key)];
    world
        .send("POST", REPLAYS, &headers, body.to_string())
        .await
}

/// Sends so many webhooks, a second after each other, and runs them.
async fn receive(world: &World, hook: &Hook, count: usize) {
    for n in 0..count {
        world.post(hook, &[], &json!({"n": n})).await.expect(200);
        world.clock.advance(1_000);
    }
    world.run().await;
}

/// Executions that match a query, newest first.
async fn listed(world: &World, query: &str) -> Vec<Value> {
    let path = format!("/v1/executions?limit=100&{query}");
    let list = world.call("GET", &path, None).await.expect(200);
    assert_eq!(list["nextCursor"], Value::Null);
    list["items"].as_array().unwrap().clone()
}

fn counts(answer: &Value) -> [u64; 4] {
    ["matched", "replayed", "repeated", "skipped"].map(|name| answer[name].as_u64().unwrap())
}

#[tokio::test]
async fn all_that_failed_run_again_once_and_a_dry_run_only_counts_them() {
    let world = World::new().await;
    let broken = world.hook(fails(), json!({})).await;
    let sound = world.hook(echoes_the_event(), json!({})).await;
    receive(&world, &broken, 3).await;
    receive(&world, &sound, 2).await;
    let failed = json!({"status": "failed", "workflowId": broken.workflow});
    let mut dry = failed.clone();
    dry["dryRun"] = json!(true);
    let counted = replay(&world, dry.clone()).await;
    let expected = json!({"dryRun": true, "matched": 3, "replayed": 0, "repeated": 0,
        "skipped": 0, "nextCursor": null, "retryAfter": null});
    assert_eq!(counted, expected);
    assert_eq!(listed(&world, "").await.len(), 5);
    let mended = json!({"definition": echoes_the_event()});
    let path = format!("/v1/workflows/{}", broken.workflow);
    world.call("PATCH", &path, Some(mended)).await.expect(200);
    assert_eq!(counts(&replay(&world, failed.clone()).await), [3, 3, 0, 0]);
    world.run().await;
    let originals = listed(&world, "status=failed").await;
    let of_broken = format!("status=succeeded&workflowId={}", broken.workflow);
    let replays = listed(&world, &of_broken).await;
    let parents: Vec<&Value> = replays.iter().map(|one| &one["parentId"]).collect();
    for original in &originals {
        let of_it = parents.iter().filter(|id| **id == &original["id"]);
        assert_eq!(of_it.count(), 1, "{original}");
        assert_eq!(original["triggerId"], broken.trigger);
    }
    assert_eq!((originals.len(), replays.len()), (3, 3));
    assert_eq!(counts(&replay(&world, failed).await), [3, 0, 3, 0]);
    assert_eq!(counts(&replay(&world, dry).await), [3, 0, 0, 0]);
    world.run().await;
    assert_eq!(listed(&world, "").await.len(), 8);
}

/// A replay that fails again is not replayed by a repeat: that would go on for ever.
#[tokio::test]
async fn what_a_request_replayed_is_replayed_again_under_another_key_or_version_only() {
    let world = World::new().await;
    let hook = world.hook(fails(), json!({})).await;
    receive(&world, &hook, 2).await;
    let failed = json!({"status": "failed"});
    for (key, body, expected) in [
        ("one", failed.clone(), [2, 2, 0, 0]),
        ("one", failed.clone(), [2, 0, 2, 0]),
        (
            "one",
            json!({"status": "failed", "version": "original"}),
            [2, 2, 0, 0],
        ),
        ("two", failed.clone(), [6, 6, 0, 0]),
        ("two", failed.clone(), [6, 0, 6, 0]),
    ] {
        world.clock.advance(1_000);
        let answer = replay_as(&world, key, body).await.expect(200);
        assert_eq!(counts(&answer), expected, "{key}");
        world.run().await;
    }
    assert_eq!(listed(&world, "status=failed").await.len(), 12);
}

#[tokio::test]
async fn a_limit_ends_the_page_and_its_cursor_leads_to_the_rest() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    receive(&world, &hook, 7).await;
    let all = listed(&world, "").await;
    let mut cursor = Value::Null;
    for expected in [[3, 3, 0, 0], [3, 3, 0, 0], [1, 1, 0, 0]] {
        let mut body = json!({"triggerId": hook.trigger, "limit": 3});
        if cursor != Value::Null {
            body["cursor"] = cursor.clone();
        }
        let page = replay(&world, body).await;
        assert_eq!(counts(&page), expected);
        cursor = page["nextCursor"].clone();
    }
    assert_eq!(cursor, Value::Null);
    world.run().await;
    assert_eq!(listed(&world, "").await.len(), 14);
    let until = all[4]["createdAt"].clone();
    let range = json!({"since": all[6]["createdAt"], "until": until, "dryRun": true});
    assert_eq!(counts(&replay(&world, range).await), [2, 0, 0, 0]);
}

#[tokio::test]
async fn an_empty_bucket_ends_the_page_and_says_when_it_goes_on() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    receive(&world, &hook, 5).await;
    let path = format!("/v1/workflows/{}", hook.workflow);
    let limit = json!({"rateLimit": {"capacity": 2, "refillPerSecond": 0.1}});
    world.call("PATCH", &path, Some(limit)).await.expect(200);
    world.clock.advance(60_000);
    let mut body = json!({"workflowId": hook.workflow, "until": "2026-06-16T12:18:00Z"});
    let mut replayed = Vec::new();
    for _ in 0..6 {
        let page = replay(&world, body.clone()).await;
        replayed.push(page["replayed"].as_u64().unwrap());
        let Some(secs) = page["retryAfter"].as_i64() else {
            assert_eq!(page["nextCursor"], Value::Null);
            break;
        };
        // Nothing has changed yet.
        body["cursor"] = page["nextCursor"].clone();
        let early = replay(&world, body.clone()).await;
        assert_eq!(counts(&early), [0, 0, 0, 0]);
        assert_eq!(early["nextCursor"], page["nextCursor"]);
        assert_eq!(early["retryAfter"], secs);
        world.clock.advance(secs * 1_000);
    }
    assert_eq!(replayed, [2, 1, 1, 1]);
    world.run().await;
    assert_eq!(listed(&world, "").await.len(), 10);
}

/// The first request finds no token at all: its cursor leads to the first execution.
#[tokio::test]
async fn an_empty_bucket_before_the_first_execution_loses_none() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    receive(&world, &hook, 1).await;
    let path = format!("/v1/workflows/{}", hook.workflow);
    let limit = json!({"rateLimit": {"capacity": 1, "refillPerSecond": 0.1}});
    world.call("PATCH", &path, Some(limit)).await.expect(200);
    world.clock.advance(60_000);
    world.post(&hook, &[], &json!({})).await.expect(200);
    let mut body = json!({"workflowId": hook.workflow});
    let page = replay(&world, body.clone()).await;
    assert_eq!(counts(&page), [0, 0, 0, 0]);
    body["cursor"] = page["nextCursor"].clone();
    world
        .clock
        .advance(page["retryAfter"].as_i64().unwrap() * 1_000);
    assert_eq!(counts(&replay(&world, body).await), [1, 1, 0, 0]);
}

#[tokio::test]
async fn executions_of_inactive_and_deleted_workflows_are_skipped() {
    let world = World::new().await;
    let mut hooks = Vec::new();
    for _ in 0..3 {
        let hook = world.hook(echoes_the_event(), json!({})).await;
        receive(&world, &hook, 2).await;
        hooks.push(format!("/v1/workflows/{}", hook.workflow));
    }
    let deactivate = format!("{}/deactivate", hooks[0]);
    world.call("POST", &deactivate, None).await.expect(200);
    world.call("DELETE", &hooks[1], None).await.expect(204);
    let answer = replay(&world, json!({"status": "succeeded"})).await;
    assert_eq!(counts(&answer), [6, 2, 0, 4]);
}

#[tokio::test]
async fn a_delivery_id_names_its_executions() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    for id in ["d-1", "d-2"] {
        let header = [("webhook-id", id)];
        world.post(&hook, &header, &json!({})).await.expect(200);
    }
    world.run().await;
    let body = json!({"deliveryId": "d-2"});
    assert_eq!(counts(&replay(&world, body).await), [1, 1, 0, 0]);
    let parent = listed(&world, "deliveryId=d-2").await[0]["id"].clone();
    let replayed = listed(&world, "status=queued").await;
    assert_eq!(replayed[0]["parentId"], parent);
}

#[tokio::test]
async fn many_requests_at_once_replay_everything_once() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    receive(&world, &hook, 10).await;
    let racing = (0..4).map(|_| replay(&world, json!({"status": "succeeded"})));
    let answers = join_all(racing).await;
    let replayed = answers.iter().map(|answer| counts(answer)[1]);
    assert_eq!(replayed.sum::<u64>(), 10, "{answers:?}");
    world.run().await;
    assert_eq!(listed(&world, "").await.len(), 20);
}

#[tokio::test]
async fn another_org_and_a_key_that_only_reads_replay_nothing() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    receive(&world, &hook, 1).await;
    let other = world.key_of("two").await;
    let all = json!({"status": "succeeded"});
    let theirs = world.call_as(&other, "POST", REPLAYS, Some(all.clone()));
    assert_eq!(counts(&theirs.await.expect(200)), [0, 0, 0, 0]);
    let named = json!({"workflowId": hook.workflow});
    let theirs = world.call_as(&other, "POST", REPLAYS, Some(named)).await;
    theirs.expect_problem(404, "NOT_FOUND");
    let body = json!({"name": "dashboard", "scopes": ["read"]});
    let reader = world.call("POST", "/v1/api-keys", Some(body)).await;
    let reader = reader.expect(201)["key"].as_str().unwrap().to_owned();
    let refused = world.call_as(&reader, "POST", REPLAYS, Some(all)).await;
    refused.expect_problem(403, "FORBIDDEN_SCOPE");
    let everything = world.call("POST", REPLAYS, Some(json!({}))).await;
    everything.expect_problem(400, "INVALID_FIELD");
    assert_eq!(listed(&world, "").await.len(), 1);
}

#[tokio::test]
async fn an_org_that_runs_out_of_credit_is_402_and_a_repeat_goes_on_where_it_ended() {
    let world = World::new().await;
    let hook = world.hook(fails(), json!({})).await;
    receive(&world, &hook, 5).await;
    world.set_credits(2).await;
    // So long a container goes by the org that it has read.
    world.clock.advance(5_000);
    let failed = json!({"status": "failed", "workflowId": hook.workflow});
    let refused = world.call("POST", REPLAYS, Some(failed.clone())).await;
    refused.expect_problem(402, "INSUFFICIENT_CREDITS");
    assert_eq!(world.used_credits().await, 2);
    assert_eq!(listed(&world, "").await.len(), 7);
    world.set_credits(10).await;
    world.clock.advance(5_000);
    assert_eq!(counts(&replay(&world, failed).await), [5, 3, 2, 0]);
    assert_eq!(world.used_credits().await, 5);
    assert_eq!(listed(&world, "").await.len(), 10);
}
