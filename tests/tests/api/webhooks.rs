//! The native webhook profile, as a sender sees it: every row of the Webhook API document.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::{Value, json};
use tests::{World, echoes_the_event};

const EVENT: &str = r#"{"token": "SOL", "price": 150.23}"#;

async fn world_with_hook(settings: Value) -> (World, tests::Hook) {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), settings).await;
    (world, hook)
}

fn event() -> Value {
    serde_json::from_str(EVENT).unwrap()
}

#[tokio::test]
async fn the_printed_request_is_answered_with_success_and_an_execution() {
    let (world, hook) = world_with_hook(json!({})).await;
    let answer = world.send(
        "POST",
        &hook.path,
        &[("content-type", "application/json")],
        EVENT,
    );
    let body = answer.await.expect(200);
    let id = body["executionId"].as_str().unwrap();
    assert_eq!(body, json!({"success": true, "executionId": id}));
    world.run().await;
    let execution = world.execution(id).await;
    assert_eq!(execution["status"], "succeeded");
    assert_eq!(execution["input"]["price"], 150.23);
    assert_eq!(execution["input"]["source"], "webhook");
    assert_eq!(
        execution["input"]["triggeredAt"],
        "2026-06-16T12:17:30.231Z"
    );
    assert_eq!(execution["output"]["event"]["token"], "SOL");
}

#[tokio::test]
async fn a_delivery_id_from_any_of_its_headers_is_deduplicated() {
    let (world, hook) = world_with_hook(json!({})).await;
    for header in [
        "x-webhook-delivery-id",
        "x-github-delivery",
        "webhook-id",
        "svix-id",
    ] {
        let headers = [(header, "72d3162e-cc78-11e3-81ab-4c9367dc0958")];
        let first = world.post(&hook, &headers, &event()).await.expect(200);
        if header == "x-webhook-delivery-id" {
            assert_eq!(first.get("deduplicated"), None);
        }
        let again = world
            .post(&hook, &headers, &json!({"other": 1}))
            .await
            .expect(200);
        let id = &first["executionId"];
        assert_eq!(
            again,
            json!({"success": true, "executionId": id, "deduplicated": true})
        );
    }
    world.run().await;
    let list = world.call("GET", "/v1/executions", None).await.expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn two_github_hooks_that_share_an_id_make_two_executions() {
    let (world, hook) = world_with_hook(json!({})).await;
    let guid = ("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958");
    let of_hook = async |id: &str| {
        let headers = [guid, ("x-github-hook-id", id)];
        world.post(&hook, &headers, &event()).await.expect(200)
    };
    let (first, second) = (of_hook("1001").await, of_hook("2002").await);
    assert_ne!(first["executionId"], second["executionId"]);
    assert_eq!(of_hook("1001").await["executionId"], first["executionId"]);
    let of_first = format!("/v1/executions?deliveryId={}/1001", guid.1);
    let listed = world.call("GET", &of_first, None).await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert_eq!(listed["items"][0]["deliveryId"], format!("{}/1001", guid.1));
}

#[tokio::test]
async fn a_duplicate_says_in_headers_what_became_of_the_first_and_whether_its_body_differs() {
    let (world, hook) = world_with_hook(json!({})).await;
    let headers = [("webhook-id", "1")];
    let first = world.post(&hook, &headers, &event()).await.expect(200);
    let same = world.post(&hook, &headers, &event()).await;
    assert_eq!(same.header("sluice-execution-status"), Some("queued"));
    assert_eq!(same.header("sluice-duplicate"), None);
    world.run().await;
    let other = world.post(&hook, &headers, &json!({"other": 1})).await;
    assert_eq!(other.header("sluice-execution-status"), Some("succeeded"));
    assert_eq!(other.header("sluice-duplicate"), Some("body-differs"));
    let id = &first["executionId"];
    let printed = json!({"success": true, "executionId": id, "deduplicated": true});
    assert_eq!(other.expect(200), printed);
}

/// The input of the execution that a body of this content type makes.
async fn input_of(content_type: &str, body: &'static [u8]) -> Value {
    let (world, hook) = world_with_hook(json!({})).await;
    let headers = [("content-type", content_type)];
    let answer = world.send("POST", &hook.path, &headers, body).await;
    let accepted = answer.expect(200);
    world.run().await;
    let id = accepted["executionId"].as_str().unwrap();
    world.execution(id).await["input"].clone()
}

#[tokio::test]
async fn a_body_is_read_as_senders_write_it() {
    let form = "application/x-www-form-urlencoded";
    let marked = input_of(form, b"\xef\xbb\xbfa=1&b=2").await;
    assert_eq!(
        (&marked["a"], &marked["body"]),
        (&json!("1"), &json!("a=1&b=2"))
    );
    let latin = input_of(&format!("{form}; charset=ISO-8859-1"), b"name=Jos%E9").await;
    assert_eq!(latin["name"], "José");
    assert_eq!(latin.get("bodyRepaired"), None);
    let paypal = input_of(form, b"name=Jos%E9&charset=windows-1252").await;
    assert_eq!(paypal["name"], "José");
    let cut = input_of(
        "application/json, application/json",
        br#"{"text": "good \ud83d"}"#,
    )
    .await;
    assert_eq!(cut["text"], "good \u{fffd}");
    assert_eq!(cut["bodyRepaired"], true);
    let blank = input_of("application/json", b" \r\n").await;
    assert_eq!(blank.get("body"), None);
}

#[tokio::test]
async fn an_address_with_a_port_is_in_the_allow_list_and_a_wrong_host_is_no_crash() {
    let settings = json!({"ipAllowList": ["203.0.113.0/24"]});
    let (world, hook) = world_with_hook(settings).await;
    let (path, query) = hook.path.split_once('?').unwrap();
    let event = json!({
        "version": "2.0",
        "routeKey": "ANY /hooks/{workflowId}",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"content-type": "application/json", "host": "a b", "x-forwarded-proto": "https"},
        "requestContext": {
            "accountId": "1", "apiId": "api", "domainName": "edge.example", "stage": "$default",
            "http": {"method": "POST", "path": path, "protocol": "HTTP/1.1",
                     "sourceIp": "203.0.113.195:32554", "userAgent": "test"},
            "requestId": "req-1", "timeEpoch": 0,
        },
        "body": "{}",
        "isBase64Encoded": false,
    });
    let answered = world.stack.invoke("trigger", event).await.unwrap();
    assert_eq!(answered["statusCode"], 200, "{answered}");
}

#[tokio::test]
async fn deduplication_is_scoped_to_the_trigger() {
    let (world, hook) = world_with_hook(json!({})).await;
    let other = world.trigger(&hook.workflow, json!({})).await;
    let headers = [("x-webhook-delivery-id", "1")];
    let first = world.post(&hook, &headers, &event()).await.expect(200);
    let second = world.post(&other, &headers, &event()).await.expect(200);
    assert_ne!(first["executionId"], second["executionId"]);
    assert_eq!(second.get("deduplicated"), None);
}

#[tokio::test]
async fn a_sender_without_a_delivery_id_makes_an_execution_each_time() {
    let (world, hook) = world_with_hook(json!({})).await;
    let first = world.post(&hook, &[], &event()).await.expect(200);
    let second = world.post(&hook, &[], &event()).await.expect(200);
    assert_ne!(first["executionId"], second["executionId"]);
}

#[tokio::test]
async fn a_missing_workflow_or_token_is_400() {
    let (world, hook) = world_with_hook(json!({})).await;
    let without_token = hook.path.split('?').next().unwrap();
    for path in ["/hooks", "/hooks?token=x", without_token] {
        let answer = world.send("POST", path, &[], EVENT).await;
        answer.expect_problem(400, "MISSING_WORKFLOW_OR_TOKEN");
    }
}

#[tokio::test]
async fn invalid_json_is_400_and_records_nothing() {
    let (world, hook) = world_with_hook(json!({})).await;
    let headers = [
        ("content-type", "application/json"),
        ("x-webhook-delivery-id", "1"),
    ];
    for body in ["{", "{} {}", "\u{1}"] {
        let answer = world.send("POST", &hook.path, &headers, body).await;
        answer.expect_problem(400, "INVALID_REQUEST_BODY");
    }
    let answer = world
        .send("POST", &hook.path, &headers, EVENT)
        .await
        .expect(200);
    assert_eq!(
        answer.get("deduplicated"),
        None,
        "the delivery id was left unused"
    );
}

#[tokio::test]
async fn a_compressed_body_is_415_and_a_bad_delivery_id_400() {
    let (world, hook) = world_with_hook(json!({})).await;
    let answer = world
        .post(&hook, &[("content-encoding", "gzip")], &event())
        .await;
    answer.expect_problem(415, "UNSUPPORTED_ENCODING");
    let long = "x".repeat(256);
    for id in ["two words", long.as_str()] {
        let answer = world
            .post(&hook, &[("x-webhook-delivery-id", id)], &event())
            .await;
        answer.expect_problem(400, "INVALID_DELIVERY_ID");
    }
}

#[tokio::test]
async fn a_wrong_token_is_403_and_an_unknown_workflow_404() {
    let (world, hook) = world_with_hook(json!({})).await;
    let wrong = format!("/hooks/{}?token=wrong", hook.workflow);
    let answer = world.send("POST", &wrong, &[], EVENT).await;
    answer.expect_problem(403, "INVALID_TOKEN");
    for path in [
        "/hooks/wf_0123456789ABCDEFGHJKMNPQRS?token=x",
        "/hooks/nothing?token=x",
    ] {
        let answer = world.send("POST", path, &[], EVENT).await;
        answer.expect_problem(404, "WEBHOOK_NOT_FOUND");
    }
}

#[tokio::test]
async fn an_inactive_workflow_records_the_refusal_and_leaves_the_delivery_id_free() {
    let (world, hook) = world_with_hook(json!({})).await;
    let switch = format!("/v1/workflows/{}", hook.workflow);
    world
        .call("POST", &format!("{switch}/deactivate"), None)
        .await
        .expect(200);
    let headers = [("x-webhook-delivery-id", "1")];
    let refused = world.post(&hook, &headers, &event()).await;
    let refused = refused.expect_problem(403, "WORKFLOW_INACTIVE");
    let execution = world
        .execution(refused["executionId"].as_str().unwrap())
        .await;
    assert_eq!(execution["status"], "rejected");
    assert_eq!(execution["input"]["token"], "SOL");
    world
        .call("POST", &format!("{switch}/activate"), None)
        .await
        .expect(200);
    let accepted = world.post(&hook, &headers, &event()).await.expect(200);
    assert_eq!(accepted.get("deduplicated"), None);
    assert_ne!(accepted["executionId"], refused["executionId"]);
}

#[tokio::test]
async fn a_disabled_trigger_is_403_and_works_again_when_enabled() {
    let (world, hook) = world_with_hook(json!({})).await;
    let trigger = format!("/v1/workflows/{}/triggers/{}", hook.workflow, hook.trigger);
    world
        .call("POST", &format!("{trigger}/disable"), None)
        .await
        .expect(200);
    let answer = world.post(&hook, &[], &event()).await;
    answer.expect_problem(403, "WEBHOOK_DISABLED");
    world
        .call("POST", &format!("{trigger}/enable"), None)
        .await
        .expect(200);
    world.clock.advance(1_000);
    world.post(&hook, &[], &event()).await.expect(200);
}

#[tokio::test]
async fn a_body_of_102_400_bytes_passes_and_one_more_is_413() {
    let (world, hook) = world_with_hook(json!({})).await;
    let text = [("content-type", "text/plain")];
    let answer = world
        .send("POST", &hook.path, &text, "x".repeat(102_400))
        .await;
    let id = answer.expect(200)["executionId"]
        .as_str()
        .unwrap()
        .to_owned();
    let answer = world
        .send("POST", &hook.path, &text, "x".repeat(102_401))
        .await;
    answer.expect_problem(413, "BODY_TOO_LARGE");
    world.run().await;
    let execution = world.execution(&id).await;
    assert_eq!(execution["input"]["body"].as_str().unwrap().len(), 102_400);
}

#[tokio::test]
async fn the_rate_limit_is_429_with_retry_after_and_leaves_the_delivery_id_free() {
    let (world, hook) = world_with_hook(json!({})).await;
    let limit = json!({"rateLimit": {"capacity": 2, "refillPerSecond": 0.1}});
    let path = format!("/v1/workflows/{}", hook.workflow);
    world.call("PATCH", &path, Some(limit)).await.expect(200);
    for _ in 0..2 {
        world.post(&hook, &[], &event()).await.expect(200);
    }
    world.clock.advance(1_500);
    let headers = [("x-webhook-delivery-id", "1")];
    let refused = world.post(&hook, &headers, &event()).await;
    assert_eq!(
        refused.header("retry-after"),
        Some("9"),
        "8.5 s, rounded up"
    );
    assert_eq!(refused.expect_problem(429, "RATE_LIMITED")["retryAfter"], 9);
    world.clock.advance(8_500);
    let accepted = world.post(&hook, &headers, &event()).await.expect(200);
    assert_eq!(accepted.get("deduplicated"), None);
}

#[tokio::test]
async fn a_duplicate_spends_no_token() {
    let (world, hook) = world_with_hook(json!({})).await;
    let limit = json!({"rateLimit": {"capacity": 2, "refillPerSecond": 0.001}});
    let path = format!("/v1/workflows/{}", hook.workflow);
    world.call("PATCH", &path, Some(limit)).await.expect(200);
    for _ in 0..5 {
        world
            .post(&hook, &[("webhook-id", "1")], &event())
            .await
            .expect(200);
    }
    world.post(&hook, &[], &event()).await.expect(200);
    world.post(&hook, &[], &event()).await.expect(429);
}

#[tokio::test]
async fn only_post_is_allowed_unless_the_trigger_says_otherwise() {
    let (world, hook) = world_with_hook(json!({})).await;
    for method in ["GET", "PUT", "DELETE", "PATCH"] {
        let answer = world.send(method, &hook.path, &[], "").await;
        assert_eq!(answer.header("allow"), Some("POST"));
        answer.expect_problem(405, "METHOD_NOT_ALLOWED");
    }
    let get = world
        .trigger(&hook.workflow, json!({"methods": ["GET", "POST"]}))
        .await;
    let path = format!("{}&city=Z%C3%BCrich&tag=a&tag=b", get.path);
    let answer = world.send("GET", &path, &[], "").await.expect(200);
    let execution = world
        .execution(answer["executionId"].as_str().unwrap())
        .await;
    assert_eq!(execution["input"]["city"], "Zürich");
    assert_eq!(execution["input"]["tag"], json!(["a", "b"]));
    assert_eq!(execution["input"].get("token"), None);
}

#[tokio::test]
async fn an_address_outside_the_allow_list_is_403() {
    let (world, hook) = world_with_hook(json!({"ipAllowList": ["203.0.113.0/24"]})).await;
    let forged = [("x-forwarded-for", "203.0.113.7")];
    let answer = world.post(&hook, &forged, &event()).await;
    answer.expect_problem(403, "IP_NOT_ALLOWED");
    let open = world
        .trigger(&hook.workflow, json!({"ipAllowList": ["127.0.0.0/8"]}))
        .await;
    world.post(&open, &[], &event()).await.expect(200);
}

#[tokio::test]
async fn the_ninth_hop_is_refused() {
    let (world, hook) = world_with_hook(json!({})).await;
    world
        .post(&hook, &[("sluice-hops", "8")], &event())
        .await
        .expect(200);
    let answer = world.post(&hook, &[("sluice-hops", "9")], &event()).await;
    answer.expect_problem(508, "LOOP_DETECTED");
}

#[tokio::test]
async fn a_rotated_token_works_for_its_overlap_and_no_longer() {
    let (world, hook) = world_with_hook(json!({})).await;
    let rotate = format!(
        "/v1/workflows/{}/triggers/{}/rotate",
        hook.workflow, hook.trigger
    );
    let answer = world
        .call("POST", &rotate, Some(json!({"overlapSeconds": 60})))
        .await;
    let rotated = answer.expect(200);
    let url = rotated["url"].as_str().unwrap();
    let fresh = tests::Hook {
        path: tests::target(url).to_owned(),
        ..hook.clone()
    };
    world.post(&fresh, &[], &event()).await.expect(200);
    world.post(&hook, &[], &event()).await.expect(200);
    world.clock.advance(60_000);
    world.post(&fresh, &[], &event()).await.expect(200);
    world
        .post(&hook, &[], &event())
        .await
        .expect_problem(403, "INVALID_TOKEN");
}

#[tokio::test]
async fn credentials_are_not_kept_and_the_rest_is_kept_byte_for_byte() {
    let (world, hook) = world_with_hook(json!({})).await;
    let headers = [
        ("content-type", "application/octet-stream"),
        ("authorization", "Bearer canary"),
        ("cookie", "session=canary"),
        ("x-custom", "kept"),
    ];
    let path = format!("{}&AppKey=canary&page=2", hook.path);
    let bytes: Vec<u8> = (0..=255).collect();
    let answer = world
        .send("POST", &path, &headers, bytes.clone())
        .await
        .expect(200);
    let id = answer["executionId"].as_str().unwrap();
    let original = world
        .call("GET", &format!("/v1/executions/{id}/request"), None)
        .await;
    let shown = String::from_utf8_lossy(&original.bytes).into_owned();
    assert!(!shown.contains("canary"), "{shown}");
    assert!(
        !shown.contains(hook.path.split("token=").nth(1).unwrap()),
        "{shown}"
    );
    assert!(shown.contains("kept"), "{shown}");
    let path = format!("/v1/executions/{id}/request");
    let headers = [
        ("x-api-key", world.key.as_str()),
        ("accept", "application/octet-stream"),
    ];
    let raw = world.send("GET", &path, &headers, "").await;
    assert_eq!(raw.bytes, bytes);
}
