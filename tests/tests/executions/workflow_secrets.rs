//! Secrets in workflows: decrypted only for workflows of the same org and environment that declare them. That they are never
//! shown is tested in a process of its own, which records every log line.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::sync::Mutex;

use serde_json::{Value, json};
use tests::crash::run_batch;
use tests::fault_proxy::{Fault, FaultProxy, ask};
use tests::workflow_secrets::{Echo, accept, document, store_secret};
use tests::{World, at_every_crash_point};

/// Sends the secret `token` in a header.
fn sends_the_token(url: &str) -> Value {
    let with = json!({
        "method": "get",
        "endpoint": url,
        "headers": {"x-token": "${ $secrets.token }"},
    });
    document(&["token"], json!([{"ask": {"call": "http", "with": with}}]))
}

async fn run(world: &World, definition: Value) -> Value {
    let hook = world.hook(definition, json!({})).await;
    let id = accept(world, &hook).await;
    world.run().await;
    world.execution(&id).await
}

fn assert_missing(execution: &Value, name: &str) {
    let error = &execution["error"];
    assert_eq!(execution["status"], "failed", "{execution}");
    assert_eq!(error["status"], 403, "{error}");
    let kind = error["type"].as_str().unwrap();
    assert!(kind.ends_with("/errors/authorization"), "{error}");
    assert!(error["detail"].as_str().unwrap().contains(name), "{error}");
}

#[tokio::test]
async fn a_new_value_is_used_by_the_next_execution() {
    let (world, echo) = (World::new().await, Echo::new().await);
    let hook = world.hook(sends_the_token(&echo.url), json!({})).await;
    for value in ["first", "second"] {
        store_secret(&world, &world.key, "token", json!(value)).await;
        accept(&world, &hook).await;
        world.run().await;
        let sent = echo.last();
        assert!(sent.contains(&format!("x-token: {value}\r\n")), "{sent}");
    }
    world
        .call("DELETE", "/v1/secrets/token", None)
        .await
        .expect(204);
    let id = accept(&world, &hook).await;
    world.run().await;
    assert_missing(&world.execution(&id).await, "token");
}

/// A proxy that counts AWS calls, and a worker that uses it.
async fn counting(world: &World) -> (FaultProxy, worker::App) {
    let proxy = FaultProxy::new(world, |_, _| Fault::Pass).await;
    let app = worker::App::new(proxy.environment(world, "worker"));
    (proxy, app)
}

fn decryptions(proxy: &FaultProxy) -> usize {
    let calls = proxy.calls();
    calls.iter().filter(|call| *call == "Decrypt").count()
}

#[tokio::test]
async fn only_declared_secrets_are_decrypted_and_once_in_five_minutes() {
    let (world, echo) = (World::new().await, Echo::new().await);
    for name in ["token", "other"] {
        store_secret(&world, &world.key, name, json!("a value")).await;
    }
    let hook = world.hook(sends_the_token(&echo.url), json!({})).await;
    let (proxy, app) = counting(&world).await;
    for (passed_ms, expected) in [(0, 1), (299_999, 1), (1, 2)] {
        world.clock.advance(passed_ms);
        accept(&world, &hook).await;
        run_batch(&world, &app).await;
        assert_eq!(decryptions(&proxy), expected);
    }
    let plain = world.hook(tests::echoes_the_event(), json!({})).await;
    accept(&world, &plain).await;
    proxy.forget_calls();
    run_batch(&world, &app).await;
    assert_eq!(decryptions(&proxy), 0);
}

#[tokio::test]
async fn secrets_of_another_org_or_environment_are_never_decrypted() {
    let (world, echo) = (World::new().await, Echo::new().await);
    let stranger = world.key_of("two").await;
    store_secret(&world, &stranger, "token", json!("a stranger's")).await;
    let aws = world.stack.environment("register").unwrap();
    let live = domain::Tenant {
        environment: domain::Environment::Live,
        ..world.tenant
    };
    let live = admin::create_first_key(&aws.api_keys, live, "live", aws.now()).await;
    store_secret(
        &world,
        live.unwrap().reveal(),
        "token",
        json!("the live one"),
    )
    .await;
    let hook = world.hook(sends_the_token(&echo.url), json!({})).await;
    let (proxy, app) = counting(&world).await;
    let id = accept(&world, &hook).await;
    run_batch(&world, &app).await;
    assert_missing(&world.execution(&id).await, "token");
    assert_eq!(decryptions(&proxy), 0);
}

/// Write access to the table is not enough: a secret that was encrypted for one owner cannot be decrypted for another.
#[tokio::test]
async fn a_secret_that_was_moved_to_another_org_cannot_be_decrypted() {
    let (world, echo) = (World::new().await, Echo::new().await);
    let stranger = world.key_of("two").await;
    store_secret(&world, &stranger, "token", json!("a stranger's")).await;
    let variables = world.stack.variables("register");
    let table = &variables["CONFIG_TABLE"];
    let scan = json!({"TableName": table}).to_string();
    let items = ask(&world, "DynamoDB_20120810.Scan", scan).await;
    let is_secret = |item: &&Value| item["sk"]["S"] == "SECRET#token";
    let mut item = items["Items"]
        .as_array()
        .unwrap()
        .iter()
        .find(is_secret)
        .unwrap()
        .clone();
    item["pk"]["S"] = json!(format!("TENANT#{}", world.tenant));
    let put = json!({"TableName": table, "Item": item}).to_string();
    ask(&world, "DynamoDB_20120810.PutItem", put).await;
    let listed = world.call("GET", "/v1/secrets", None).await.expect(200);
    assert_eq!(listed["items"][0]["name"], "token", "it was moved");
    let execution = run(&world, sends_the_token(&echo.url)).await;
    assert_missing(&execution, "token");
    assert!(echo.requests.lock().unwrap().is_empty());
}

/// KMS fails for more rounds than lost workers fail an execution, and answers in the last one.
#[tokio::test]
async fn while_secrets_cannot_be_decrypted_an_execution_waits_and_does_not_fail() {
    for (operation, status, error) in [
        ("Decrypt", 500, "KMSInternalException"),
        ("Decrypt", 400, "AccessDeniedException"),
        ("GetItem", 500, "InternalServerError"),
    ] {
        let (world, echo) = (World::new().await, Echo::new().await);
        store_secret(&world, &world.key, "token", json!("late")).await;
        let hook = world.hook(sends_the_token(&echo.url), json!({})).await;
        let proxy = FaultProxy::new(&world, move |_, called| match called == operation {
            true => Fault::Answer { status, error },
            false => Fault::Pass,
        });
        let proxy = proxy.await;
        let app = worker::App::new(proxy.environment(&world, "worker"));
        let id = accept(&world, &hook).await;
        let healthy = worker::App::new(world.stack.environment("worker").unwrap());
        for _ in 0..8 {
            run_batch(&world, &app).await;
            assert_eq!(world.execution(&id).await["status"], "waiting", "{error}");
            world.clock.advance(900_000);
            world.stack.invoke("sweep", json!({})).await.unwrap();
        }
        run_batch(&world, &healthy).await;
        let execution = world.execution(&id).await;
        assert_eq!(execution["status"], "succeeded", "{execution}");
        assert!(echo.last().contains("x-token: late\r\n"));
    }
}

#[tokio::test]
async fn a_slow_kms_call_is_retried() {
    let (world, echo) = (World::new().await, Echo::new().await);
    store_secret(&world, &world.key, "token", json!("slow")).await;
    let hook = world.hook(sends_the_token(&echo.url), json!({})).await;
    let was_slow = Mutex::new(false);
    let proxy = FaultProxy::new(&world, move |_, called| {
        let is_first = called == "Decrypt"
            && !std::mem::replace(&mut *was_slow.lock().unwrap(), called == "Decrypt");
        if is_first {
            Fault::Slow { millis: 60_000 }
        } else {
            Fault::Pass
        }
    });
    let proxy = proxy.await;
    let app = worker::App::new(proxy.short_timeout_environment(&world, "worker"));
    let id = accept(&world, &hook).await;
    run_batch(&world, &app).await;
    assert_eq!(decryptions(&proxy), 2);
    assert_eq!(world.execution(&id).await["status"], "succeeded");
}

#[tokio::test]
async fn after_every_crash_around_the_decryption_of_secrets_there_is_one_end() {
    let echo = Echo::new().await;
    at_every_crash_point!(
        world,
        proxy,
        async {
            store_secret(&world, &world.key, "token", json!("value")).await;
            let hook = world.hook(sends_the_token(&echo.url), json!({})).await;
            accept(&world, &hook).await
        },
        async |_: &String| {
            let app = worker::App::new(proxy.environment(&world, "worker"));
            run_batch(&world, &app).await;
        },
        async |world: &World, id: String, _: Option<()>| {
            let execution = world.execution(&id).await;
            assert_eq!(execution["status"], "succeeded", "{execution}");
            assert!(echo.last().contains("x-token: value\r\n"));
        }
    );
}
