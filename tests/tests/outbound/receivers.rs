//! Receivers as no server should be: none of them hurts whoever delivers, each failure is recorded as what it was, and no
//! message of theirs ends in a dead-letter queue.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use egress::Resolver;
use serde_json::{Value, json};
use tests::crash::{DELIVERIES, batch, receive_from};
use tests::receiver::{Receiver, Reply};
use tests::{World, echoes_the_event};

/// A delivery is under way to that URL; its message is the queue's.
async fn pending(world: &World, url: &str) {
    let body = json!({"url": url, "events": ["workflow.completed"]});
    let made = world.call("POST", "/v1/subscriptions", Some(body)).await;
    made.expect(201);
    let hook = world.hook(echoes_the_event(), json!({})).await;
    world.post(&hook, &[], &json!({})).await.expect(200);
    world.stack.run_queue("worker").await.unwrap();
}

/// One delivery after the other, each with about a second to answer.
async fn deliver(world: &World, app: &deliver::App) {
    for _ in 0..2 {
        let messages = receive_from(world, DELIVERIES).await;
        let deadline = world.clock.now().plus_secs(6);
        let answer = deliver::handle(app, batch(&messages), deadline).await;
        assert_eq!(answer["batchItemFailures"], json!([]), "{answer}");
    }
}

async fn attempt(world: &World) -> (Value, Value) {
    let list = world.call("GET", "/v1/deliveries", None).await.expect(200);
    let id = list["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/deliveries/{id}");
    let shown = world.call("GET", &path, None).await.expect(200);
    (shown["status"].clone(), shown["attempts"][0].clone())
}

async fn attempted(reply: Reply) -> (Value, Value) {
    let world = World::new().await;
    let receiver = Receiver::new(move |_, _| reply.clone()).await;
    pending(&world, &receiver.url).await;
    let app = deliver::App::new(world.stack.environment("deliver").unwrap());
    deliver(&world, &app).await;
    attempt(&world).await
}

/// The sentence that is recorded for an answer that is none.
async fn failure(reply: Reply) -> String {
    let (status, attempt) = attempted(reply).await;
    assert_eq!(status, "pending", "{attempt}");
    assert_eq!(attempt["status"], Value::Null, "{attempt}");
    attempt["error"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_body_without_an_end_is_cut_and_counts_as_its_status() {
    let (status, attempt) = attempted(Reply::Endless).await;
    assert_eq!(status, "delivered");
    assert_eq!(attempt["responseBody"].as_str().unwrap().len(), 16 * 1024);
}

#[tokio::test]
async fn an_answer_that_drips_is_a_timeout() {
    let error = failure(Reply::Drip).await;
    assert!(error.contains("before its answer was complete"), "{error}");
}

#[tokio::test]
async fn silence_is_a_timeout() {
    let error = failure(Reply::Silence).await;
    assert!(error.contains("before it answered"), "{error}");
}

#[tokio::test]
async fn a_megabyte_of_headers_is_refused() {
    let mut head = b"HTTP/1.1 200 OK\r\n".to_vec();
    for line in 0..1_000 {
        head.extend(format!("x-{line}: {}\r\n", "v".repeat(1_000)).as_bytes());
    }
    head.extend(b"\r\n");
    let error = failure(Reply::Raw(head)).await;
    assert!(error.contains("header"), "{error}");
}

#[tokio::test]
async fn a_reset_is_a_failure() {
    let error = failure(Reply::Reset).await;
    assert!(error.contains("closed the connection"), "{error}");
}

#[tokio::test]
async fn what_is_not_http_is_a_failure() {
    let error = failure(Reply::Raw(b"\x16\x03\x01 not http\r\n\r\n".to_vec())).await;
    assert!(error.contains("not HTTP/1.1"), "{error}");
}

#[tokio::test]
async fn bytes_that_are_no_text_are_kept_as_far_as_they_go() {
    let answer = Reply::Answer(200, Vec::new(), b"ok \xff\xfe".to_vec());
    let (status, attempt) = attempted(answer).await;
    assert_eq!(status, "delivered");
    assert_eq!(attempt["responseBody"], "ok \u{fffd}\u{fffd}");
}

#[tokio::test]
async fn a_redirect_is_a_failure_and_is_not_followed() {
    let elsewhere = Receiver::answering(200).await;
    let location = vec![("location", elsewhere.url.clone())];
    let (status, attempt) = attempted(Reply::Answer(302, location, Vec::new())).await;
    assert_eq!(
        (status, &attempt["status"]),
        (json!("pending"), &json!(302))
    );
    assert!(elsewhere.taken().is_empty());
}

#[tokio::test]
async fn nobody_listening_is_a_failure() {
    let world = World::new().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    pending(&world, &url).await;
    let app = deliver::App::new(world.stack.environment("deliver").unwrap());
    deliver(&world, &app).await;
    let (status, attempt) = attempt(&world).await;
    assert_eq!(status, "pending");
    assert!(attempt["error"].is_string(), "{attempt}");
}

#[tokio::test]
async fn tls_that_cannot_be_agreed_on_is_a_failure() {
    let world = World::new().await;
    let receiver = Receiver::new(|_, _| Reply::status(200)).await;
    let url = receiver.url.replacen("http:", "https:", 1);
    pending(&world, &url).await;
    let app = deliver::App::new(world.stack.environment("deliver").unwrap());
    deliver(&world, &app).await;
    let (status, attempt) = attempt(&world).await;
    assert_eq!(status, "pending");
    assert!(attempt["error"].is_string(), "{attempt}");
    assert!(receiver.taken().is_empty());
}

/// A name that was public when it was registered, and is private when it is called.
#[tokio::test]
async fn a_name_that_is_rebound_to_a_private_address_is_not_called() {
    let world = World::new().await;
    let looked_up = AtomicUsize::new(0);
    let resolver = Resolver::new(move |_| {
        let address = match looked_up.fetch_add(1, Ordering::SeqCst) {
            0 => "169.254.169.254",
            _ => "10.0.0.1",
        };
        let address: IpAddr = address.parse().unwrap();
        Box::pin(async move { Ok(vec![address]) })
    });
    // The system's resolver knows no such name when it is registered, and says nothing against it.
    pending(&world, "https://rebound.invalid/").await;
    let environment = world.stack.environment("deliver").unwrap();
    let app = deliver::App::with_resolver(environment, resolver);
    deliver(&world, &app).await;
    let (status, attempt) = attempt(&world).await;
    assert_eq!(status, "pending");
    let error = attempt["error"].as_str().unwrap();
    assert!(error.contains("only public addresses"), "{error}");
    assert!(!error.contains("169.254"), "{error}");
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_a_failure() {
    let world = World::new().await;
    let resolver =
        Resolver::new(|_| Box::pin(async { Err(std::io::Error::other("no such name")) }));
    pending(&world, "https://nowhere.invalid/").await;
    let environment = world.stack.environment("deliver").unwrap();
    let app = deliver::App::with_resolver(environment, resolver);
    deliver(&world, &app).await;
    let (status, attempt) = attempt(&world).await;
    assert_eq!(status, "pending");
    assert!(attempt["error"].as_str().unwrap().contains("no such name"));
}

#[tokio::test]
async fn a_slow_receiver_delays_nobody_else() {
    let world = World::new().await;
    let slow = Receiver::new(|_, _| Reply::Silence).await;
    let quick = Receiver::answering(200).await;
    for url in [&slow.url, &quick.url] {
        let body = json!({"url": url, "events": ["workflow.completed"]});
        let made = world.call("POST", "/v1/subscriptions", Some(body)).await;
        made.expect(201);
    }
    let hook = world.hook(echoes_the_event(), json!({})).await;
    for _ in 0..4 {
        world.post(&hook, &[], &json!({})).await.expect(200);
    }
    world.stack.run_queue("worker").await.unwrap();
    let app = deliver::App::new(world.stack.environment("deliver").unwrap());
    deliver(&world, &app).await;
    assert_eq!(quick.taken().len(), 4, "all in the time of one attempt");
    assert_eq!(slow.taken().len(), 4);
}
