//! The last webhook that a trigger refused although its token was right: its owner sees why, from where, and which headers it
//! had; it costs one write a minute, and never the answer.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use http::Response;
use lambda_http::Body;
use serde_json::{Value, json};
use tests::events::webhook;
use tests::fault_proxy::{Fault, FaultProxy};
use tests::{Hook, World, echoes_the_event};

const MINUTE_MS: i64 = 60_000;

async fn last_refusal(world: &World, hook: &Hook) -> Value {
    let path = format!("/v1/workflows/{}/triggers/{}", hook.workflow, hook.trigger);
    let shown = world.call("GET", &path, None).await.expect(200);
    shown["lastRefusal"].clone()
}

/// A trigger that has refused nothing yet.
async fn hook(world: &World, settings: Value) -> Hook {
    let hook = world.hook(echoes_the_event(), settings).await;
    assert_eq!(last_refusal(world, &hook).await, Value::Null);
    hook
}

async fn refuses(world: &World, hook: &Hook, headers: &[(&str, &str)], body: String, code: &str) {
    let mut all = vec![("content-type", "application/json"), ("x-sender", "s3cr3t")];
    all.extend(headers);
    let refused = world.send("POST", &hook.path, &all, body).await;
    assert_eq!(refused.code(), code);
    let shown = last_refusal(world, hook).await;
    assert_eq!(shown["code"], code, "{shown}");
    assert_eq!(shown["at"], json!(world.clock.now()), "{shown}");
    assert_eq!(shown["sourceIp"], "127.0.0.1", "{shown}");
    let names = shown["headers"].as_array().unwrap();
    for name in ["content-type", "x-sender"] {
        assert!(names.contains(&json!(name)), "{shown}");
    }
    assert!(!shown.to_string().contains("s3cr3t"), "{shown}");
}

#[tokio::test]
async fn every_kind_of_refusal_is_shown_with_its_code() {
    let world = World::new().await;
    let missing = json!({"parameters": [{"name": "id", "type": "number", "required": true}]});
    let kinds = [
        (
            json!({"authentication": {"scheme": "github"}}),
            vec![],
            "{}".to_owned(),
            "INVALID_SIGNATURE",
        ),
        (json!({}), vec![], "x".repeat(102_401), "BODY_TOO_LARGE"),
        (
            json!({}),
            vec![("content-encoding", "gzip")],
            "{}".to_owned(),
            "UNSUPPORTED_ENCODING",
        ),
        (json!({}), vec![], "{".to_owned(), "INVALID_REQUEST_BODY"),
        (missing, vec![], "{}".to_owned(), "MISSING_PARAMETER"),
        (
            json!({}),
            vec![("webhook-id", " ")],
            "{}".to_owned(),
            "INVALID_DELIVERY_ID",
        ),
        (
            json!({}),
            vec![("sluice-hops", "9")],
            "{}".to_owned(),
            "LOOP_DETECTED",
        ),
        (
            json!({"ipAllowList": ["203.0.113.0/24"]}),
            vec![],
            "{}".to_owned(),
            "IP_NOT_ALLOWED",
        ),
        (
            json!({"enabled": false}),
            vec![],
            "{}".to_owned(),
            "WEBHOOK_DISABLED",
        ),
        (
            json!({"methods": ["GET"]}),
            vec![],
            "{}".to_owned(),
            "METHOD_NOT_ALLOWED",
        ),
    ];
    for (settings, headers, body, code) in kinds {
        let hook = hook(&world, settings).await;
        refuses(&world, &hook, &headers, body, code).await;
    }
}

#[tokio::test]
async fn refusals_of_the_bucket_the_workflow_and_the_plan_are_shown() {
    let world = World::new().await;
    let limited = hook(&world, json!({})).await;
    let limit = json!({"rateLimit": {"capacity": 1, "refillPerSecond": 0.001}});
    let path = format!("/v1/workflows/{}", limited.workflow);
    world.call("PATCH", &path, Some(limit)).await.expect(200);
    world.post(&limited, &[], &json!({})).await.expect(200);
    refuses(&world, &limited, &[], "{}".to_owned(), "RATE_LIMITED").await;

    let inactive = hook(&world, json!({})).await;
    let path = format!("/v1/workflows/{}/deactivate", inactive.workflow);
    world.call("POST", &path, None).await.expect(200);
    refuses(&world, &inactive, &[], "{}".to_owned(), "WORKFLOW_INACTIVE").await;

    world.set_credits(0).await;
    world.clock.advance(6_000);
    let spent = hook(&world, json!({})).await;
    refuses(&world, &spent, &[], "{}".to_owned(), "INSUFFICIENT_CREDITS").await;
}

#[tokio::test]
async fn a_body_that_is_too_large_is_shown_for_hook_ids_too() {
    let world = World::new().await;
    for profile in ["refly", "hap"] {
        let hook = hook(&world, json!({ "profile": profile })).await;
        let refused = world
            .send("POST", &hook.path, &[], "x".repeat(102_401))
            .await;
        assert!(refused.status == 413 || profile == "hap", "{refused:?}");
        let shown = last_refusal(&world, &hook).await;
        assert_eq!(shown["code"], "BODY_TOO_LARGE", "{profile}");
    }
}

#[tokio::test]
async fn an_accepted_webhook_and_a_wrong_token_are_no_refusals_of_the_trigger() {
    let world = World::new().await;
    let hook = hook(&world, json!({})).await;
    world.post(&hook, &[], &json!({})).await.expect(200);
    let wrong = format!("/hooks/{}?token=wrong", hook.workflow);
    world
        .send("POST", &wrong, &[], "{}")
        .await
        .expect_problem(403, "INVALID_TOKEN");
    let large = "x".repeat(102_401);
    world
        .send("POST", &wrong, &[], large)
        .await
        .expect_problem(413, "BODY_TOO_LARGE");
    assert_eq!(last_refusal(&world, &hook).await, Value::Null);
}

#[tokio::test]
async fn another_org_and_a_list_do_not_show_it() {
    let world = World::new().await;
    let hook = hook(&world, json!({})).await;
    refuses(&world, &hook, &[], "{".to_owned(), "INVALID_REQUEST_BODY").await;
    let stranger = world.key_of("two").await;
    let collection = format!("/v1/workflows/{}/triggers", hook.workflow);
    let path = format!("{collection}/{}", hook.trigger);
    let refused = world.call_as(&stranger, "GET", &path, None).await;
    refused.expect_problem(404, "NOT_FOUND");
    let list = world.call("GET", &collection, None).await.expect(200);
    assert!(list["items"][0].get("lastRefusal").is_none(), "{list}");
    world.clock.advance(31 * 86_400_000);
    assert!(!last_refusal(&world, &hook).await.is_null());
    world.clock.advance(1_000);
    assert_eq!(last_refusal(&world, &hook).await, Value::Null);
}

fn is_write(operation: &str) -> bool {
    operation == "TransactWriteItems"
}

async fn refuse(app: &trigger::App, hook: &Hook) -> Response<Body> {
    let signature = [("x-hub-signature-256", "sha256=00")];
    trigger::handle(app, webhook(&hook.path, &signature, &json!({}))).await
}

#[tokio::test]
async fn a_flood_of_refusals_costs_one_write_a_minute_and_nothing_else() {
    let world = World::new().await;
    let hook = hook(&world, json!({"authentication": {"scheme": "github"}})).await;
    let proxy = FaultProxy::new(&world, |_, _| Fault::Pass).await;
    let app = trigger::App::new(proxy.environment(&world, "trigger"));
    refuse(&app, &hook).await;
    assert_eq!(
        proxy.calls().iter().filter(|call| is_write(call)).count(),
        1
    );
    proxy.forget_calls();
    for _ in 0..50 {
        assert_eq!(refuse(&app, &hook).await.status(), 403);
    }
    // A refusal by the cached configuration is confirmed by a read once a second, as before.
    assert_eq!(proxy.calls(), ["Query"]);
    world.clock.advance(MINUTE_MS - 1);
    refuse(&app, &hook).await;
    assert!(!proxy.calls().iter().any(|call| is_write(call)));
    world.clock.advance(1);
    refuse(&app, &hook).await;
    assert_eq!(
        proxy.calls().iter().filter(|call| is_write(call)).count(),
        1
    );
    let shown = last_refusal(&world, &hook).await;
    assert_eq!(shown["at"], json!(world.clock.now()));
}

#[tokio::test]
async fn a_flood_of_large_bodies_reads_the_configuration_once_a_minute() {
    let world = World::new().await;
    let hook = hook(&world, json!({})).await;
    let proxy = FaultProxy::new(&world, |_, _| Fault::Pass).await;
    let app = trigger::App::new(proxy.environment(&world, "trigger"));
    let large = json!({"text": "x".repeat(102_400)});
    for _ in 0..20 {
        let refused = trigger::handle(&app, webhook(&hook.path, &[], &large)).await;
        assert_eq!(refused.status(), 413);
        world.clock.advance(2_900);
    }
    assert_eq!(proxy.calls(), ["Query", "TransactWriteItems"]);
}

#[tokio::test]
async fn a_write_that_fails_or_takes_long_leaves_the_answer_as_it_is_for_a_minute() {
    let faults = [
        Fault::Answer {
            status: 400,
            error: "AccessDeniedException",
        },
        Fault::Cancel {
            reasons: &["TransactionConflict", "None"],
        },
        Fault::Slow { millis: 3_000 },
    ];
    for fault in faults {
        let world = World::new().await;
        let hook = hook(&world, json!({"authentication": {"scheme": "github"}})).await;
        let planned = fault.clone();
        let plan = move |_: usize, operation: &str| match is_write(operation) {
            true => planned.clone(),
            false => Fault::Pass,
        };
        let proxy = FaultProxy::new(&world, plan).await;
        let app = trigger::App::new(proxy.short_timeout_environment(&world, "trigger"));
        let began = std::time::Instant::now();
        assert_eq!(refuse(&app, &hook).await.status(), 403, "{fault:?}");
        assert!(began.elapsed().as_millis() < 2_500, "{fault:?}");
        proxy.forget_calls();
        assert_eq!(refuse(&app, &hook).await.status(), 403, "{fault:?}");
        assert!(
            !proxy.calls().iter().any(|call| is_write(call)),
            "{fault:?}"
        );
    }
}
