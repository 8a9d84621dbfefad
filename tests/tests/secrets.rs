//! Secrets, tokens, keys and bodies never reach a log: the test puts marked values into every input, on every path and into
//! every error, and finds none of them in the log. One test, because the log subscriber is global to the process.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::{Value, json};
use tests::captured::Captured;
use tests::events::{management, request, webhook};
use tests::fault_proxy::{Fault, FaultProxy};
use tests::meter::Meter;
use tests::{Hook, World, echoes_the_event, fails};

const HEADERS: [(&str, &str); 7] = [
    ("authorization", "Bearer canary-authorization"),
    ("cookie", "session=canary-cookie"),
    ("x-api-key", "canary-key"),
    ("x-hub-signature-256", "sha256=canary-signature"),
    ("x-custom", "canary-header"),
    ("traceparent", "00-canary-trace-01"),
    ("x-github-delivery", "canary-delivery"),
];

#[tokio::test]
async fn no_secret_reaches_a_log() {
    let logs = Captured::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_env_filter("trace,hyper=off,hyper_util=off,h2=off,aws_smithy_runtime=info,aws_smithy_runtime_api=info,aws_sdk_dynamodb=info,aws_sdk_sqs=info,dynoxide=off,aws_sigv4=info,aws_runtime=info,aws_smithy_http_client=info")
        .with_writer(logs.clone())
        .init();
    let meter = Meter::default();
    let world = World::new().await;
    let event = json!({"password": "canary-body"});
    for definition in [echoes_the_event(), fails()] {
        let hook = world.hook(definition, json!({})).await;
        let path = format!("{}&secret=canary-query", hook.path);
        let wrong = format!("/hooks/{}?token=canary-token", hook.workflow);
        for path in [&path, &wrong, &"/hooks?token=canary-token".to_owned()] {
            world.send("POST", path, &HEADERS, event.to_string()).await;
            world.send("GET", path, &HEADERS, "").await;
            let json = [("content-type", "application/json"), HEADERS[0]];
            world.send("POST", path, &json, "{canary-body").await;
            world
                .send("POST", path, &json, "canary-body".repeat(10_000))
                .await;
        }
        world.run().await;
        let token = hook.path.split("token=").nth(1).unwrap().to_owned();
        errors(&world, &hook, &meter).await;
        let text = logs.text();
        assert!(text.contains("answered"), "the logs are there: {text}");
        assert!(!text.contains(&token), "the token of the trigger");
    }
    for path in [
        "/v1/workflows?x=canary-query",
        "/v1/executions/canary-id",
        "/v1/api-keys",
    ] {
        world.send("POST", path, &HEADERS, event.to_string()).await;
        world
            .call(
                "POST",
                path,
                Some(json!({"name": "canary-body", "nope": "canary-body"})),
            )
            .await;
        world.call("GET", path, None).await;
    }
    let (text, metrics) = (logs.text(), meter.text());
    assert!(
        metrics.contains("UNAVAILABLE"),
        "the metrics are there: {metrics}"
    );
    assert!(!text.contains(&world.key), "the key");
    for line in text.lines().chain(metrics.lines()) {
        assert!(!line.contains("canary"), "{line}");
    }
}

/// Every AWS call of every function fails once.
async fn errors(world: &World, hook: &Hook, meter: &Meter) {
    for failing in [
        "Query",
        "UpdateItem",
        "PutItem",
        "SendMessage",
        "GetItem",
        "DeleteItem",
        "BatchWriteItem",
        "GetQueueAttributes",
    ] {
        let proxy = FaultProxy::new(world, move |_, operation| {
            if operation == failing {
                Fault::Answer {
                    status: 400,
                    error: "ValidationException",
                }
            } else {
                Fault::Pass
            }
        })
        .await;
        let environment = |package: &str| meter.environment(proxy.settings(world, package));
        let execution = trigger_and_worker(world, hook, &environment).await;
        managers(world, hook, &execution, &environment).await;
        world.clock.advance(91_000);
        let sweep = sweep::App::new(environment("sweep"));
        let _failed = sweep::handle(&sweep, world.clock.now().plus_secs(60)).await;
    }
}

async fn trigger_and_worker(
    world: &World,
    hook: &Hook,
    environment: &impl Fn(&str) -> store::AwsContext,
) -> Value {
    let app = trigger::App::new(environment("trigger"));
    let event = json!({"password": "canary-body"});
    let request = webhook(&hook.path, &HEADERS[..6], &event);
    let response = trigger::handle(&app, request).await;
    let accepted: Value = serde_json::from_slice(response.body()).unwrap();
    let unheard = "canary-".repeat(50);
    let request = webhook(&hook.path, &[("webhook-id", &unheard)], &event);
    trigger::handle(&app, request).await;
    let worker = worker::App::new(environment("worker"));
    let body = json!({"v": 1, "kind": "run", "executionId": accepted["executionId"]});
    let unread = json!({"v": 1, "kind": "canary-kind", "executionId": "canary-id"});
    let bodies = [
        body.to_string(),
        unread.to_string(),
        "canary-body".to_owned(),
    ];
    let records = bodies.map(|body| json!({"messageId": "m", "body": body}));
    let deadline = world.clock.now().plus_secs(60);
    worker::handle(&worker, json!({"Records": records}), deadline).await;
    worker::handle(&worker, json!({"canary": "canary-event"}), deadline).await;
    accepted["executionId"].clone()
}

async fn managers(
    world: &World,
    hook: &Hook,
    execution: &Value,
    environment: &impl Fn(&str) -> store::AwsContext,
) {
    let history = history::App::new(environment("history"));
    let register = register::App::new(environment("register"));
    let execution = execution
        .as_str()
        .unwrap_or("exe_00000000000000000000000000");
    for key in [&world.key, "sk_test_canary"] {
        for (method, path) in [
            ("GET", "/v1/executions?cursor=canary-cursor".to_owned()),
            (
                "GET",
                "/v1/executions?deliveryId=canary-delivery".to_owned(),
            ),
            ("GET", format!("/v1/executions/{execution}")),
            ("POST", format!("/v1/executions/{execution}/replay")),
            ("POST", format!("/v1/executions/{execution}/cancel")),
            ("DELETE", format!("/v1/executions/{execution}")),
            ("GET", "/v1/deliveries?cursor=canary-cursor".to_owned()),
            ("GET", "/v1/deliveries/canary-delivery".to_owned()),
        ] {
            tests::contract::history(&history, management(method, &path, key)).await;
        }
        let subscription = json!({
            "url": "https://127.0.0.1/canary-path?canary-query",
            "events": ["connection.created"],
            "headers": {"authorization": "canary-header"},
            "secret": "whsec_canarycanarycanarycanarycanarycanary",
        });
        let published = json!({"type": "connection.created", "data": {"canary": "canary-data"}});
        for (path, body) in [
            ("/v1/subscriptions", &subscription),
            ("/v1/events", &published),
            ("/api/webhook", &subscription),
            ("/api/v2/public/webhook", &subscription),
        ] {
            let request = request("POST", path, &[("x-api-key", key)], body);
            tests::contract::register(&register, request).await;
        }
        let triggers = format!("/v1/workflows/{}/triggers", hook.workflow);
        let rotate = format!("{triggers}/{}/rotate", hook.trigger);
        for path in ["/v1/workflows", "/v1/api-keys", &triggers, &rotate] {
            for body in [
                json!({"name": "canary-body"}),
                json!({"canary": "canary-body"}),
            ] {
                let key = format!("Bearer {key}");
                let request = request("POST", path, &[("authorization", &key)], &body);
                tests::contract::register(&register, request).await;
            }
        }
    }
}
