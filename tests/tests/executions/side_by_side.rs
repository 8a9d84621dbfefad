//! Concurrent actions of a workflow: the calls of branches, races, and timeouts of calls in flight.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tests::{Hook, World, at_every_crash_point};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

fn document(tasks: Value) -> Value {
    json!({
        "document": {"dsl": "1.0.0", "namespace": "tests", "name": "t", "version": "1.0.0"},
        "do": tasks,
    })
}

fn call(url: &str, path: &str) -> Value {
    json!({"call": "http", "with": {"method": "get", "endpoint": format!("{url}/{path}")}})
}

async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

/// The head of a request, in lower case.
async fn read(stream: &mut TcpStream) -> String {
    let mut request = vec![0; 64 * 1024];
    let length = stream.read(&mut request).await.unwrap_or_default();
    String::from_utf8_lossy(&request[..length]).to_ascii_lowercase()
}

/// Answers with the path that was asked for.
async fn answer(stream: &mut TcpStream, request: &str) {
    let path = request.split(' ').nth(1).unwrap_or_default();
    let body = json!(path).to_string();
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(answer.as_bytes()).await.ok();
}

async fn run(world: &World, definition: Value) -> Value {
    let hook = world.hook(definition, json!({})).await;
    let accepted = world.post(&hook, &[], &json!({})).await.expect(200);
    world.run().await;
    world
        .execution(accepted["executionId"].as_str().unwrap())
        .await
}

fn status_of<'e>(execution: &'e Value, name: &str) -> &'e str {
    let steps = execution["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| step["name"] == name).unwrap();
    step["status"].as_str().unwrap()
}

/// The receiver answers only after both calls have arrived, so calls one after the other would never end.
#[tokio::test]
async fn the_calls_of_branches_are_in_flight_at_the_same_time() {
    let world = World::new().await;
    let (listener, url) = listener().await;
    tokio::spawn(async move {
        let (mut first, _) = listener.accept().await.unwrap();
        let (mut second, _) = listener.accept().await.unwrap();
        for stream in [&mut second, &mut first] {
            let request = read(stream).await;
            answer(stream, &request).await;
        }
    });
    let branches = json!([{"a": call(&url, "a")}, {"b": call(&url, "b")}]);
    let execution = run(
        &world,
        document(json!([{"both": {"fork": {"branches": branches}}}])),
    )
    .await;
    assert_eq!(execution["status"], "succeeded", "{execution}");
    assert_eq!(execution["output"], json!(["/a", "/b"]));
}

/// The other call is never answered; waiting for it would take half a minute.
#[tokio::test]
async fn the_first_branch_wins_a_race_and_the_call_of_the_other_is_dropped() {
    let world = World::new().await;
    let (listener, url) = listener().await;
    let (dropped, is_dropped) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let mut dropped = Some(dropped);
        while let Ok((mut stream, _)) = listener.accept().await {
            let request = read(&mut stream).await;
            if request.contains("/slow") {
                let dropped = dropped.take();
                tokio::spawn(async move {
                    // The worker has closed the connection.
                    read(&mut stream).await;
                    dropped.map(|dropped| dropped.send(()));
                });
            } else {
                answer(&mut stream, &request).await;
            }
        }
    });
    let branches = json!([{"slow": call(&url, "slow")}, {"quick": call(&url, "quick")}]);
    let race = json!([{"race": {"fork": {"compete": true, "branches": branches}}}]);
    let execution = run(&world, document(race)).await;
    assert_eq!(execution["output"], json!("/quick"), "{execution}");
    assert_eq!(status_of(&execution, "slow"), "failed");
    is_dropped.await.unwrap();
}

#[tokio::test]
async fn a_timeout_ends_a_call_in_flight() {
    let world = World::new().await;
    let (listener, url) = listener().await;
    let clock = world.clock.clone();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        read(&mut stream).await;
        // The clock passes the timeout without a response.
        clock.advance(1_500);
        read(&mut stream).await;
    });
    let mut slow = call(&url, "never");
    slow["timeout"] = json!({"after": {"milliseconds": 50}});
    let caught =
        json!({"errors": {"with": {"status": 408}}, "do": [{"late": {"set": {"was": "late"}}}]});
    let execution = run(
        &world,
        document(json!([{"safe": {"try": [{"slow": slow}], "catch": caught}}])),
    )
    .await;
    assert_eq!(execution["output"], json!({"was": "late"}), "{execution}");
    assert_eq!(status_of(&execution, "slow"), "failed");
}

#[tokio::test]
async fn an_event_is_emitted_and_a_function_that_is_missing_can_be_caught() {
    let world = World::new().await;
    let event =
        json!({"source": "https://example.com", "type": "com.example.seen", "data": {"n": 1}});
    let unknown = json!({"run": {"workflow": {"namespace": "tests", "name": "nobody-has-this"}}});
    let caught = json!({"as": "e", "do": [{"say": {"set": {"title": "${ $e.title }"}}}]});
    let tasks = json!([
        {"greet": {"emit": {"event": {"with": event}}, "export": {"as": "${ . }"}}},
        {"safe": {"try": [{"child": unknown}], "catch": caught}},
        {"both": {"set": {"event": "${ $context }", "error": "${ .title }"}}},
    ]);
    let execution = run(&world, document(tasks)).await;
    let (id, emitted) = (&execution["id"], &execution["output"]["event"]);
    assert_eq!(
        emitted["id"],
        format!("{}/do/0/greet/1", id.as_str().unwrap())
    );
    assert_eq!(emitted["data"], json!({"n": 1}));
    assert_eq!(emitted["specversion"], "1.0");
    assert!(execution["output"]["error"].is_string(), "{execution}");
}

/// Each call may be repeated, always with the same idempotency key, and the execution ends in the same way.
#[tokio::test]
async fn after_every_crash_between_concurrent_calls_there_is_one_end_and_the_same_keys() {
    let (listener, url) = listener().await;
    let keys = Arc::new(Mutex::new(BTreeSet::new()));
    let seen = keys.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let request = read(&mut stream).await;
            let key = request
                .lines()
                .find_map(|line| line.strip_prefix("idempotency-key: "));
            seen.lock()
                .unwrap()
                .insert(key.unwrap_or_default().to_owned());
            answer(&mut stream, &request).await;
        }
    });
    let branches = json!([{"a": call(&url, "a")}, {"b": call(&url, "b")}]);
    let definition = document(json!([
        {"both": {"fork": {"branches": branches}}},
        {"last": call(&url, "last")},
    ]));
    at_every_crash_point!(
        world,
        proxy,
        async {
            let hook = world.hook(definition.clone(), json!({})).await;
            let headers = [("webhook-id", "1")];
            world.post(&hook, &headers, &json!({})).await.expect(200);
            keys.lock().unwrap().clear();
            hook
        },
        async |_: &Hook| {
            let app = worker::App::new(proxy.environment(&world, "worker"));
            tests::crash::run_batch(&world, &app).await;
        },
        async |world: &World, _: Hook, _: Option<()>| {
            let list = world.call("GET", "/v1/executions", None).await.expect(200);
            let all = list["items"].as_array().unwrap();
            assert_eq!(all.len(), 1, "{all:?}");
            assert_eq!(all[0]["status"], "succeeded", "{all:?}");
            let id = all[0]["id"].as_str().unwrap().to_ascii_lowercase();
            let of = |path: &str| format!("{id}{path}");
            let expected = BTreeSet::from([
                of("/do/0/both/fork/branches/0/a/1"),
                of("/do/0/both/fork/branches/1/b/1"),
                of("/do/1/last/1"),
            ]);
            assert_eq!(*keys.lock().unwrap(), expected);
        }
    );
}
