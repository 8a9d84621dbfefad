//! Crashes and failures while files are uploaded, used and deleted: at every call to the table and to the bucket, before and
//! after it takes effect. No record is without its bytes, and nothing that an execution used is removed before its time.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use lambda_http::{Body, Request};
use serde_json::{Value, json};
use tests::crash::run_batch;
use tests::events::request;
use tests::fault_proxy::{Fault, FaultProxy};
use tests::files::{form, form_type};
use tests::{Hook, World, at_every_crash_point, echoes_the_event};

const UPLOAD: &str = "/v1/openapi/files/upload";

fn of_admin(world: &World, method: &str, path: &str, body: &Value) -> Request {
    let authorization = format!("Bearer {}", world.key);
    request(method, path, &[("authorization", &authorization)], body)
}

fn upload(world: &World) -> Request {
    let mut request = of_admin(world, "POST", UPLOAD, &Value::Null);
    let kind = form_type().parse().unwrap();
    request.headers_mut().insert("content-type", kind);
    *request.body_mut() = Body::Binary(form(&[("a", "a/b", b"x"), ("b", "a/b", b"y")]));
    request
}

async fn ask(world: &World, proxy: &FaultProxy, request: Request) -> (u16, Value) {
    let app = files::App::new(proxy.environment(world, "files"));
    let answer = files::handle(&app, request).await;
    let body = serde_json::from_slice(answer.body()).unwrap_or_default();
    (answer.status().as_u16(), body)
}

/// The keys of all records of files.
async fn recorded(world: &World) -> Vec<String> {
    let items = tests::invariants::scan(world).await;
    let keys = items
        .iter()
        .filter_map(|item| item.get("file")?["S"].as_str());
    keys.map(str::to_owned).collect()
}

#[tokio::test]
async fn after_every_crash_of_an_upload_each_record_has_its_bytes_and_all_are_there_or_none() {
    at_every_crash_point!(
        world,
        proxy,
        async {},
        async |(): &()| ask(&world, &proxy, upload(&world)).await,
        async |world: &World, (), answered: Option<(u16, Value)>| {
            let keys = recorded(world).await;
            assert!(matches!(keys.len(), 0 | 2), "{keys:?}");
            for key in &keys {
                assert_eq!(world.file_tags(key).await.unwrap(), "kept=unused");
            }
            if let Some((status, answer)) = answered {
                assert_eq!((status, keys.len()), (200, 2), "{answer}");
            }
        }
    );
}

async fn used(world: &World) -> (Hook, String) {
    let key = world.file("a.txt", "text/plain", b"hello").await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let body = json!({"variables": {"a": key}});
    world.post(&hook, &[], &body).await.expect(200);
    (hook, key)
}

#[tokio::test]
async fn after_every_crash_of_a_worker_the_execution_ends_and_its_file_is_kept() {
    at_every_crash_point!(
        world,
        proxy,
        used(&world),
        async |_: &(Hook, String)| {
            let app = worker::App::new(proxy.environment(&world, "worker"));
            run_batch(&world, &app).await;
        },
        async |world: &World, (_, key): (Hook, String), _: Option<()>| {
            let listed = world.call("GET", "/v1/executions", None).await.expect(200);
            let ended = world
                .execution(listed["items"][0]["id"].as_str().unwrap())
                .await;
            assert_eq!(ended["status"], "succeeded", "{ended}");
            let seen = &ended["output"]["event"]["variables"]["a"];
            assert_eq!(seen["fileKey"], key.as_str());
            assert_eq!(world.file_tags(&key).await.unwrap(), "kept=64-days");
            let shown = world.call("GET", &format!("/v1/files/{key}"), None).await;
            assert_eq!(shown.expect(200)["status"], "used");
        }
    );
}

#[tokio::test]
async fn after_every_crash_of_a_deletion_its_repeat_leaves_nothing() {
    at_every_crash_point!(
        world,
        proxy,
        world.file("a", "a/b", b"x"),
        async |key: &String| {
            let path = format!("/v1/files/{key}");
            ask(
                &world,
                &proxy,
                of_admin(&world, "DELETE", &path, &json!({})),
            )
            .await
        },
        async |world: &World, key: String, answered: Option<(u16, Value)>| {
            let path = format!("/v1/files/{key}");
            let repeat = world.call("DELETE", &path, None).await.status;
            assert!(matches!(repeat, 204 | 404), "{repeat}");
            if let Some((status, _)) = answered {
                assert_eq!((status, repeat), (204, 404));
            }
            assert_eq!(world.file_tags(&key).await, None);
            assert_eq!(recorded(world).await, Vec::<String>::new());
        }
    );
}

#[tokio::test]
async fn a_bucket_that_fails_once_is_asked_again_and_one_that_stays_away_is_told() {
    let world = World::new().await;
    let unavailable = |number: usize, most: usize| match number <= most {
        true => Fault::Answer {
            status: 503,
            error: "SlowDown",
        },
        false => Fault::Pass,
    };
    for (failures, status) in [(1, 200), (usize::MAX, 503)] {
        let puts = std::sync::atomic::AtomicUsize::new(0);
        let proxy = FaultProxy::new(&world, move |_, operation| match operation {
            "PutObject" => {
                let number = puts.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
                unavailable(number, failures)
            }
            _ => Fault::Pass,
        });
        let proxy = proxy.await;
        let (answered, body) = ask(&world, &proxy, upload(&world)).await;
        assert_eq!(answered, status, "{body}");
    }
    assert_eq!(recorded(&world).await.len(), 2);
}

#[tokio::test]
async fn an_execution_waits_for_a_bucket_that_does_not_answer() {
    let world = World::new().await;
    let (_, key) = used(&world).await;
    let proxy = FaultProxy::new(&world, |_, operation| match operation {
        "PutObjectTagging" => Fault::Answer {
            status: 500,
            error: "InternalError",
        },
        _ => Fault::Pass,
    });
    let proxy = proxy.await;
    let app = worker::App::new(proxy.environment(&world, "worker"));
    run_batch(&world, &app).await;
    let path = "/v1/executions";
    let listed = world.call("GET", path, None).await.expect(200);
    assert_eq!(listed["items"][0]["status"], "waiting", "{listed}");
    tests::crash::recover(&world).await;
    let listed = world.call("GET", path, None).await.expect(200);
    assert_eq!(listed["items"][0]["status"], "succeeded", "{listed}");
    assert_eq!(world.file_tags(&key).await.unwrap(), "kept=64-days");
}

#[tokio::test]
async fn a_webhook_without_files_asks_for_none() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let proxy = FaultProxy::new(&world, |_, _| Fault::Pass).await;
    let app = worker::App::new(proxy.environment(&world, "worker"));
    let near = json!({"variables": {"name": "Ada", "near": "of_course"}, "id": "of_1"});
    let mut calls = Vec::new();
    // The first one also reads what the container then knows.
    for event in [json!({}), json!({}), near] {
        world.post(&hook, &[], &event).await.expect(200);
        proxy.forget_calls();
        run_batch(&world, &app).await;
        calls.push(proxy.calls());
    }
    assert_eq!(calls[1], calls[2]);
}
