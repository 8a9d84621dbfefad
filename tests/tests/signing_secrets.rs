//! Signing secrets and signatures never reach a log, and a secret leaves only with the answer to the request that set it.
//! One test, because logs belong to the process.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use domain::Timestamp;
use domain::signature::{SchemeName, Signed, sign};
use serde_json::{Value, json};
use tests::captured::Captured;
use tests::events::webhook;
use tests::wire::{Fate, Wire};
use tests::{START_MS, World, echoes_the_event};

const SENT: &[u8] = br#"{"n":1}"#;

fn signature(secret: &str) -> String {
    let signed = Signed {
        id: "1",
        at: Timestamp::from_millis(START_MS),
        body: SENT,
    };
    let headers = sign(&SchemeName::Github, &[secret.as_bytes().to_vec()], &signed);
    headers.last().unwrap().1.clone()
}

#[tokio::test]
async fn no_signing_secret_reaches_a_log_or_a_later_answer() {
    let logs = Captured::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_env_filter("trace,hyper=off,hyper_util=off,h2=off,aws_smithy_runtime=info,aws_smithy_runtime_api=info,aws_sdk_dynamodb=info,aws_sdk_kms=info,aws_sdk_sqs=info,dynoxide=off,aws_sigv4=info,aws_runtime=info,aws_smithy_http_client=info")
        .with_writer(logs.clone())
        .init();
    let world = World::new().await;
    let settings = json!({"authentication": {"scheme": "github", "secret": "canary-first"}});
    let hook = world.hook(echoes_the_event(), settings).await;
    let path = format!("/v1/workflows/{}/triggers/{}", hook.workflow, hook.trigger);
    let rotate = format!("{path}/rotate-secret");
    let rotation = json!({"secret": "canary-second"});
    let rotated = world
        .call("POST", &rotate, Some(rotation))
        .await
        .expect(200);
    assert_eq!(rotated["authentication"]["secret"], "canary-second");

    let mut answers = Vec::<Value>::new();
    let mut signatures = Vec::new();
    for (secret, status) in [
        ("canary-first", 200),
        ("canary-second", 200),
        ("canary-no", 403),
    ] {
        let signature = signature(secret);
        let headers = [("x-hub-signature-256", signature.as_str())];
        let answer = world.post(&hook, &headers, &json!({"n": 1})).await;
        answers.push(answer.expect(status));
        for error in ["KMSInternalException", "InvalidCiphertextException"] {
            let wire = Wire::new(&world, move |_, called| match called {
                "Decrypt" => Fate::Answer { status: 400, error },
                _ => Fate::Pass,
            })
            .await;
            let app = trigger::App::new(wire.environment(&world, "trigger"));
            let event = webhook(&hook.path, &headers, &json!({"n": 1}));
            let response = trigger::handle(&app, event).await;
            assert!(response.status().is_server_error(), "{error}");
            answers.push(serde_json::from_slice(response.body()).unwrap());
        }
        signatures.push(signature);
    }
    let patches = [
        json!({"enabled": true}),
        json!({"authentication": {"scheme": "standard-webhooks", "secret": "canary-form"}}),
        json!({"authentication": {"scheme": "github", "secret": ["canary-kind"]}}),
    ];
    for patch in patches {
        answers.push(world.call("PATCH", &path, Some(patch)).await.json());
    }
    answers.push(world.call("GET", &path, None).await.expect(200));
    let all = format!("/v1/workflows/{}/triggers", hook.workflow);
    answers.push(world.call("GET", &all, None).await.expect(200));
    for answer in &answers {
        assert!(!answer.to_string().contains("canary"), "{answer}");
    }
    let text = logs.text();
    assert!(text.contains("answered"), "the logs are there: {text}");
    for line in text.lines() {
        assert!(!line.contains("canary"), "{line}");
        let shows = |signature: &String| line.contains(signature.trim_start_matches("sha256="));
        assert!(!signatures.iter().any(shows), "{line}");
    }
}
