//! Secrets, tokens, keys and bodies never reach a log: canaries go in everywhere, on every path and
//! into every error, and none of them comes out. One test, because logs belong to the process.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use serde_json::json;
use tests::wire::{Fate, Wire};
use tests::{World, echoes_the_event, fails};
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Captured {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

const HEADERS: [(&str, &str); 6] = [
    ("authorization", "Bearer canary-authorization"),
    ("cookie", "session=canary-cookie"),
    ("x-api-key", "canary-key"),
    ("x-hub-signature-256", "sha256=canary-signature"),
    ("x-custom", "canary-header"),
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
        errors(&world, &hook).await;
        let text = String::from_utf8_lossy(&logs.0.lock().unwrap()).into_owned();
        assert!(text.contains("accepted"), "the logs are there: {text}");
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
    let text = String::from_utf8_lossy(&logs.0.lock().unwrap()).into_owned();
    assert!(!text.contains(&world.key), "the key");
    for line in text.lines() {
        assert!(!line.contains("canary"), "{line}");
    }
}

/// Every call of trigger and worker fails once.
async fn errors(world: &World, hook: &tests::Hook) {
    for failing in ["Query", "UpdateItem", "PutItem", "SendMessage", "GetItem"] {
        let wire = Wire::new(world, move |_, operation| {
            if operation == failing {
                Fate::Answer {
                    status: 400,
                    error: "ValidationException",
                }
            } else {
                Fate::Pass
            }
        })
        .await;
        let app = trigger::App::new(wire.environment(world, "trigger"));
        let request = tests::events::webhook(
            &hook.path,
            &HEADERS[..5],
            &json!({"password": "canary-body"}),
        );
        let response = trigger::handle(&app, request).await;
        let accepted: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
        let worker = worker::App::new(wire.environment(world, "worker"));
        let body = json!({"v": 1, "kind": "run", "executionId": accepted["executionId"]});
        let record = json!({"messageId": "m", "body": body.to_string()});
        let deadline = world.clock.now().plus_secs(60);
        worker::handle(&worker, json!({"Records": [record]}), deadline).await;
    }
}
