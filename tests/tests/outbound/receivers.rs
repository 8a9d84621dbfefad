//! Misbehaving receivers: none of them harms the deliver function, each attempt records its own clear error, and no message
//! of theirs ends in a dead-letter queue.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::{Value, json};
use tests::World;
use tests::receiver::{Break, Receiver, Reply};

use crate::attempts::{LIST, attempt, deliver, delivery, end_an_execution, pending, to};

/// One attempt at a receiver with that response.
async fn attempt_at(world: &World, reply: Reply) {
    let receiver = Receiver::new(move |_, _| reply.clone()).await;
    pending(world, &receiver.url).await;
    let app = deliver::App::new(world.stack.environment("deliver").unwrap());
    deliver(world, &app).await;
}

async fn attempted(reply: Reply) -> (Value, Value) {
    let world = World::new().await;
    attempt_at(&world, reply).await;
    attempt(&world).await
}

/// The recorded error of an attempt without a usable response.
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

/// Ways in which a body breaks off, each with the recorded error.
const BREAKS: [(Break, &str); 3] = [
    (
        Break::Drip,
        "127.0.0.1 took more than 1000 ms before its answer was complete",
    ),
    (
        Break::Reset,
        "127.0.0.1 closed the connection before its answer was complete",
    ),
    (
        Break::Short,
        "127.0.0.1 closed the connection before its answer was complete",
    ),
];

#[tokio::test]
async fn a_2xx_whose_body_breaks_off_is_a_success_and_is_not_retried() {
    for (after, broken) in BREAKS {
        let world = World::new().await;
        attempt_at(&world, Reply::Broken(200, Vec::new(), after)).await;
        let shown = delivery(&world).await;
        assert_eq!(shown["status"], "delivered", "{after:?}");
        assert_eq!(shown["nextAttemptAt"], Value::Null);
        let attempt = &shown["attempts"][0];
        assert_eq!(attempt["status"], 200);
        assert_eq!(attempt["error"], broken);
        let body = attempt["responseBody"].as_str().unwrap();
        assert!(body.starts_with("half"), "{body}");
    }
}

#[tokio::test]
async fn a_410_whose_body_breaks_off_disables_the_subscription() {
    for (after, broken) in BREAKS {
        let world = World::new().await;
        attempt_at(&world, Reply::Broken(410, Vec::new(), after)).await;
        let (status, attempt) = attempt(&world).await;
        assert_eq!(status, "exhausted", "{after:?}");
        assert_eq!(attempt["status"], 410);
        let error = format!("the receiver answered 410; {broken}");
        assert_eq!(attempt["error"], error);
        let listed = world.call("GET", LIST, None).await.expect(200);
        assert_eq!(listed["items"][0]["disabledReason"], "gone");
    }
}

#[tokio::test]
async fn a_retry_after_header_counts_though_the_body_breaks_off() {
    for (after, broken) in BREAKS {
        let world = World::new().await;
        let retry_after = vec![("retry-after", "7200".to_owned())];
        attempt_at(&world, Reply::Broken(429, retry_after, after)).await;
        let shown = delivery(&world).await;
        assert_eq!(shown["status"], "pending", "{after:?}");
        let in_two_hours = world.clock.now().plus_secs(7_200).to_string();
        assert_eq!(shown["nextAttemptAt"], in_two_hours);
        let attempt = &shown["attempts"][0];
        assert_eq!(attempt["status"], 429);
        assert_eq!(attempt["responseHeaders"]["retry-after"], "7200");
        let error = format!("the receiver answered 429; {broken}");
        assert_eq!(attempt["error"], error);
    }
}

#[tokio::test]
async fn headers_that_arrive_too_slowly_are_a_timeout() {
    let error = failure(Reply::DrippingHead).await;
    assert_eq!(error, "127.0.0.1 took more than 1000 ms before it answered");
}

#[tokio::test]
async fn no_response_is_a_timeout() {
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
async fn a_response_that_is_not_http_is_a_failure() {
    let error = failure(Reply::Raw(b"\x16\x03\x01 not http\r\n\r\n".to_vec())).await;
    assert!(error.contains("not HTTP/1.1"), "{error}");
}

#[tokio::test]
async fn a_body_that_is_not_utf8_is_recorded_with_replacement_characters() {
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
async fn a_slow_receiver_does_not_delay_other_deliveries() {
    let world = World::new().await;
    let slow = Receiver::new(|_, _| Reply::Silence).await;
    let quick = Receiver::answering(200).await;
    for url in [&slow.url, &quick.url] {
        world.subscribe(to(url)).await;
    }
    for _ in 0..4 {
        end_an_execution(&world).await;
    }
    let app = deliver::App::new(world.stack.environment("deliver").unwrap());
    deliver(&world, &app).await;
    assert_eq!(quick.taken().len(), 4, "all in the time of one attempt");
    assert_eq!(slow.taken().len(), 4);
}
