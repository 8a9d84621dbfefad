//! The secrets of a workflow are never shown: alone in its process, whose every log line it records.

use serde_json::json;
use tests::World;
use tests::captured::Captured;
use tests::workflow_secrets::{Echo, accept, document, store_secret};

/// Provokes everything that could show the secret: a response that repeats the request, an error that quotes the secret, a
/// service that cannot be reached, and every log line.
#[tokio::test]
async fn a_secret_is_sent_with_calls_and_never_shown() {
    let logs = Captured::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_env_filter("trace,hyper=off,hyper_util=off,h2=off,aws_smithy_runtime=info,aws_smithy_runtime_api=info,aws_sdk_kms=info,aws_sdk_dynamodb=info,aws_sdk_sqs=info,dynoxide=off,aws_sigv4=info,aws_runtime=info,aws_smithy_http_client=info")
        .with_writer(logs.clone())
        .init();
    let (world, echo) = (World::new().await, Echo::new().await);
    store_secret(&world, &world.key, "token", json!("canary-\"token\"")).await;
    let login = json!({"username": "canary-user", "password": "canary-password"});
    store_secret(&world, &world.key, "login", login).await;
    let send = json!({"call": "http", "with": {
        "method": "post",
        "endpoint": {"uri": echo.url, "authentication": {"basic": {"use": "login"}}},
        "headers": {"x-token": "${ $secrets.token }"},
        "body": {"token": "${ $secrets.token }", "coded": "${ $secrets.login.password | @base64 }"},
    }});
    let lost = json!({"call": "http", "with": {
        "method": "get",
        "endpoint": "${ \"http://127.0.0.1:1/\\($secrets.token | @uri)\" }",
    }});
    let raise = json!({"raise": {"error": {
        "type": "https://example.com/broken", "status": 500,
        "title": "Broken", "detail": "${ \"it was \\($secrets.token)\" }",
    }}});
    let keep = json!({"set": {"all": "${ . }", "own": "${ $secrets }"}});
    let row = json!({"call": "records.put", "with": {
        "table": "t", "key": "k", "item": {"own": "${ $secrets.token }"},
    }});
    let secrets = ["token", "login"];
    let tasks = [
        json!([{"send": send}, {"rest": {"wait": {"seconds": 1}}}, {"row": row}, {"keep": keep}]),
        json!([{"lost": lost}]),
        json!([{"raise": raise}]),
    ];
    let mut shown = Vec::new();
    for tasks in tasks {
        let hook = world.hook(document(&secrets, tasks), json!({})).await;
        let id = accept(&world, &hook).await;
        world.run().await;
        shown.push(world.execution(&id).await.to_string());
        world.clock.advance(1_000);
        world.run().await;
        let execution = world.execution(&id).await;
        assert_ne!(execution["status"], "waiting", "{execution}");
        assert!(
            execution.to_string().contains("[secret token]"),
            "{execution}"
        );
        shown.push(execution.to_string());
    }
    let sent = echo.last();
    assert!(sent.contains("x-token: canary-\"token\""), "{sent}");
    assert!(sent.contains("authorization: Basic "), "{sent}");
    shown.push(
        world
            .call("GET", "/v1/executions", None)
            .await
            .expect(200)
            .to_string(),
    );
    let text = logs.text();
    assert!(text.contains("message handled"), "the logs are there");
    for line in text
        .lines()
        .chain(shown.iter().flat_map(|text| text.lines()))
    {
        // Also in base64, at each of the three alignments.
        for canary in ["canary", "Y2FuYXJ5", "NhbmFye", "jYW5hcn"] {
            assert!(!line.contains(canary), "{line}");
        }
    }
}
