//! App authorization, as a sender and an owner see it: a request needs the `AppKey` and a `Sign` of the trigger, wherever it
//! has them, and they are neither stored nor shown again.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use bytes::Bytes;
use domain::AppCredentials;
use serde_json::{Value, json};
use tests::at_every_crash_point;
use tests::crash::recover;
use tests::events::{management, request};
use tests::fault_proxy::{Fault, FaultProxy};
use tests::{Answer, Hook, START_MS, World, echoes_the_event};

const JSON: (&str, &str) = ("content-type", "application/json");

fn app() -> Value {
    json!({"authentication": {"scheme": "app"}, "methods": ["GET", "POST"]})
}

/// The keys as an answer shows them.
fn keys(answer: &Value) -> AppCredentials {
    let shown = |name: &str| answer["authentication"][name].as_str().unwrap().to_owned();
    let plaintext = format!("{}:{}", shown("appKey"), shown("secretKey"));
    let keys = AppCredentials::parse(plaintext.as_bytes()).unwrap();
    assert_eq!(shown("sign"), keys.fixed_sign().reveal());
    keys
}

/// A trigger with app authorization, and its keys.
async fn hook(world: &World) -> (Hook, AppCredentials) {
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let set = world.call("PATCH", &path(&hook), Some(app())).await;
    let keys = keys(&set.expect(200));
    (hook, keys)
}

fn path(hook: &Hook) -> String {
    format!("/v1/workflows/{}/triggers/{}", hook.workflow, hook.trigger)
}

async fn rotate(world: &World, hook: &Hook, overlap_secs: u32) -> Answer {
    let path = format!("{}/rotate-secret", path(hook));
    let body = json!({ "overlapSeconds": overlap_secs });
    world.call("POST", &path, Some(body)).await
}

/// A `POST` with the fixed `Sign` in headers.
async fn post(world: &World, hook: &Hook, keys: &AppCredentials) -> Answer {
    let sign = keys.fixed_sign();
    let headers = [
        ("HAP-Appkey", keys.app_key()),
        ("HAP-Sign", sign.reveal()),
        JSON,
    ];
    let body = Bytes::from_static(br#"{"n":1}"#);
    world.send("POST", &hook.path, &headers, body).await
}

/// A `GET` with a `Sign` that has a timestamp.
async fn get(world: &World, hook: &Hook, keys: &AppCredentials, at_ms: i64) -> Answer {
    let sign = keys.timestamped_sign(&at_ms.to_string());
    let path = format!(
        "{}&n=1&appkey={}&SIGN={}&Timestamp={at_ms}",
        hook.path,
        keys.app_key(),
        sign.reveal()
    );
    world.send("GET", &path, &[], "").await
}

#[tokio::test]
async fn both_forms_of_sign_run_from_headers_query_and_body_and_are_not_stored() {
    let world = World::new().await;
    let (hook, keys) = hook(&world).await;
    let (key, fixed) = (keys.app_key(), keys.fixed_sign());
    let fixed = fixed.reveal();
    let now = START_MS.to_string();
    let timestamped = keys.timestamped_sign(&now);
    let timestamped = timestamped.reveal();
    let json = json!({"n": 1.50, "appKey": key, "sign": timestamped, "timestamp": START_MS});
    let form = format!("n=1&AppKey={key}&Sign={fixed}");
    let query = format!("{}&APPKEY={key}&sign={fixed}", hook.path);
    let headers = [
        ("HAP-AppKey", key),
        ("HAP-Sign", timestamped),
        ("HAP-Timestamp", &now),
        JSON,
    ];
    let typed = |kind| [("content-type", kind)];
    for (method, path, headers, body) in [
        ("POST", &hook.path, &headers[..], "{\"n\": 1}".to_owned()),
        ("POST", &query, &[JSON], "{\"n\": 1}".to_owned()),
        ("GET", &query, &[], String::new()),
        (
            "POST",
            &hook.path,
            &typed("application/json"),
            json.to_string(),
        ),
        (
            "POST",
            &hook.path,
            &typed("application/x-www-form-urlencoded"),
            form,
        ),
    ] {
        let answer = world.send(method, path, headers, body).await.expect(200);
        world.run().await;
        let id = answer["executionId"].as_str().unwrap();
        let execution = world.execution(id).await;
        assert_eq!(execution["status"], "succeeded", "{execution}");
        let path = format!("/v1/executions/{id}/request");
        let request = world.call("GET", &path, None).await.expect(200);
        let verdict = json!({"scheme": "app", "verified": true});
        assert_eq!(request["signature"], verdict);
        for canary in [key, fixed, timestamped] {
            assert!(!execution.to_string().contains(canary), "{execution}");
            assert!(!request.to_string().contains(canary), "{request}");
        }
    }
}

#[tokio::test]
async fn a_request_without_the_keys_or_with_others_is_refused_and_writes_nothing() {
    let world = World::new().await;
    let (hook, keys) = hook(&world).await;
    let others = AppCredentials::from_random(1, [1; 32]);
    let refused = world.post(&hook, &[], &json!({"n": 1})).await;
    refused.expect_problem(403, "INVALID_SIGNATURE");
    let refused = post(&world, &hook, &others).await;
    refused.expect_problem(403, "INVALID_SIGNATURE");
    let refused = get(&world, &hook, &others, START_MS).await;
    refused.expect_problem(403, "INVALID_SIGNATURE");
    for away_ms in [-300_001, 300_001] {
        let stale = get(&world, &hook, &keys, START_MS + away_ms).await;
        let problem = stale.expect_problem(403, "INVALID_SIGNATURE");
        assert!(
            problem["detail"].as_str().unwrap().contains("clock"),
            "{problem}"
        );
    }
    for away_ms in [-300_000, 300_000] {
        get(&world, &hook, &keys, START_MS + away_ms)
            .await
            .expect(200);
    }
    let listed = world.call("GET", "/v1/executions", None).await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 2, "{listed}");
}

#[tokio::test]
async fn old_and_new_keys_work_during_the_overlap_and_then_the_new_ones_alone() {
    let world = World::new().await;
    let (hook, old) = hook(&world).await;
    let new = keys(&rotate(&world, &hook, 60).await.expect(200));
    assert_ne!(new.app_key(), old.app_key());
    for keys in [&old, &new] {
        post(&world, &hook, keys).await.expect(200);
        get(&world, &hook, keys, START_MS).await.expect(200);
    }
    world.clock.advance(60_000);
    post(&world, &hook, &new).await.expect(200);
    get(&world, &hook, &new, START_MS).await.expect(200);
    let refused = post(&world, &hook, &old).await;
    refused.expect_problem(403, "INVALID_SIGNATURE");
    let refused = get(&world, &hook, &old, START_MS).await;
    refused.expect_problem(403, "INVALID_SIGNATURE");
    // A second after a refusal was confirmed, new keys without an overlap work at once.
    world.clock.advance(1_000);
    let newest = keys(&rotate(&world, &hook, 0).await.expect(200));
    post(&world, &hook, &newest).await.expect(200);
    let refused = post(&world, &hook, &new).await;
    refused.expect_problem(403, "INVALID_SIGNATURE");
}

#[tokio::test]
async fn the_keys_are_shown_by_the_request_that_set_them_and_never_again() {
    let world = World::new().await;
    let (hook, keys) = hook(&world).await;
    let path = path(&hook);
    let hidden = json!({"scheme": "app"});
    let shown = world.call("GET", &path, None).await.expect(200);
    assert_eq!(shown["authentication"], hidden);
    // Asking for what there is keeps the keys.
    let kept = world.call("PATCH", &path, Some(app())).await.expect(200);
    assert_eq!(kept["authentication"], hidden);
    post(&world, &hook, &keys).await.expect(200);
    let rotate = format!("{path}/rotate-secret");
    let chosen = json!({"secret": "mine"});
    let refused = world.call("POST", &rotate, Some(chosen)).await;
    refused.expect_problem(400, "UNKNOWN_FIELD");
    let chosen = json!({"authentication": {"scheme": "app", "secret": "mine"}});
    let refused = world.call("PATCH", &path, Some(chosen)).await;
    refused.expect_problem(400, "INVALID_FIELD");

    let collection = format!("/v1/workflows/{}/triggers", hook.workflow);
    let authorization = format!("Bearer {}", world.key);
    let headers = [
        ("authorization", authorization.as_str()),
        ("idempotency-key", "once"),
    ];
    let made = world.send("POST", &collection, &headers, app().to_string());
    assert_eq!(
        made.await.expect(201)["authentication"]["sign"]
            .as_str()
            .unwrap()
            .len(),
        88
    );
    let again = world.send("POST", &collection, &headers, app().to_string());
    assert_eq!(again.await.expect(201)["authentication"], hidden);

    let none = json!({ "authentication": null });
    world.call("PATCH", &path, Some(none)).await.expect(200);
    world.post(&hook, &[], &json!({"n": 1})).await.expect(200);
}

#[tokio::test]
async fn the_keys_of_one_trigger_open_no_other_of_any_tenant() {
    let world = World::new().await;
    let (one, keys_of_one) = hook(&world).await;
    let (other, _) = hook(&world).await;
    let refused = post(&world, &other, &keys_of_one).await;
    refused.expect_problem(403, "INVALID_SIGNATURE");
    let stranger = world.key_of("two").await;
    let rotate = format!("{}/rotate-secret", path(&one));
    let refused = world.call_as(&stranger, "POST", &rotate, None).await;
    refused.expect_problem(404, "NOT_FOUND");
    let patch = Some(json!({ "authentication": null }));
    let refused = world.call_as(&stranger, "PATCH", &path(&one), patch).await;
    refused.expect_problem(404, "NOT_FOUND");
    post(&world, &one, &keys_of_one).await.expect(200);
}

/// The keys are stored as a hash and as ciphertext that only this trigger can use.
#[tokio::test]
async fn the_table_holds_no_key_in_the_clear() {
    let world = World::new().await;
    let (hook, keys) = hook(&world).await;
    let variables = world.stack.variables("register");
    let body = json!({"TableName": variables["CONFIG_TABLE"]}).to_string();
    let table = tests::fault_proxy::ask(&world, "DynamoDB_20120810.Scan", body).await;
    let items = table["Items"].as_array().unwrap();
    let stored = items.iter().find(|item| item["id"]["S"] == *hook.trigger);
    let stored = &stored.unwrap()["authentication"]["M"];
    assert_eq!(stored["scheme"]["S"], "app");
    assert!(stored["sealed"]["B"].is_string() && stored["fixed"]["S"].is_string());
    for secret in [keys.secret_key(), &keys.fixed_sign()] {
        assert!(!table.to_string().contains(secret.reveal()));
    }
}

/// The answer to an event with these fields, by a container whose calls of AWS are counted.
async fn deliver_with(
    app: &trigger::App,
    proxy: &FaultProxy,
    path: &str,
    headers: &[(&str, &str)],
) -> u16 {
    proxy.forget_calls();
    let event = request("POST", path, headers, &json!({"n": 1}));
    trigger::handle(app, event).await.status().as_u16()
}

#[tokio::test]
async fn a_fixed_sign_decrypts_nothing_and_a_timestamped_one_once_a_container() {
    let world = World::new().await;
    let (hook, keys) = hook(&world).await;
    // So long after a change, a new container knows that what it reads has it.
    world.clock.advance(10_000);
    let proxy = FaultProxy::new(&world, |_, _| Fault::Pass).await;
    let app = trigger::App::new(proxy.environment(&world, "trigger"));
    let fixed = keys.fixed_sign();
    let fixed = [("hap-appkey", keys.app_key()), ("hap-sign", fixed.reveal())];
    assert_eq!(deliver_with(&app, &proxy, &hook.path, &fixed).await, 200);
    let accepted = ["UpdateItem", "PutItem", "SendMessage"];
    assert_eq!(proxy.calls(), [&["Query"], &accepted[..]].concat());
    assert_eq!(deliver_with(&app, &proxy, &hook.path, &fixed).await, 200);
    assert_eq!(proxy.calls(), accepted);
    let now = START_MS.to_string();
    let sign = keys.timestamped_sign(&now);
    let timestamped = [
        ("hap-appkey", keys.app_key()),
        ("hap-sign", sign.reveal()),
        ("hap-timestamp", now.as_str()),
    ];
    assert_eq!(
        deliver_with(&app, &proxy, &hook.path, &timestamped).await,
        200
    );
    assert_eq!(proxy.calls(), [&["Decrypt"], &accepted[..]].concat());
    assert_eq!(
        deliver_with(&app, &proxy, &hook.path, &timestamped).await,
        200
    );
    assert_eq!(proxy.calls(), accepted);
    // Without the token nothing is compared.
    let wrong = format!("/hooks/{}?token=wrong", hook.workflow);
    assert_eq!(deliver_with(&app, &proxy, &wrong, &timestamped).await, 403);
    assert_eq!(proxy.calls(), ["Query"]);
}

#[tokio::test]
async fn a_failing_kms_is_503_for_a_timestamped_sign_and_changes_no_keys() {
    let world = World::new().await;
    let (hook, keys) = hook(&world).await;
    let proxy = FaultProxy::new(&world, |_, called| match called {
        "Decrypt" | "Encrypt" => Fault::Answer {
            status: 500,
            error: "KMSInternalException",
        },
        _ => Fault::Pass,
    })
    .await;
    let app = trigger::App::new(proxy.environment(&world, "trigger"));
    let now = START_MS.to_string();
    let sign = keys.timestamped_sign(&now);
    let timestamped = [
        ("hap-appkey", keys.app_key()),
        ("hap-sign", sign.reveal()),
        ("hap-timestamp", now.as_str()),
    ];
    assert_eq!(
        deliver_with(&app, &proxy, &hook.path, &timestamped).await,
        503
    );
    let register = register::App::new(proxy.environment(&world, "register"));
    let rotate = format!("{}/rotate-secret", path(&hook));
    let answer =
        tests::contract::register(&register, management("POST", &rotate, &world.key)).await;
    assert_eq!(answer.status(), 503);
    post(&world, &hook, &keys).await.expect(200);
}

/// A rotation whose answer was lost is asked for again: whatever was written, the keys of the last answer work.
#[tokio::test]
async fn every_crash_of_a_rotation_leaves_keys_that_work() {
    at_every_crash_point!(
        world,
        proxy,
        hook(&world),
        async |(hook, _): &(Hook, AppCredentials)| {
            let app = register::App::new(proxy.environment(&world, "register"));
            let path = format!("{}/rotate-secret", path(hook));
            let answer =
                tests::contract::register(&app, management("POST", &path, &world.key)).await;
            answer.status().as_u16()
        },
        async |world: &World, (hook, old): (Hook, AppCredentials), answered: Option<u16>| {
            assert!(answered.is_none_or(|status| status == 200), "{answered:?}");
            recover(world).await;
            // The first keys work for the overlap of a day, whether the rotation was written or not.
            post(world, &hook, &old).await.expect(200);
            let new = keys(&rotate(world, &hook, 60).await.expect(200));
            post(world, &hook, &new).await.expect(200);
        }
    );
}
