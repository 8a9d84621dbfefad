//! Signing secrets of triggers and subscriptions, and signatures, never reach a log, and a secret is shown only in the
//! answer to the request that set it. One test, because the log subscriber is global to the process.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use domain::Timestamp;
use domain::signature::{SchemeName, Signed, sign};
use serde_json::{Value, json};
use tests::captured::Captured;
use tests::crash::{recover, run_delivery_batch};
use tests::events::webhook;
use tests::fault_proxy::{Fault, FaultProxy};
use tests::receiver::{Receiver, Reply};
use tests::{START_MS, World, echoes_the_event};

const SENT: &[u8] = br#"{"n":1}"#;

fn signature(secret: &str) -> String {
    let signed = Signed {
        id: "1",
        at: Timestamp::from_millis(START_MS),
        body: SENT,
    };
    let headers = sign(&SchemeName::GITHUB, &[secret.as_bytes().to_vec()], &signed);
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
    let of_triggers = of_triggers(&world).await;
    let of_subscriptions = of_subscriptions(&world).await;
    let text = logs.text();
    assert!(text.contains("answered"), "the logs are there: {text}");
    assert!(
        text.contains("attempted"),
        "those of deliveries, too: {text}"
    );
    for Exposure { answers, canaries } in [of_triggers, of_subscriptions] {
        assert!(!canaries.is_empty());
        for canary in &canaries {
            for answer in &answers {
                assert!(!answer.to_string().contains(canary), "{answer}");
            }
            for line in text.lines() {
                assert!(!line.contains(canary), "{line}");
            }
        }
    }
}

/// The answers, and the secrets that must be neither in them nor in a log.
struct Exposure {
    answers: Vec<Value>,
    canaries: Vec<String>,
}

async fn of_triggers(world: &World) -> Exposure {
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
    let mut canaries = vec!["canary".to_owned()];
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
            let proxy = FaultProxy::new(world, move |_, called| match called {
                "Decrypt" => Fault::Answer { status: 400, error },
                _ => Fault::Pass,
            })
            .await;
            let app = trigger::App::new(proxy.environment(world, "trigger"));
            let event = webhook(&hook.path, &headers, &json!({"n": 1}));
            let response = trigger::handle(&app, event).await;
            assert!(response.status().is_server_error(), "{error}");
            answers.push(serde_json::from_slice(response.body()).unwrap());
        }
        canaries.push(signature.trim_start_matches("sha256=").to_owned());
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
    Exposure { answers, canaries }
}

async fn of_subscriptions(world: &World) -> Exposure {
    let receiver = Receiver::new(|number, _| match number {
        1 => Reply::Reset,
        2 => Reply::status(500),
        _ => Reply::status(200),
    })
    .await;
    // Base64 of two texts that are long enough for keys.
    let given = "whsec_Y2FuYXJ5IG9mIGEgc3Vic2NyaXB0aW9u";
    let body = json!({"url": receiver.url, "events": ["workflow.completed"], "secret": given});
    let made = world.subscribe(body).await;
    assert_eq!(made["secret"], given);
    let path = format!("/v1/subscriptions/{}", made["id"].as_str().unwrap());
    let rotate = format!("{path}/rotate-secret");
    let rotated = world.call("POST", &rotate, Some(json!({}))).await;
    let minted = rotated.expect(200)["secret"].as_str().unwrap().to_owned();

    let hook = world.hook(echoes_the_event(), json!({})).await;
    world.post(&hook, &[], &json!({"n": 1})).await.expect(200);
    world.stack.run_queue("worker").await.unwrap();
    for error in ["None", "KMSInternalException", "InvalidCiphertextException"] {
        let proxy = FaultProxy::new(world, move |_, called| match called {
            "Decrypt" if error != "None" => Fault::Answer { status: 400, error },
            _ => Fault::Pass,
        })
        .await;
        let app = deliver::App::new(proxy.environment(world, "deliver"));
        for _ in 0..2 {
            run_delivery_batch(world, &app).await;
            world.clock.advance(6_000);
        }
        recover(world).await;
        world.post(&hook, &[], &json!({"n": 1})).await.expect(200);
        world.stack.run_queue("worker").await.unwrap();
    }
    let mut answers = Vec::new();
    for patch in [
        json!({"enabled": false}),
        json!({"secret": given}),
        json!({"url": "not one"}),
    ] {
        answers.push(world.call("PATCH", &path, Some(patch)).await.json());
    }
    for read in [path.as_str(), "/v1/subscriptions", "/v1/deliveries"] {
        answers.push(world.call("GET", read, None).await.expect(200));
    }
    for one in answers.last().unwrap()["items"].as_array().unwrap().clone() {
        let path = format!("/v1/deliveries/{}", one["id"].as_str().unwrap());
        answers.push(world.call("GET", &path, None).await.expect(200));
    }
    let taken = receiver.taken();
    assert!(taken.len() > 2, "{taken:?}");
    let mut canaries = vec![given.to_owned(), minted];
    for secret in canaries.clone() {
        let key = secret.trim_start_matches("whsec_");
        canaries.push(key.to_owned());
    }
    for one in &taken {
        let signatures = one.headers["webhook-signature"].split(' ');
        canaries.extend(signatures.map(|one| one.trim_start_matches("v1,").to_owned()));
    }
    Exposure { answers, canaries }
}
