//! The authentication of triggers, as a sender and an owner see it: only a request that is signed with the trigger's secret
//! is accepted, and a refused one causes no write.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use bytes::Bytes;
use domain::Timestamp;
use domain::signature::{
    Algorithm, Encoding, GenericHmac, HmacSettings, SchemeName, SecretForm, Signed, SigningSecret,
    sign,
};
use lambda_http::Response;
use serde_json::{Value, json};
use tests::at_every_crash_point;
use tests::crash::recover;
use tests::events::{management, webhook};
use tests::fault_proxy::{Fault, FaultProxy};
use tests::{Answer, Hook, START_MS, World, echoes_the_event};

const EVENT: &[u8] = br#"{"token": "SOL",  "price": 150.23}"#;
const JSON: (&str, &str) = ("content-type", "application/json");
const STANDARD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

type Headers = Vec<(String, String)>;

fn hmac() -> SchemeName {
    let chosen = GenericHmac::new(HmacSettings {
        algorithm: Algorithm::Sha512,
        header: "x-signature",
        encoding: Encoding::Base64,
        prefix: "v0=",
        secret: SecretForm::Text,
    });
    SchemeName::Hmac(chosen.unwrap())
}

/// Each scheme, its settings, and a secret of it.
fn schemes() -> [(SchemeName, Value, &'static str); 3] {
    let chosen = json!({
        "scheme": "hmac", "algorithm": "sha512", "header": "X-Signature",
        "encoding": "base64", "prefix": "v0=",
    });
    [
        (
            SchemeName::STANDARD_WEBHOOKS,
            json!({"scheme": "standard-webhooks"}),
            STANDARD,
        ),
        (SchemeName::GITHUB, json!({"scheme": "github"}), "octocat"),
        (hmac(), chosen, "mine"),
    ]
}

fn with_secret(mut settings: Value, secret: &str) -> Value {
    settings["secret"] = json!(secret);
    json!({ "authentication": settings })
}

fn signed(scheme: &SchemeName, secret: &str, id: &str, body: &[u8], at: Timestamp) -> Headers {
    let secret = SigningSecret::parse(scheme, secret).unwrap();
    sign(scheme, &[secret.key().to_vec()], &Signed { id, at, body })
}

async fn send(world: &World, hook: &Hook, headers: &Headers, body: &'static [u8]) -> Answer {
    let mut all = vec![JSON];
    all.extend(
        headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    );
    world
        .send("POST", &hook.path, &all, Bytes::from_static(body))
        .await
}

fn start() -> Timestamp {
    Timestamp::from_millis(START_MS)
}

fn trigger_path(hook: &Hook) -> String {
    format!("/v1/workflows/{}/triggers/{}", hook.workflow, hook.trigger)
}

/// A trigger with GitHub's scheme and the secret `octocat`.
async fn github() -> (World, Hook) {
    let world = World::new().await;
    let settings = with_secret(json!({"scheme": "github"}), "octocat");
    let hook = world.hook(echoes_the_event(), settings).await;
    (world, hook)
}

fn by_github(secret: &str, body: &[u8]) -> Headers {
    signed(&SchemeName::GITHUB, secret, "1", body, start())
}

#[tokio::test]
async fn a_signed_request_runs_and_is_stored_with_the_scheme_that_verified_it() {
    let world = World::new().await;
    for (scheme, settings, secret) in schemes() {
        let settings = with_secret(settings, secret);
        let hook = world.hook(echoes_the_event(), settings).await;
        let headers = signed(&scheme, secret, "msg_1", EVENT, start());
        let accepted = send(&world, &hook, &headers, EVENT).await.expect(200);
        world.run().await;
        let id = accepted["executionId"].as_str().unwrap();
        let execution = world.execution(id).await;
        assert_eq!(execution["status"], "succeeded", "{execution}");
        let path = format!("/v1/executions/{id}/request");
        let request = world.call("GET", &path, None).await.expect(200);
        let verdict = json!({"scheme": scheme.as_str(), "verified": true});
        assert_eq!(request["signature"], verdict);
        let (name, value) = headers.last().unwrap();
        assert_eq!(request["headers"][name], *value, "the evidence is kept");
    }
}

/// Twilio signs the URL as it calls it, so the function has to rebuild it from what the gateway hands over.
#[tokio::test]
async fn slack_stripe_and_twilio_are_rows_of_the_table() {
    let world = World::new().await;
    for (scheme, secret) in [
        ("slack", "shhh"),
        ("stripe", "whsec_x"),
        ("twilio", "12345"),
    ] {
        let settings = with_secret(json!({ "scheme": scheme }), secret);
        let hook = world.hook(echoes_the_event(), settings).await;
        let seconds = (START_MS / 1000).to_string();
        let (kind, body): (&str, &'static [u8]) = match scheme {
            "twilio" => ("application/x-www-form-urlencoded", b"To=%2B1&From=%2B2"),
            _ => ("application/json", br#"{"id":"evt_1","event_id":"Ev1"}"#),
        };
        let text = std::str::from_utf8(body).unwrap();
        let url = format!("http://sluice.test{}", hook.path);
        let (message, encoding, hash) = match scheme {
            "slack" => (
                format!("v0:{seconds}:{text}"),
                Encoding::Hex,
                Algorithm::Sha256,
            ),
            "stripe" => (
                format!("{seconds}.{text}"),
                Encoding::Hex,
                Algorithm::Sha256,
            ),
            _ => (
                format!("{url}From+2To+1"),
                Encoding::Base64,
                Algorithm::Sha1,
            ),
        };
        let signature = body_hmac(hash, encoding, secret, message.as_bytes());
        let stripe = format!("t={seconds},v1={signature}");
        let slack = format!("v0={signature}");
        let headers = [
            ("content-type", kind),
            ("x-slack-request-timestamp", &seconds),
            ("x-slack-signature", &slack),
            ("stripe-signature", &stripe),
            ("x-twilio-signature", &signature),
        ];
        let answer = world.send("POST", &hook.path, &headers, Bytes::from_static(body));
        let accepted = answer.await.expect(200);
        if scheme != "twilio" {
            let again = world.send("POST", &hook.path, &headers, Bytes::from_static(body));
            let again = again.await.expect(200);
            assert_eq!(
                again["deduplicated"], true,
                "{scheme}: the body names the delivery"
            );
            assert_eq!(again["executionId"], accepted["executionId"]);
        }
        let altered = world.send("POST", &hook.path, &headers, Bytes::from_static(b"To=%2B3"));
        altered.await.expect_problem(403, "INVALID_SIGNATURE");
    }
}

#[tokio::test]
async fn a_sender_that_uses_svix_signs_as_standard_webhooks_do() {
    let world = World::new().await;
    let shown = format!(" v1,{}\n", STANDARD.trim_end_matches('='));
    let settings = with_secret(json!({"scheme": "standard-webhooks"}), &shown);
    let hook = world.hook(echoes_the_event(), settings).await;
    let signed = signed(
        &SchemeName::STANDARD_WEBHOOKS,
        STANDARD,
        "msg_1",
        EVENT,
        start(),
    );
    let headers: Headers = signed
        .into_iter()
        .map(|(name, value)| (name.replace("webhook-", "svix-"), value))
        .collect();
    let first = send(&world, &hook, &headers, EVENT).await.expect(200);
    let again = send(&world, &hook, &headers, EVENT).await.expect(200);
    assert_eq!(again["executionId"], first["executionId"]);
}

/// Outgoing webhooks of Teams: `Authorization: HMAC <base64>`, with a key that is shown in base64.
#[tokio::test]
async fn a_generic_hmac_may_follow_a_scheme_and_have_a_key_in_base64() {
    let world = World::new().await;
    let secret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let encodings = [Some("base64"), Some("any"), None];
    for (prefix, secret_encoding) in ["HMAC ", "HMAC"]
        .into_iter()
        .flat_map(|prefix| encodings.map(|encoding| (prefix, encoding)))
    {
        let mut settings = json!({
            "scheme": "hmac", "header": "Authorization", "encoding": "base64", "prefix": prefix,
        });
        if let Some(encoding) = secret_encoding {
            settings["secretEncoding"] = json!(encoding);
        }
        let hook = world
            .hook(echoes_the_event(), with_secret(settings, secret))
            .await;
        let key: Vec<u8> = (0..32).collect();
        let chosen = GenericHmac::new(HmacSettings {
            algorithm: Algorithm::Sha256,
            header: "authorization",
            encoding: Encoding::Base64,
            prefix: "HMAC ",
            secret: SecretForm::Base64,
        });
        let signed = Signed {
            id: "",
            at: start(),
            body: EVENT,
        };
        let headers = sign(&SchemeName::Hmac(chosen.unwrap()), &[key], &signed);
        send(&world, &hook, &headers, EVENT).await.expect(200);
    }
}

#[tokio::test]
async fn a_secret_that_was_copied_with_a_line_break_is_refused_and_says_so() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let patch = with_secret(json!({"scheme": "github"}), "correct horse\n");
    let refused = world.call("PATCH", &trigger_path(&hook), Some(patch)).await;
    let problem = refused.expect_problem(400, "INVALID_FIELD");
    assert!(problem["detail"].as_str().unwrap().contains("white space"));
}

/// The signature of a message, made with a scheme whose message is the body alone.
fn body_hmac(algorithm: Algorithm, encoding: Encoding, secret: &str, message: &[u8]) -> String {
    let chosen = GenericHmac::new(HmacSettings {
        algorithm,
        header: "x-signature",
        encoding,
        prefix: "",
        secret: SecretForm::Text,
    });
    let scheme = SchemeName::Hmac(chosen.unwrap());
    signed(&scheme, secret, "", message, start()).remove(0).1
}

#[tokio::test]
async fn binary_and_text_bodies_are_verified_byte_for_byte() {
    let (world, hook) = github().await;
    // The gateway encodes binary bodies as base64, and passes text on as it is.
    let bodies: [(&str, &'static [u8]); 4] = [
        ("application/octet-stream", b"\xff\x00\xfe binary"),
        ("text/plain", "grüße\r\n".as_bytes()),
        ("application/json", b"{ \"a\" :1}\n"),
        ("application/json", b""),
    ];
    for (kind, body) in bodies {
        let headers = by_github("octocat", body);
        let (name, signature) = headers.last().unwrap();
        let all = [("content-type", kind), (name.as_str(), signature.as_str())];
        let answer = world.send("POST", &hook.path, &all, Bytes::from_static(body));
        answer.await.expect(200);
    }
}

#[tokio::test]
async fn a_missing_or_wrong_signature_is_403_and_says_what_to_do() {
    let world = World::new().await;
    for (scheme, settings, secret) in schemes() {
        let settings = with_secret(settings, secret);
        let hook = world.hook(echoes_the_event(), settings).await;
        let good = signed(&scheme, secret, "msg_1", EVENT, start());
        let others = match scheme {
            SchemeName::STANDARD_WEBHOOKS => "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            _ => "others",
        };
        let foreign = signed(&scheme, others, "msg_1", EVENT, start());
        let other_body: &[u8] = br#"{"token": "SOL", "price": 150.23}"#;
        for (headers, body, says) in [
            (&good, other_body, "does not fit"),
            (&foreign, EVENT, "does not fit"),
            (&Vec::new(), EVENT, "missing"),
        ] {
            let answer = send(&world, &hook, headers, body).await;
            let problem = answer.expect_problem(403, "INVALID_SIGNATURE");
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains(says), "{detail}");
            assert!(!problem.to_string().contains(secret), "{problem}");
        }
    }
    let listed = world.call("GET", "/v1/executions", None).await.expect(200);
    assert_eq!(listed["items"], json!([]), "nothing is recorded");
}

#[tokio::test]
async fn a_signature_is_valid_for_five_minutes() {
    let world = World::new().await;
    let settings = with_secret(json!({"scheme": "standard-webhooks"}), STANDARD);
    let hook = world.hook(echoes_the_event(), settings).await;
    let headers = signed(
        &SchemeName::STANDARD_WEBHOOKS,
        STANDARD,
        "m",
        EVENT,
        start(),
    );
    world.clock.advance(300_000);
    send(&world, &hook, &headers, EVENT).await.expect(200);
    world.clock.advance(1_000);
    let stale = send(&world, &hook, &headers, EVENT).await;
    let problem = stale.expect_problem(403, "INVALID_SIGNATURE");
    assert!(problem["detail"].as_str().unwrap().contains("clock"));
}

#[tokio::test]
async fn the_signed_id_takes_precedence_over_other_delivery_id_headers() {
    let world = World::new().await;
    let settings = with_secret(json!({"scheme": "standard-webhooks"}), STANDARD);
    let hook = world.hook(echoes_the_event(), settings).await;
    let headers = signed(
        &SchemeName::STANDARD_WEBHOOKS,
        STANDARD,
        "m",
        EVENT,
        start(),
    );
    let first = send(&world, &hook, &headers, EVENT).await.expect(200);
    // Sluice's own header is not signed, so anybody who saw the request could add it.
    let mut replayed = headers;
    replayed.push(("x-webhook-delivery-id".into(), "another".into()));
    let again = send(&world, &hook, &replayed, EVENT).await.expect(200);
    assert_eq!(again["deduplicated"], true);
    assert_eq!(again["executionId"], first["executionId"]);
}

#[tokio::test]
async fn the_checks_answer_in_their_order() {
    let world = World::new().await;
    let mut settings = with_secret(json!({"scheme": "github"}), "octocat");
    settings["ipAllowList"] = json!(["203.0.113.0/24"]);
    let hook = world.hook(echoes_the_event(), settings).await;
    let unsigned = send(&world, &hook, &Vec::new(), EVENT).await;
    unsigned.expect_problem(403, "IP_NOT_ALLOWED");
    let path = trigger_path(&hook);
    let open = json!({"ipAllowList": null, "enabled": false});
    world.call("PATCH", &path, Some(open)).await.expect(200);
    world.clock.advance(6_000);
    let unsigned = send(&world, &hook, &Vec::new(), EVENT).await;
    unsigned.expect_problem(403, "INVALID_SIGNATURE");
    let unsigned = world.send("GET", &hook.path, &[], "").await;
    unsigned.expect_problem(403, "INVALID_SIGNATURE");
    let signature = by_github("octocat", EVENT);
    let answer = send(&world, &hook, &signature, EVENT).await;
    answer.expect_problem(403, "WEBHOOK_DISABLED");
    let wrong = format!("/hooks/{}?token=wrong", hook.workflow);
    let stranger = world.send("POST", &wrong, &[], "").await;
    stranger.expect_problem(403, "INVALID_TOKEN");
}

#[tokio::test]
async fn both_secrets_are_valid_during_the_overlap_and_then_the_new_one_alone() {
    let (world, hook) = github().await;
    let path = format!("{}/rotate-secret", trigger_path(&hook));
    let rotation = json!({"secret": "hubot", "overlapSeconds": 60});
    let rotated = world.call("POST", &path, Some(rotation)).await.expect(200);
    let shown = json!({"scheme": "github", "secret": "hubot"});
    assert_eq!(rotated["authentication"], shown);
    let (old, new) = (by_github("octocat", EVENT), by_github("hubot", EVENT));
    for headers in [&old, &new] {
        send(&world, &hook, headers, EVENT).await.expect(200);
    }
    world.clock.advance(60_000);
    send(&world, &hook, &new, EVENT).await.expect(200);
    let refused = send(&world, &hook, &old, EVENT).await;
    refused.expect_problem(403, "INVALID_SIGNATURE");
}

/// The container has cached the old secret: a refusal from the cache is confirmed by a read before it is answered.
#[tokio::test]
async fn a_new_secret_is_valid_at_once() {
    let (world, hook) = github().await;
    let old = by_github("octocat", EVENT);
    send(&world, &hook, &old, EVENT).await.expect(200);
    let path = format!("{}/rotate-secret", trigger_path(&hook));
    let rotation = json!({"overlapSeconds": 0});
    let rotated = world.call("POST", &path, Some(rotation)).await.expect(200);
    let secret = rotated["authentication"]["secret"].as_str().unwrap();
    let new = by_github(secret, EVENT);
    send(&world, &hook, &new, EVENT).await.expect(200);
    let refused = send(&world, &hook, &old, EVENT).await;
    refused.expect_problem(403, "INVALID_SIGNATURE");
}

#[tokio::test]
async fn a_secret_is_shown_by_the_request_that_set_it_and_never_again() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let path = trigger_path(&hook);
    let collection = format!("/v1/workflows/{}/triggers", hook.workflow);
    let authorization = format!("Bearer {}", world.key);
    let headers = [
        ("authorization", authorization.as_str()),
        ("idempotency-key", "once"),
    ];
    let body = json!({"authentication": {"scheme": "standard-webhooks"}}).to_string();
    let made = world.send("POST", &collection, &headers, body.clone());
    let made = made.await.expect(201);
    let secret = made["authentication"]["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_"), "{secret}");
    let again = world.send("POST", &collection, &headers, body).await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    let again = again.expect(201);
    assert_eq!(again["id"], made["id"]);
    let hidden = json!({"scheme": "standard-webhooks"});
    assert_eq!(again["authentication"], hidden);

    let patch = json!({"authentication": {"scheme": "github"}});
    let set = world.call("PATCH", &path, Some(patch)).await.expect(200);
    let secret = set["authentication"]["secret"].as_str().unwrap().to_owned();
    let shown = world.call("GET", &path, None).await.expect(200);
    assert_eq!(shown["authentication"], json!({"scheme": "github"}));
    let listed = world.call("GET", &collection, None).await.expect(200);
    assert!(!listed.to_string().contains("secret"), "{listed}");
    // A change that does not name the secret keeps it, and does not show it.
    let patch = json!({"authentication": {"scheme": "github"}, "ipAllowList": []});
    let kept = world.call("PATCH", &path, Some(patch)).await.expect(200);
    assert_eq!(kept["authentication"], json!({"scheme": "github"}));
    let headers = by_github(&secret, EVENT);
    send(&world, &hook, &headers, EVENT).await.expect(200);
}

#[tokio::test]
async fn authentication_is_changed_and_removed_by_a_merge_patch() {
    let (world, hook) = github().await;
    let path = trigger_path(&hook);
    let patch = json!({"authentication": {
        "scheme": "hmac", "header": "X-Signature", "secret": "mine", "algorithm": "sha512",
        "encoding": "base64", "prefix": "v0=",
    }});
    world.call("PATCH", &path, Some(patch)).await.expect(200);
    let headers = signed(&hmac(), "mine", "1", EVENT, start());
    send(&world, &hook, &headers, EVENT).await.expect(200);
    let patch = json!({"authentication": {"encoding": "hex", "prefix": null}});
    let changed = world.call("PATCH", &path, Some(patch)).await.expect(200);
    let expected = json!({
        "scheme": "hmac", "algorithm": "sha512", "header": "x-signature", "encoding": "hex", "prefix": "",
        "secretEncoding": "any",
    });
    assert_eq!(changed["authentication"], expected);
    let patch = json!({"authentication": {"scheme": "github", "secret": "octocat"}});
    let changed = world.call("PATCH", &path, Some(patch)).await.expect(200);
    assert_eq!(changed["authentication"]["header"], Value::Null);
    let patch = json!({ "authentication": null });
    let changed = world.call("PATCH", &path, Some(patch)).await.expect(200);
    assert_eq!(changed["authentication"], Value::Null);
    send(&world, &hook, &Vec::new(), EVENT).await.expect(200);
    let rotate = format!("{path}/rotate-secret");
    let refused = world.call("POST", &rotate, Some(json!({}))).await;
    refused.expect_problem(404, "NOT_FOUND");
}

/// The answer to a webhook, sent through a proxy that counts the calls of AWS and can answer them itself.
async fn deliver_with(
    app: &trigger::App,
    proxy: &FaultProxy,
    path: &str,
    headers: &Headers,
) -> Response<Value> {
    proxy.forget_calls();
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let response = trigger::handle(app, webhook(path, &headers, &json!({"n": 1}))).await;
    response.map(|body| serde_json::from_slice(&body).unwrap())
}

const SENT: &[u8] = br#"{"n":1}"#;

#[tokio::test]
async fn a_container_decrypts_a_secret_once_and_never_without_a_token_and_a_signature() {
    let (world, hook) = github().await;
    let proxy = FaultProxy::new(&world, |_, _| Fault::Pass).await;
    let app = trigger::App::new(proxy.environment(&world, "trigger"));
    let good = by_github("octocat", SENT);
    let wrong = format!("/hooks/{}?token=wrong", hook.workflow);
    deliver_with(&app, &proxy, &wrong, &good).await;
    assert_eq!(proxy.calls(), ["Query"]);
    let unsigned = deliver_with(&app, &proxy, &hook.path, &Vec::new()).await;
    assert_eq!(unsigned.status(), 403);
    assert_eq!(
        proxy.calls(),
        ["Query", "TransactWriteItems"],
        "a refusal is confirmed, decrypts nothing, and is written once a minute"
    );
    assert_eq!(
        deliver_with(&app, &proxy, &hook.path, &good).await.status(),
        200
    );
    let opened = ["Decrypt", "UpdateItem", "PutItem", "SendMessage"];
    assert_eq!(proxy.calls(), opened);
    let mut second = good.clone();
    second[0].1 = "2".to_owned();
    assert_eq!(
        deliver_with(&app, &proxy, &hook.path, &second)
            .await
            .status(),
        200
    );
    assert_eq!(proxy.calls(), ["UpdateItem", "PutItem", "SendMessage"]);
    let forged = by_github("others", SENT);
    let refused = deliver_with(&app, &proxy, &hook.path, &forged).await;
    assert_eq!(refused.body()["code"], "INVALID_SIGNATURE");
    assert_eq!(
        proxy.calls(),
        [""; 0],
        "no write, and a refusal confirmed within the second"
    );
}

#[tokio::test]
async fn a_failing_kms_is_503_and_no_request_is_accepted() {
    let (world, hook) = github().await;
    let refusal = |status, error| Fault::Answer { status, error };
    for plan in [
        refusal(500, "KMSInternalException"),
        refusal(400, "ThrottlingException"),
        refusal(400, "AccessDeniedException"),
        refusal(400, "DisabledException"),
        refusal(400, "KMSInvalidStateException"),
        Fault::Slow { millis: 10_000 },
    ] {
        let fault = plan.clone();
        let proxy = FaultProxy::new(&world, move |_, called| match called {
            "Decrypt" => fault.clone(),
            _ => Fault::Pass,
        })
        .await;
        let app = trigger::App::new(proxy.short_timeout_environment(&world, "trigger"));
        let answer = deliver_with(&app, &proxy, &hook.path, &by_github("octocat", SENT)).await;
        assert_eq!(answer.status(), 503, "{plan:?}: {answer:?}");
        assert!(answer.headers().contains_key("retry-after"), "{plan:?}");
        let calls = proxy.calls();
        assert!(
            calls
                .iter()
                .all(|call| call == "Query" || call == "Decrypt"),
            "{calls:?}"
        );
    }
}

#[tokio::test]
async fn a_secret_that_cannot_be_decrypted_is_500_and_no_request_is_accepted() {
    let (world, hook) = github().await;
    let proxy = FaultProxy::new(&world, |_, called| match called {
        "Decrypt" => Fault::Answer {
            status: 400,
            error: "InvalidCiphertextException",
        },
        _ => Fault::Pass,
    })
    .await;
    let app = trigger::App::new(proxy.environment(&world, "trigger"));
    let answer = deliver_with(&app, &proxy, &hook.path, &by_github("octocat", SENT)).await;
    assert_eq!(answer.status(), 500);
    assert_eq!(proxy.calls(), ["Query", "Decrypt"]);
}

#[tokio::test]
async fn a_trigger_without_authentication_never_calls_kms() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let proxy = FaultProxy::new(&world, |_, _| Fault::Pass).await;
    let app = trigger::App::new(proxy.environment(&world, "trigger"));
    let answer = deliver_with(&app, &proxy, &hook.path, &Vec::new()).await;
    assert_eq!(answer.status(), 200);
    let calls = ["Query", "UpdateItem", "PutItem", "SendMessage"];
    assert_eq!(proxy.calls(), calls);
}

/// A secret is encrypted before anything is written: while KMS fails, the trigger stays as it was.
#[tokio::test]
async fn a_secret_is_not_changed_while_kms_fails() {
    let (world, hook) = github().await;
    let proxy = FaultProxy::new(&world, |_, called| match called {
        "Encrypt" => Fault::Answer {
            status: 500,
            error: "KMSInternalException",
        },
        _ => Fault::Pass,
    })
    .await;
    let app = register::App::new(proxy.environment(&world, "register"));
    let path = format!("{}/rotate-secret", trigger_path(&hook));
    let response = tests::contract::register(&app, management("POST", &path, &world.key)).await;
    assert_eq!(response.status(), 503);
    let headers = by_github("octocat", EVENT);
    send(&world, &hook, &headers, EVENT).await.expect(200);
}

#[tokio::test]
async fn the_table_holds_ciphertext_that_only_this_trigger_can_use() {
    let (world, hook) = github().await;
    let variables = world.stack.variables("register");
    let body = json!({"TableName": variables["CONFIG_TABLE"]}).to_string();
    let table = tests::fault_proxy::ask(&world, "DynamoDB_20120810.Scan", body).await;
    // "octocat" in base64, at each of its three alignments.
    for plain in ["octocat", "b2N0b2Nhd", "9jdG9jYX", "vY3RvY2F0"] {
        assert!(!table.to_string().contains(plain), "{plain}");
    }
    let items = table["Items"].as_array().unwrap();
    let stored = items.iter().find(|item| item["id"]["S"] == *hook.trigger);
    let stored = stored.unwrap();
    let other = world.trigger(&hook.workflow, json!({})).await;
    let copied = json!({
        "TableName": variables["CONFIG_TABLE"],
        "Key": {"pk": stored["pk"], "sk": {"S": stored["sk"]["S"].as_str().unwrap().replace(&hook.trigger, &other.trigger)}},
        "UpdateExpression": "SET authentication = :a",
        "ExpressionAttributeValues": {":a": stored["authentication"]},
        "ReturnValues": "ALL_NEW",
    });
    let moved =
        tests::fault_proxy::ask(&world, "DynamoDB_20120810.UpdateItem", copied.to_string()).await;
    assert_eq!(moved["Attributes"]["id"]["S"], other.trigger, "{moved}");
    let headers = by_github("octocat", EVENT);
    let answer = send(&world, &other, &headers, EVENT).await;
    answer.expect_problem(500, "INTERNAL");
}

async fn deliver(app: &trigger::App, hook: &Hook) -> u16 {
    let headers = by_github("octocat", SENT);
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let event = webhook(&hook.path, &headers, &json!({"n": 1}));
    trigger::handle(app, event).await.status().as_u16()
}

#[tokio::test]
async fn every_crash_of_a_trigger_that_verifies_leaves_one_execution_that_ends() {
    at_every_crash_point!(
        world,
        proxy,
        world.hook(
            echoes_the_event(),
            with_secret(json!({"scheme": "github"}), "octocat")
        ),
        async |hook: &Hook| {
            let app = trigger::App::new(proxy.environment(&world, "trigger"));
            deliver(&app, hook).await
        },
        async |world: &World, hook: Hook, answered: Option<u16>| {
            assert!(answered.is_none_or(|status| status == 200), "{answered:?}");
            let app = trigger::App::new(world.stack.environment("trigger").unwrap());
            assert_eq!(deliver(&app, &hook).await, 200);
            recover(world).await;
            let listed = world.call("GET", "/v1/executions", None).await.expect(200);
            let items = listed["items"].as_array().unwrap();
            assert_eq!(items.len(), 1, "{items:?}");
            assert_eq!(items[0]["status"], "succeeded");
        }
    );
}
