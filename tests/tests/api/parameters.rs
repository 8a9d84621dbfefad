//! Typed parameters of a trigger, and how webhooks are read by them, through the gateway.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::{Value, json};
use tests::{Hook, World, echoes_the_event};

const FORM: &str = "application/x-www-form-urlencoded";

async fn hook(world: &World, parameters: Value) -> Hook {
    let settings = json!({"parameters": parameters, "methods": ["GET", "POST"]});
    world.hook(echoes_the_event(), settings).await
}

fn path_of(hook: &Hook) -> String {
    format!("/v1/workflows/{}/triggers/{}", hook.workflow, hook.trigger)
}

/// Input and output of the execution that a webhook began, without what is added to every event.
async fn input_of(world: &World, accepted: Value) -> Value {
    world.run().await;
    let execution = world
        .execution(accepted["executionId"].as_str().unwrap())
        .await;
    assert_eq!(
        execution["input"], execution["output"]["event"],
        "{execution}"
    );
    let mut input = execution["input"].clone();
    let fields = input.as_object_mut().unwrap();
    fields.retain(|name, _| !["triggeredAt", "source", "body"].contains(&name.as_str()));
    input
}

#[tokio::test]
async fn a_workflow_gets_its_parameters_as_the_types_that_they_have() {
    let world = World::new().await;
    let parameters = json!([
        {"name": "amount", "type": "number", "required": true},
        {"name": "paid", "type": "boolean"},
        {"name": "page", "type": "number", "in": "query"},
        {"name": "X-Shop", "in": "header", "description": "who sends it"},
    ]);
    let hook = hook(&world, parameters).await;
    let query = format!("{}&page=2", hook.path);
    let headers = [("content-type", FORM), ("x-shop", "north")];
    let sent = world
        .send("POST", &query, &headers, "amount=42&paid=true&who=7")
        .await;
    let expected = json!({"amount": 42, "paid": true, "who": "7", "page": 2, "X-Shop": "north"});
    let accepted = sent.expect(200);
    assert_eq!(input_of(&world, accepted.clone()).await, expected);
    let replay = format!(
        "/v1/executions/{}/replay",
        accepted["executionId"].as_str().unwrap()
    );
    let none = json!({"parameters": null});
    world
        .call("PATCH", &path_of(&hook), Some(none))
        .await
        .expect(200);
    let replayed = world.call("POST", &replay, None).await.expect(201);
    let replayed = json!({"executionId": replayed["id"]});
    assert_eq!(
        input_of(&world, replayed).await,
        expected,
        "as it was read then"
    );
}

#[tokio::test]
async fn missing_and_mistyped_parameters_are_named_and_take_no_token() {
    let world = World::new().await;
    let parameters = json!([
        {"name": "order.id", "type": "number", "required": true},
        {"name": "total", "type": "number", "required": true},
        {"name": "note", "type": "string"},
    ]);
    let hook = hook(&world, parameters).await;
    let limit = json!({"rateLimit": {"capacity": 1, "refillPerSecond": 0.001}});
    let workflow = format!("/v1/workflows/{}", hook.workflow);
    world
        .call("PATCH", &workflow, Some(limit))
        .await
        .expect(200);
    world.clock.advance(6_000);
    let refused = world
        .post(
            &hook,
            &[("webhook-id", "1")],
            &json!({"order": {}, "total": "12", "note": 1}),
        )
        .await;
    let problem = refused.expect_problem(400, "MISSING_PARAMETER");
    assert_eq!(problem["msg"], "Missing required parameter");
    assert_eq!(problem["parameters"], json!(["order.id", "total"]));
    let invalid = world
        .send(
            "POST",
            &hook.path,
            &[("content-type", "application/json")],
            "{",
        )
        .await;
    invalid.expect_problem(400, "INVALID_REQUEST_BODY");
    let complete = json!({"order": {"id": 1}, "total": 12, "note": 1});
    let sent = world.post(&hook, &[("webhook-id", "1")], &complete).await;
    let first = sent.expect(200);
    assert_eq!(first.get("deduplicated"), None, "{first}");
    assert_eq!(input_of(&world, first).await, complete);
    let empty = world.post(&hook, &[], &json!({})).await;
    empty.expect_problem(400, "MISSING_PARAMETER");
    let limited = world.post(&hook, &[], &complete).await;
    limited.expect_problem(429, "RATE_LIMITED");
}

#[tokio::test]
async fn the_query_of_a_get_is_read_by_its_parameters() {
    let world = World::new().await;
    let parameters = json!([{"name": "id", "type": "number", "required": true}]);
    let hook = hook(&world, parameters).await;
    let get = async |query: &str| {
        let path = format!("{}{query}", hook.path);
        world.send("GET", &path, &[], "").await
    };
    let refused = get("&id=seven").await;
    refused.expect_problem(400, "MISSING_PARAMETER");
    let accepted = get("&id=7").await.expect(200);
    assert_eq!(input_of(&world, accepted).await, json!({"id": 7}));
}

#[tokio::test]
async fn the_refusal_of_an_inactive_workflow_is_replayed_with_its_parameters() {
    let world = World::new().await;
    let hook = hook(&world, json!([{"name": "n", "type": "number"}])).await;
    let workflow = format!("/v1/workflows/{}", hook.workflow);
    let off = format!("{workflow}/deactivate");
    world.call("POST", &off, None).await.expect(200);
    world.clock.advance(6_000);
    let refused = world
        .send("POST", &hook.path, &[("content-type", FORM)], "n=1")
        .await;
    let refused = refused.expect_problem(403, "WORKFLOW_INACTIVE");
    let on = format!("{workflow}/activate");
    world.call("POST", &on, None).await.expect(200);
    let id = refused["executionId"].as_str().unwrap().to_owned();
    let replay = format!("/v1/executions/{id}/replay");
    let replayed = world.call("POST", &replay, None).await.expect(201);
    let replayed = json!({"executionId": replayed["id"]});
    assert_eq!(input_of(&world, replayed).await, json!({"n": 1}));
}
