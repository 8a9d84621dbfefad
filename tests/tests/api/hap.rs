//! Webhooks of HAP, as a client sees them that was written from its document: the URL, the answers to the letter, and app
//! authorization.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use domain::AppCredentials;
use serde_json::{Value, json};
use tests::at_every_crash_point;
use tests::crash::recover;
use tests::events::request;
use tests::fault_proxy::{Fault, FaultProxy};
use tests::{Answer, START_MS, World, echoes_the_event, target};

const JSON: (&str, &str) = ("content-type", "application/json");

/// A webhook of HAP.
struct HapHook {
    workflow: String,
    trigger: Value,
    /// The path of its URL.
    path: String,
}

impl HapHook {
    async fn new(world: &World, settings: Value) -> Self {
        let native = world.hook(echoes_the_event(), json!({})).await;
        let triggers = format!("/v1/workflows/{}/triggers", native.workflow);
        let mut all = settings;
        all["profile"] = json!("hap");
        let made = world.call("POST", &triggers, Some(all)).await.expect(201);
        Self {
            path: path_of(&made),
            workflow: native.workflow,
            trigger: made,
        }
    }

    fn settings(&self) -> String {
        let id = self.trigger["id"].as_str().unwrap();
        format!("/v1/workflows/{}/triggers/{id}", self.workflow)
    }

    /// What HAP answers to a request that it took.
    fn success(&self, execution: &Value) -> Value {
        json!({
            "status": 1,
            "data": {"sourceId": self.trigger["id"], "instanceId": execution},
            "msg": "success",
        })
    }
}

fn path_of(answer: &Value) -> String {
    target(answer["url"].as_str().unwrap()).to_owned()
}

async fn post(world: &World, path: &str, event: &Value) -> Answer {
    world.send("POST", path, &[JSON], event.to_string()).await
}

fn assert_refused(answer: Answer, status: u16, message: &str) {
    let body = answer.expect(status);
    assert_eq!(body, json!({"status": 0, "msg": message}));
}

#[tokio::test]
async fn a_get_and_a_post_run_and_are_answered_to_the_letter() {
    let world = World::new().await;
    let hook = HapHook::new(&world, json!({})).await;
    assert_eq!(hook.trigger["profile"], "hap");
    assert_eq!(hook.trigger["methods"], json!(["GET", "POST"]));
    let query = format!("{}?name=Ada&city=K%C3%B6ln", hook.path);
    let by_get = world.send("GET", &query, &[], "").await.expect(200);
    let by_post = post(&world, &hook.path, &json!({"name": "Ada"})).await;
    let by_post = by_post.expect(200);
    world.run().await;
    for (answer, name) in [(by_get, "city"), (by_post, "name")] {
        let instance = &answer["data"]["instanceId"];
        assert_eq!(answer, hook.success(instance));
        let execution = world.execution(instance.as_str().unwrap()).await;
        assert_eq!(execution["status"], "succeeded", "{execution}");
        assert!(execution["input"][name].is_string(), "{execution}");
    }
}

#[tokio::test]
async fn a_repeated_delivery_gets_the_same_instance() {
    let world = World::new().await;
    let hook = HapHook::new(&world, json!({})).await;
    let headers = [JSON, ("x-webhook-delivery-id", "1")];
    let first = world
        .send("POST", &hook.path, &headers, "{}")
        .await
        .expect(200);
    let again = world.send("POST", &hook.path, &headers, "{\"n\":1}").await;
    assert_eq!(again.header("sluice-duplicate"), Some("body-differs"));
    assert_eq!(again.expect(200), first);
}

#[tokio::test]
async fn every_refusal_has_a_status_and_a_message() {
    let world = World::new().await;
    let hook = HapHook::new(&world, json!({})).await;
    let unknown = format!("/workflow/hooks/{}", "A".repeat(43));
    for path in [unknown.as_str(), "/workflow/hooks/short"] {
        assert_refused(
            post(&world, path, &json!({})).await,
            404,
            "Webhook not found",
        );
    }
    let large = "x".repeat(102_401);
    let answer = world.send("POST", &hook.path, &[], large).await;
    assert_refused(answer, 413, "Body too large");
    let answer = world.send("POST", &hook.path, &[JSON], "{").await;
    assert_refused(answer, 400, "Invalid request body");
    let answer = world.send("POST", &hook.path, &[("content-encoding", "gzip")], "x");
    assert_refused(answer.await, 415, "Unsupported content encoding");
    let answer = world.send("PUT", &hook.path, &[], "").await;
    assert_eq!(answer.header("allow"), Some("GET, POST"));
    assert_refused(answer, 405, "Method not allowed");
    let answer = world.send("POST", &hook.path, &[("webhook-id", "a b")], "");
    assert_refused(answer.await, 400, "Invalid delivery id");
    let answer = world.send("POST", &hook.path, &[("sluice-hops", "9")], "");
    assert_refused(answer.await, 508, "Loop detected");

    let settings = hook.settings();
    let patch = json!({"ipAllowList": ["203.0.113.0/24"]});
    world
        .call("PATCH", &settings, Some(patch))
        .await
        .expect(200);
    world.clock.advance(6_000);
    let answer = post(&world, &hook.path, &json!({})).await;
    assert_refused(answer, 403, "Address not allowed");
    let patch = json!({"ipAllowList": null, "enabled": false});
    world
        .call("PATCH", &settings, Some(patch))
        .await
        .expect(200);
    world.clock.advance(6_000);
    let answer = post(&world, &hook.path, &json!({})).await;
    assert_refused(answer, 403, "Webhook disabled");
    world
        .call("POST", &format!("{settings}/enable"), None)
        .await
        .expect(200);
    let deactivate = format!("/v1/workflows/{}/deactivate", hook.workflow);
    world.call("POST", &deactivate, None).await.expect(200);
    world.clock.advance(6_000);
    let answer = post(&world, &hook.path, &json!({})).await;
    assert_refused(answer, 403, "Workflow inactive");
}

/// HAP's full body parameter, and its message where a required parameter is missing.
#[tokio::test]
async fn the_whole_body_is_a_parameter_and_a_missing_one_is_refused_as_printed() {
    let world = World::new().await;
    let whole = json!({"name": "payload", "in": "fullBody", "type": "string", "required": true});
    let name = json!({"name": "name", "type": "string", "required": true});
    let hook = HapHook::new(&world, json!({"parameters": [whole, name]})).await;
    let sent = r#"{"name": "Ada",  "n": 1.50}"#;
    let taken = world
        .send("POST", &hook.path, &[JSON], sent)
        .await
        .expect(200);
    world.run().await;
    let execution = taken["data"]["instanceId"].as_str().unwrap();
    let execution = world.execution(execution).await;
    assert_eq!(execution["input"]["payload"], sent, "{execution}");
    assert_eq!(execution["input"]["name"], "Ada", "{execution}");
    for body in ["", "{}", r#"{"name": null}"#] {
        let answer = world.send("POST", &hook.path, &[JSON], body).await;
        assert_refused(answer, 400, "Missing required parameter");
    }
}

#[tokio::test]
async fn a_full_bucket_is_429_with_the_time_to_wait() {
    let world = World::new().await;
    let hook = HapHook::new(&world, json!({})).await;
    let workflow = format!("/v1/workflows/{}", hook.workflow);
    let limit = json!({"rateLimit": {"capacity": 1, "refillPerSecond": 0.5}});
    world
        .call("PATCH", &workflow, Some(limit))
        .await
        .expect(200);
    post(&world, &hook.path, &json!({})).await.expect(200);
    let answer = post(&world, &hook.path, &json!({})).await;
    assert_eq!(answer.header("retry-after"), Some("2"));
    assert_refused(answer, 429, "Too many requests");
}

#[tokio::test]
async fn an_old_hook_id_works_for_the_overlap_and_a_deleted_one_not_at_all() {
    let world = World::new().await;
    let hook = HapHook::new(&world, json!({})).await;
    post(&world, &hook.path, &json!({})).await.expect(200);
    let rotate = format!("{}/rotate", hook.settings());
    let overlap = json!({"overlapSeconds": 60});
    let rotated = world.call("POST", &rotate, Some(overlap)).await.expect(200);
    let new = path_of(&rotated);
    assert_ne!(new, hook.path);
    for path in [&hook.path, &new] {
        post(&world, path, &json!({})).await.expect(200);
    }
    world.clock.advance(60_000);
    let answer = post(&world, &hook.path, &json!({})).await;
    assert_refused(answer, 404, "Webhook not found");
    post(&world, &new, &json!({})).await.expect(200);
    world
        .call("DELETE", &hook.settings(), None)
        .await
        .expect(204);
    world.clock.advance(6_000);
    let answer = post(&world, &new, &json!({})).await;
    assert_refused(answer, 404, "Webhook not found");
}

#[tokio::test]
async fn a_url_of_one_profile_is_none_of_another() {
    let world = World::new().await;
    let hook = HapHook::new(&world, json!({})).await;
    let hook_id = hook.path.rsplit('/').next().unwrap();
    let native = format!("/hooks/{}?token={hook_id}", hook.workflow);
    let answer = post(&world, &native, &json!({})).await;
    answer.expect_problem(403, "INVALID_TOKEN");
    let native = world.hook(echoes_the_event(), json!({})).await;
    let token = native.path.split("token=").nth(1).unwrap();
    let answer = post(&world, &format!("/workflow/hooks/{token}"), &json!({})).await;
    assert_refused(answer, 404, "Webhook not found");
}

/// As HAP's document asks for it: `AppKey` and `Sign` among the parameters of the request.
#[tokio::test]
async fn app_authorization_is_taken_from_query_body_and_headers() {
    let world = World::new().await;
    let hook = HapHook::new(&world, json!({"authentication": {"scheme": "app"}})).await;
    let shown = &hook.trigger["authentication"];
    let (key, sign) = (
        shown["appKey"].as_str().unwrap(),
        shown["sign"].as_str().unwrap(),
    );
    let plaintext = format!("{key}:{}", shown["secretKey"].as_str().unwrap());
    let keys = AppCredentials::parse(plaintext.as_bytes()).unwrap();
    let answer = post(&world, &hook.path, &json!({"n": 1})).await;
    assert_refused(answer, 403, "Invalid signature");
    let query = format!("{}?n=1&AppKey={key}&Sign={sign}", hook.path);
    world.send("GET", &query, &[], "").await.expect(200);
    let body = json!({"n": 1, "AppKey": key, "Sign": sign});
    post(&world, &hook.path, &body).await.expect(200);
    let timestamped = |at_ms: i64| {
        let sign = keys.timestamped_sign(&at_ms.to_string());
        json!({"n": 1, "appkey": key, "sign": sign.reveal(), "timestamp": at_ms.to_string()})
    };
    post(&world, &hook.path, &timestamped(START_MS))
        .await
        .expect(200);
    let stale = post(&world, &hook.path, &timestamped(START_MS - 300_001)).await;
    assert_refused(stale, 403, "Invalid signature");
    let headers = [("HAP-Appkey", key), ("HAP-Sign", sign)];
    let taken = world
        .send("POST", &hook.path, &headers, "")
        .await
        .expect(200);
    assert_eq!(taken, hook.success(&taken["data"]["instanceId"]));
}

async fn deliver(app: &trigger::App, path: &str) -> u16 {
    let headers = [("x-webhook-delivery-id", "1")];
    let event = request("POST", path, &headers, &json!({"n": 1}));
    trigger::handle(app, event).await.status().as_u16()
}

#[tokio::test]
async fn a_warm_container_makes_the_three_calls_of_every_profile() {
    let world = World::new().await;
    let hook = HapHook::new(&world, json!({})).await;
    let proxy = FaultProxy::new(&world, |_, _| Fault::Pass).await;
    let app = trigger::App::new(proxy.environment(&world, "trigger"));
    assert_eq!(deliver(&app, &hook.path).await, 200);
    let accepted = ["UpdateItem", "PutItem", "SendMessage"];
    let cold = ["GetItem", "Query"];
    assert_eq!(proxy.calls(), [&cold[..], &accepted[..]].concat());
    proxy.forget_calls();
    let event = request("POST", &hook.path, &[], &json!({"n": 1}));
    assert_eq!(trigger::handle(&app, event).await.status(), 200);
    assert_eq!(proxy.calls(), accepted);
}

#[tokio::test]
async fn every_crash_of_a_webhook_leaves_one_execution_that_ends() {
    at_every_crash_point!(
        world,
        proxy,
        HapHook::new(&world, json!({})),
        async |hook: &HapHook| {
            let app = trigger::App::new(proxy.environment(&world, "trigger"));
            deliver(&app, &hook.path).await
        },
        async |world: &World, hook: HapHook, answered: Option<u16>| {
            assert!(answered.is_none_or(|status| status == 200), "{answered:?}");
            let app = trigger::App::new(world.stack.environment("trigger").unwrap());
            assert_eq!(deliver(&app, &hook.path).await, 200);
            recover(world).await;
            let listed = world.call("GET", "/v1/executions", None).await.expect(200);
            let items = listed["items"].as_array().unwrap();
            assert_eq!(items.len(), 1, "{items:?}");
            assert_eq!(items[0]["status"], "succeeded");
        }
    );
}
