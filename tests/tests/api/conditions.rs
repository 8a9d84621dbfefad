//! More settings of triggers: conditions, places of delivery ids, and the token in a header.

use serde_json::{Value, json};
use tests::{Hook, World, echoes_the_event};

async fn world_with_hook(settings: Value) -> (World, Hook) {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), settings).await;
    (world, hook)
}

async fn count(world: &World) -> usize {
    let listed = world.call("GET", "/v1/executions", None).await.expect(200);
    listed["items"].as_array().map_or(0, Vec::len)
}

#[tokio::test]
async fn an_event_that_does_not_satisfy_the_condition_is_answered_and_starts_nothing() {
    let condition = r#".action == "opened" and (.labels | any(.name == "bug"))"#;
    let (world, hook) = world_with_hook(json!({"condition": condition})).await;
    let bug = json!([{"name": "bug"}]);
    let headers = [("webhook-id", "1")];
    for event in [
        json!({"action": "closed", "labels": bug}),
        json!({"action": "opened", "labels": []}),
        json!({}),
    ] {
        let answer = world.post(&hook, &headers, &event).await.expect(200);
        assert_eq!(answer, json!({"success": true, "ignored": true}), "{event}");
    }
    assert_eq!(count(&world).await, 0);
    // The delivery id is left unused.
    let event = json!({"action": "opened", "labels": bug});
    let answer = world.post(&hook, &headers, &event).await.expect(200);
    assert!(answer["executionId"].is_string(), "{answer}");
    assert_eq!(answer.get("deduplicated"), None);
    assert_eq!(count(&world).await, 1);
}

#[tokio::test]
async fn an_event_that_the_condition_does_not_apply_to_runs() {
    let (world, hook) = world_with_hook(json!({"condition": ".a.b == 1"})).await;
    let answer = world
        .post(&hook, &[], &json!({"a": "text"}))
        .await
        .expect(200);
    assert!(answer["executionId"].is_string(), "{answer}");
}

#[tokio::test]
async fn ignored_events_take_no_token() {
    let (world, hook) = world_with_hook(json!({"condition": ".n == 1"})).await;
    let limit = json!({"rateLimit": {"capacity": 1, "refillPerSecond": 0.001}});
    let path = format!("/v1/workflows/{}", hook.workflow);
    world.call("PATCH", &path, Some(limit)).await.expect(200);
    for _ in 0..3 {
        world.post(&hook, &[], &json!({"n": 2})).await.expect(200);
    }
    world.post(&hook, &[], &json!({"n": 1})).await.expect(200);
    let limited = world.post(&hook, &[], &json!({"n": 1})).await;
    limited.expect_problem(429, "RATE_LIMITED");
}

#[tokio::test]
async fn a_condition_that_cannot_be_used_is_refused_when_it_is_set() {
    let (world, hook) = world_with_hook(json!({"condition": ".n == 1"})).await;
    let path = format!("/v1/workflows/{}/triggers/{}", hook.workflow, hook.trigger);
    let wrong = json!({"condition": ".n | test(\"a\")"});
    let refused = world.call("PATCH", &path, Some(wrong)).await;
    let problem = refused.expect_problem(400, "INVALID_FIELD");
    assert_eq!(problem["pointer"], "/condition");
    let kept = world
        .call("PATCH", &path, Some(json!({"enabled": true})))
        .await;
    assert_eq!(kept.expect(200)["condition"], ".n == 1");
    let removed = world
        .call("PATCH", &path, Some(json!({"condition": null})))
        .await;
    assert_eq!(removed.expect(200)["condition"], Value::Null);
}

#[tokio::test]
async fn the_delivery_id_is_where_the_owner_says() {
    let (world, hook) = world_with_hook(json!({"deliveryId": {"header": "X-Request-Id"}})).await;
    let post = async |hook: &Hook, headers: &[(&str, &str)], event: Value| {
        world.post(hook, headers, &event).await.expect(200)
    };
    let first = post(
        &hook,
        &[("x-request-id", "1"), ("webhook-id", "a")],
        json!({}),
    )
    .await;
    let again = post(
        &hook,
        &[("x-request-id", "1"), ("webhook-id", "b")],
        json!({}),
    )
    .await;
    assert_eq!(again["deduplicated"], true);
    assert_eq!(again["executionId"], first["executionId"]);
    let elsewhere = post(&hook, &[("webhook-id", "a")], json!({})).await;
    assert_eq!(elsewhere.get("deduplicated"), None);
    let settings = json!({"deliveryId": {"path": "$.data.id"}});
    let hook = world.trigger(&hook.workflow, settings).await;
    world.clock.advance(5_000);
    let first = post(&hook, &[], json!({"data": {"id": 7}, "n": 1})).await;
    let again = post(&hook, &[], json!({"data": {"id": 7}, "n": 2})).await;
    assert_eq!(again["executionId"], first["executionId"]);
    let id = first["executionId"].as_str().unwrap_or_default();
    assert_eq!(world.execution(id).await["deliveryId"], "7");
    let odd = json!({"data": {"id": "two words"}});
    let refused = world.post(&hook, &[], &odd).await;
    refused.expect_problem(400, "INVALID_DELIVERY_ID");
}

#[tokio::test]
async fn a_place_of_delivery_ids_replaces_the_one_before() {
    let (world, hook) = world_with_hook(json!({"deliveryId": {"header": "X-Id"}})).await;
    let path = format!("/v1/workflows/{}/triggers/{}", hook.workflow, hook.trigger);
    let patch = |body: Value| world.call("PATCH", &path, Some(body));
    let kept = patch(json!({"enabled": true})).await.expect(200);
    assert_eq!(kept["deliveryId"], json!({"header": "x-id"}));
    let changed = patch(json!({"deliveryId": {"path": "$.id"}}))
        .await
        .expect(200);
    assert_eq!(changed["deliveryId"], json!({"path": "$.id"}));
    for (wrong, pointer) in [
        (json!({}), "/deliveryId"),
        (json!({"header": "a", "path": "$.a"}), "/deliveryId"),
        (json!({"header": "Authorization"}), "/deliveryId/header"),
        (json!({"path": "data.id"}), "/deliveryId/path"),
    ] {
        let refused = patch(json!({"deliveryId": wrong})).await;
        let problem = refused.expect_problem(400, "INVALID_FIELD");
        assert_eq!(problem["pointer"], pointer);
    }
    let removed = patch(json!({"deliveryId": null})).await.expect(200);
    assert_eq!(removed["deliveryId"], Value::Null);
}

#[tokio::test]
async fn the_token_may_be_in_a_header_and_is_not_kept() {
    let (world, hook) = world_with_hook(json!({})).await;
    let (path, query) = hook.path.split_once('?').unwrap_or_default();
    let token = query.strip_prefix("token=").unwrap_or_default();
    let bearer = format!("Bearer {token}");
    let answer = world
        .send("POST", path, &[("authorization", &bearer)], "{}")
        .await;
    let id = answer.expect(200)["executionId"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let kept = world
        .call("GET", &format!("/v1/executions/{id}/request"), None)
        .await;
    let kept = kept.expect(200).to_string();
    assert!(
        kept.contains("[redacted]") && !kept.contains(token),
        "{kept}"
    );
    let wrong = [("authorization", "Bearer wrong")];
    let refused = world.send("POST", path, &wrong, "{}").await;
    refused.expect_problem(403, "INVALID_TOKEN");
    let other = [("authorization", "Basic abc")];
    let refused = world.send("POST", path, &other, "{}").await;
    refused.expect_problem(400, "MISSING_WORKFLOW_OR_TOKEN");
}
