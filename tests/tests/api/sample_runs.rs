//! Tests of a workflow with the sample of a trigger, through the gateway; and whose samples are whose.

use serde_json::json;
use tests::{Hook, World, echoes_the_event};

fn path_of(hook: &Hook) -> String {
    format!("/v1/workflows/{}/triggers/{}", hook.workflow, hook.trigger)
}

#[tokio::test]
async fn a_test_needs_a_sample_takes_a_token_and_is_repeated_by_its_key() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    world
        .post(&hook, &[], &json!({"n": "an earlier body"}))
        .await
        .expect(200);
    let test = format!("{}/test", path_of(&hook));
    let none = world.call("POST", &test, None).await;
    none.expect_problem(409, "NO_SAMPLE");
    let unknown = world.call("POST", &test, Some(json!({"body": {}}))).await;
    unknown.expect_problem(400, "UNKNOWN_FIELD");
    let sample = format!("{}/sample", path_of(&hook));
    let pairs = json!({"pairs": [{"name": "n", "value": 2, "in": "query"}]});
    world.call("POST", &sample, Some(pairs)).await.expect(200);
    let authorization = format!("Bearer {}", world.key);
    let headers = [
        ("authorization", authorization.as_str()),
        ("idempotency-key", "once"),
    ];
    let run = world.send("POST", &test, &headers, "").await.expect(201);
    let again = world.send("POST", &test, &headers, "").await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.expect(201)["id"], run["id"]);
    world.run().await;
    let execution = world.execution(run["id"].as_str().unwrap()).await;
    assert_eq!(execution["input"]["n"], 2);
    let required = json!({"parameters": [{"name": "m", "type": "number", "required": true}]});
    world
        .call("PATCH", &path_of(&hook), Some(required))
        .await
        .expect(200);
    let refused = world.call("POST", &test, None).await;
    let problem = refused.expect_problem(400, "MISSING_PARAMETER");
    assert_eq!(problem["parameters"], json!(["m"]));
    let none = json!({"parameters": []});
    world
        .call("PATCH", &path_of(&hook), Some(none))
        .await
        .expect(200);
    let limit = json!({"rateLimit": {"capacity": 1, "refillPerSecond": 0.001}});
    let workflow = format!("/v1/workflows/{}", hook.workflow);
    world
        .call("PATCH", &workflow, Some(limit))
        .await
        .expect(200);
    world.clock.advance(600_000);
    world.call("POST", &test, None).await.expect(201);
    let limited = world.call("POST", &test, None).await;
    limited.expect_problem(429, "RATE_LIMITED");
}

#[tokio::test]
async fn samples_captures_and_tests_belong_to_one_org() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let other = world.key_of("other").await;
    for (method, path) in [
        ("GET", "sample"),
        ("POST", "sample"),
        ("DELETE", "sample"),
        ("GET", "capture"),
        ("POST", "capture"),
        ("DELETE", "capture"),
        ("POST", "capture/confirm"),
        ("POST", "test"),
    ] {
        let path = format!("{}/{path}", path_of(&hook));
        let body = (path.ends_with("sample") && method == "POST").then(|| json!({"json": {}}));
        let refused = world.call_as(&other, method, &path, body).await;
        refused.expect_problem(404, "NOT_FOUND");
    }
}
