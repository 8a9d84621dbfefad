//! Capture of a sample, through the gateway.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::{Value, json};
use tests::{Answer, Hook, World, echoes_the_event};

fn path_of(hook: &Hook) -> String {
    format!("/v1/workflows/{}/triggers/{}", hook.workflow, hook.trigger)
}

async fn hook(world: &World, settings: Value) -> Hook {
    world.hook(echoes_the_event(), settings).await
}

async fn capture(world: &World, hook: &Hook, method: &str, action: &str) -> Answer {
    let path = format!("{}/capture{action}", path_of(hook));
    world.call(method, &path, None).await
}

/// Asks for a window, and waits until it opens.
async fn open_window(world: &World, hook: &Hook) -> Value {
    let opened = capture(world, hook, "POST", "").await.expect(200);
    world.clock.advance(5_000);
    opened
}

async fn executions(world: &World) -> Vec<Value> {
    let listed = world.call("GET", "/v1/executions", None).await.expect(200);
    listed["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_first_request_in_the_window_becomes_the_sample_and_triggers_nothing() {
    let world = World::new().await;
    let settings = json!({"parameters": [{"name": "id", "required": true, "description": "what"}]});
    let hook = hook(&world, settings).await;
    let none = capture(&world, &hook, "GET", "").await;
    none.expect_problem(404, "NOT_FOUND");
    let event = json!({"id": 7, "order": {"paid": true}});
    // A container that knows the configuration of before, like any that is warm.
    let first = world
        .post(&hook, &[], &json!({"id": "1"}))
        .await
        .expect(200);
    let opened = capture(&world, &hook, "POST", "").await.expect(200);
    assert_eq!(
        opened,
        json!({"state": "pending", "opensAt": "2026-06-16T12:17:35.231Z", "closesAt": "2026-06-16T12:20:35.231Z"})
    );
    let early = world
        .post(&hook, &[], &json!({"id": "2"}))
        .await
        .expect(200);
    assert!(early["executionId"].is_string(), "not open yet: {early}");
    world.clock.advance(5_000);
    let waiting = capture(&world, &hook, "GET", "").await.expect(200);
    assert_eq!(waiting["state"], "open");
    let nothing = capture(&world, &hook, "POST", "/confirm").await;
    nothing.expect_problem(409, "NOTHING_CAPTURED");

    let path = format!("{}&page=2", hook.path);
    let headers = [
        ("content-type", "application/json"),
        ("authorization", "Bearer canary"),
    ];
    let sent = world.send("POST", &path, &headers, event.to_string()).await;
    assert_eq!(sent.expect(200), json!({"success": true, "captured": true}));
    let next = world
        .post(&hook, &[], &json!({"id": "3"}))
        .await
        .expect(200);
    assert!(
        next["executionId"].is_string(),
        "the window is full: {next}"
    );

    let found = capture(&world, &hook, "GET", "").await.expect(200);
    assert_eq!(found["state"], "captured");
    assert_eq!(found["sample"]["event"]["order"], event["order"]);
    let shown = found.to_string();
    let token = hook.path.split("token=").nth(1).unwrap();
    assert!(
        !shown.contains("canary") && !shown.contains(token),
        "{shown}"
    );
    let confirmed = capture(&world, &hook, "POST", "/confirm").await.expect(200);
    let parameter = |name: &str, place: &str, kind: &str| {
        let is_known = name == "id";
        json!({"name": name, "in": place, "type": kind, "required": is_known,
               "description": is_known.then_some("what")})
    };
    let expected = json!([
        parameter("id", "body", "number"),
        parameter("order", "body", "object"),
        parameter("order.paid", "body", "boolean"),
        parameter("page", "query", "string"),
    ]);
    assert_eq!(
        (&confirmed["parameters"], &found["parameters"]),
        (&expected, &expected)
    );
    let sample = format!("{}/sample", path_of(&hook));
    let sample = world.call("GET", &sample, None).await.expect(200);
    assert_eq!(
        (&sample["origin"], &sample["event"]),
        (&json!("capture"), &found["sample"]["event"])
    );
    let gone = capture(&world, &hook, "GET", "").await;
    gone.expect_problem(404, "NOT_FOUND");
    let ids: Vec<Value> = executions(&world)
        .await
        .iter()
        .map(|one| one["id"].clone())
        .collect();
    let expected = [&next, &early, &first].map(|accepted| accepted["executionId"].clone());
    assert_eq!(ids.len(), 3);
    assert!(expected.iter().all(|id| ids.contains(id)), "{ids:?}");
}

#[tokio::test]
async fn a_trigger_is_set_up_by_a_capture_before_anything_is_active() {
    let world = World::new().await;
    let hook = hook(&world, json!({"enabled": false})).await;
    let off = format!("/v1/workflows/{}/deactivate", hook.workflow);
    world.call("POST", &off, None).await.expect(200);
    open_window(&world, &hook).await;
    let unreadable = [("content-type", "application/json")];
    let refused = world.send("POST", &hook.path, &unreadable, "{").await;
    refused.expect_problem(403, "WEBHOOK_DISABLED");
    let put = world.send("PUT", &hook.path, &[], "").await;
    put.expect_problem(405, "METHOD_NOT_ALLOWED");
    let wrong = format!("/hooks/{}?token=wrong", hook.workflow);
    let stranger = world.send("POST", &wrong, &[], "x").await;
    stranger.expect_problem(403, "INVALID_TOKEN");
    let get = format!("{}&city=Rome", hook.path);
    let sent = world.send("GET", &get, &[], "").await.expect(200);
    assert_eq!(sent["captured"], true);
    let disabled = world.post(&hook, &[], &json!({})).await;
    disabled.expect_problem(403, "WEBHOOK_DISABLED");
    let confirmed = capture(&world, &hook, "POST", "/confirm").await.expect(200);
    assert_eq!(confirmed["parameters"][0]["in"], "query");
    let again = capture(&world, &hook, "POST", "/confirm").await.expect(200);
    assert_eq!(again, confirmed);

    let test = format!("{}/test", path_of(&hook));
    let run = world.call("POST", &test, None).await.expect(201);
    assert_eq!(run["test"], true);
    world.run().await;
    let execution = world.execution(run["id"].as_str().unwrap()).await;
    assert_eq!(
        (&execution["status"], &execution["input"]["city"]),
        (&json!("succeeded"), &json!("Rome"))
    );
    assert_eq!(
        (&execution["test"], &execution["triggerId"]),
        (&json!(true), &json!(hook.trigger))
    );
}

#[tokio::test]
async fn a_window_expires_is_closed_and_is_replaced() {
    let world = World::new().await;
    let hook = hook(&world, json!({})).await;
    open_window(&world, &hook).await;
    world.clock.advance(180_000);
    let late = world.post(&hook, &[], &json!({})).await.expect(200);
    assert!(late["executionId"].is_string(), "{late}");
    let expired = capture(&world, &hook, "GET", "").await.expect(200);
    assert_eq!(expired["state"], "expired");
    let nothing = capture(&world, &hook, "POST", "/confirm").await;
    nothing.expect_problem(409, "NOTHING_CAPTURED");

    open_window(&world, &hook).await;
    capture(&world, &hook, "DELETE", "").await.expect(204);
    // Warm containers know the window for five seconds more, and get nothing into it.
    let after = world.post(&hook, &[], &json!({})).await.expect(200);
    assert!(after["executionId"].is_string(), "{after}");
    let closed = capture(&world, &hook, "DELETE", "").await;
    closed.expect_problem(404, "NOT_FOUND");

    open_window(&world, &hook).await;
    let first = world.post(&hook, &[], &json!({"n": 1})).await.expect(200);
    assert_eq!(first["captured"], true);
    let again = open_window(&world, &hook).await;
    assert_eq!(
        again["state"], "pending",
        "what the window before got is forgotten"
    );
    let second = world.post(&hook, &[], &json!({"n": 2})).await.expect(200);
    assert_eq!(second["captured"], true);
    let found = capture(&world, &hook, "GET", "").await.expect(200);
    assert_eq!(found["sample"]["event"]["n"], 2);
    // Kept for an hour after the window closes.
    world.clock.advance(180_000 + 3_599_000);
    let kept = capture(&world, &hook, "GET", "").await.expect(200);
    assert_eq!(kept["state"], "captured");
    world.clock.advance(2_000);
    let forgotten = capture(&world, &hook, "GET", "").await.expect(200);
    assert_eq!(forgotten["state"], "expired");
}

#[tokio::test]
async fn a_captured_sample_has_no_credentials_of_its_body() {
    let world = World::new().await;
    let hook = hook(&world, json!({})).await;
    let app = json!({"authentication": {"scheme": "app"}});
    let set = world.call("PATCH", &path_of(&hook), Some(app)).await;
    let set = set.expect(200);
    open_window(&world, &hook).await;
    let forged = json!({"AppKey": set["authentication"]["appKey"], "Sign": "no", "n": 1});
    let refused = world.post(&hook, &[], &forged).await;
    refused.expect_problem(403, "INVALID_SIGNATURE");
    let sign = &set["authentication"]["sign"];
    let signed = json!({"AppKey": set["authentication"]["appKey"], "Sign": sign, "n": 1});
    let sent = world.post(&hook, &[], &signed).await.expect(200);
    assert_eq!(sent["captured"], true);
    let found = capture(&world, &hook, "GET", "").await.expect(200);
    assert_eq!(found["sample"]["event"]["n"], 1);
    assert_eq!(found["parameters"].as_array().unwrap().len(), 1, "{found}");
    assert!(!found.to_string().contains(sign.as_str().unwrap()));
}
