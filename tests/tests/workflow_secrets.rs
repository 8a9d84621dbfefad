//! Secrets in workflows: decrypted only for workflows of the same org and environment that declare them, and never shown.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tests::captured::Captured;
use tests::crash::run_batch;
use tests::fault_proxy::{Fault, FaultProxy, ask};
use tests::{Hook, World, at_every_crash_point};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// A service that answers with the request that it received, and records all requests.
struct Echo {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Echo {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = vec![0; 64 * 1024];
                let length = stream.read(&mut request).await.unwrap();
                let request = String::from_utf8_lossy(&request[..length]).into_owned();
                let body = json!({"sent": request}).to_string();
                seen.lock().unwrap().push(request);
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
                let answer = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                stream.write_all(answer.as_bytes()).await.ok();
            }
        });
        Self { url, requests }
    }

    fn last(&self) -> String {
        self.requests.lock().unwrap().last().unwrap().clone()
    }
}

fn document(secrets: &[&str], tasks: Value) -> Value {
    json!({
        "document": {"dsl": "1.0.0", "namespace": "tests", "name": "s", "version": "1.0.0"},
        "use": {"secrets": secrets},
        "do": tasks,
    })
}

/// Sends the secret `token` in a header.
fn sends_the_token(url: &str) -> Value {
    let with = json!({
        "method": "get",
        "endpoint": url,
        "headers": {"x-token": "${ $secrets.token }"},
    });
    document(&["token"], json!([{"ask": {"call": "http", "with": with}}]))
}

async fn store(world: &World, key: &str, name: &str, value: Value) {
    let path = format!("/v1/secrets/{name}");
    let stored = world.call_as(key, "PUT", &path, Some(json!({"value": value})));
    let status = stored.await.status;
    assert!([200, 201].contains(&status), "{status}");
}

async fn accept(world: &World, hook: &Hook) -> String {
    let accepted = world.post(hook, &[], &json!({})).await.expect(200);
    accepted["executionId"].as_str().unwrap().to_owned()
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
    store(&world, &world.key, "token", json!("canary-\"token\"")).await;
    let login = json!({"username": "canary-user", "password": "canary-password"});
    store(&world, &world.key, "login", login).await;
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

#[tokio::test]
async fn a_new_value_is_used_by_the_next_execution() {
    let (world, echo) = (World::new().await, Echo::new().await);
    let hook = world.hook(sends_the_token(&echo.url), json!({})).await;
    for value in ["first", "second"] {
        store(&world, &world.key, "token", json!(value)).await;
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
        store(&world, &world.key, name, json!("a value")).await;
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
    store(&world, &stranger, "token", json!("a stranger's")).await;
    let aws = world.stack.environment("register").unwrap();
    let live = domain::Tenant {
        environment: domain::Environment::Live,
        ..world.tenant
    };
    let live = admin::create_first_key(&aws.api_keys, live, "live", aws.now()).await;
    store(
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
    store(&world, &stranger, "token", json!("a stranger's")).await;
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
        store(&world, &world.key, "token", json!("late")).await;
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
    store(&world, &world.key, "token", json!("slow")).await;
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
            store(&world, &world.key, "token", json!("value")).await;
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
