//! Receivers that cannot be reached: closed ports, failing TLS, names that do not resolve or resolve to private addresses.
//! Each attempt records its own clear error.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use egress::Resolver;
use serde_json::{Value, json};
use tests::World;
use tests::events::request;
use tests::receiver::Receiver;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use crate::attempts::{LIST, attempt, deliver, delivery, end_an_execution, pending, to};

/// The recorded error of an attempt at that URL.
async fn failure_at(url: &str) -> String {
    let world = World::new().await;
    pending(&world, url).await;
    let app = deliver::App::new(world.stack.environment("deliver").unwrap());
    deliver(&world, &app).await;
    let (status, attempt) = attempt(&world).await;
    assert_eq!(
        (status, &attempt["status"]),
        (json!("pending"), &Value::Null)
    );
    attempt["error"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_closed_port_is_a_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(
        failure_at(&url).await,
        "127.0.0.1 could not be connected to: connection refused"
    );
}

#[tokio::test]
async fn a_failed_tls_handshake_is_a_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let plain = b"HTTP/1.1 400 Bad Request\r\n\r\n";
        stream.write_all(plain).await.unwrap();
        std::future::pending::<()>().await
    });
    let error = failure_at(&url).await;
    assert!(
        error.starts_with("127.0.0.1 could not be trusted over TLS: received corrupt message"),
        "{error}"
    );
}

#[tokio::test]
async fn a_tls_handshake_that_stalls_is_a_timeout() {
    let receiver = Receiver::answering(200).await;
    let url = receiver.url.replacen("http:", "https:", 1);
    assert_eq!(
        failure_at(&url).await,
        "127.0.0.1 took more than 1000 ms before it answered"
    );
    assert!(receiver.taken().is_empty());
}

/// A resolver that gives these answers in turn, and records them.
fn answering_in_turn(answers: [&'static str; 2]) -> (Resolver, Arc<Mutex<Vec<&'static str>>>) {
    let given = Arc::<Mutex<Vec<&'static str>>>::default();
    let noted = Arc::clone(&given);
    let resolver = Resolver::new(move |_| {
        let mut noted = noted.lock().unwrap();
        let answer = answers[noted.len()];
        noted.push(answer);
        let address: IpAddr = answer.parse().unwrap();
        Box::pin(async move { Ok(vec![address]) })
    });
    (resolver, given)
}

/// The name resolves to a public address when it is registered and to a private one when it is called (DNS rebinding).
#[tokio::test]
async fn a_name_that_is_rebound_to_a_private_address_is_not_called() {
    for (inside, kind) in [
        ("10.0.0.1", "private"),
        ("169.254.169.254", "metadata"),
        ("::ffff:10.0.0.1", "IPv4-mapped"),
        ("::ffff:169.254.169.254", "IPv4-mapped"),
    ] {
        let world = World::new().await;
        let (resolver, given) = answering_in_turn(["8.8.8.8", inside]);
        let environment = world.stack.environment("register").unwrap();
        let app = register::App::with_resolver(environment, resolver.clone());
        let key = [("x-api-key", world.key.as_str())];
        let asked = request("POST", LIST, &key, &to("https://rebound.example/"));
        let made = tests::contract::register(&app, asked).await;
        assert_eq!(made.status(), 201, "{made:?}");
        assert_eq!(*given.lock().unwrap(), ["8.8.8.8"]);
        end_an_execution(&world).await;
        let environment = world.stack.environment("deliver").unwrap();
        let app = deliver::App::with_resolver(environment, resolver);
        deliver(&world, &app).await;
        assert_eq!(*given.lock().unwrap(), ["8.8.8.8", inside]);
        let (status, attempt) = attempt(&world).await;
        assert_eq!(status, "pending");
        let expected = format!(
            "rebound.example leads to a {kind} address; only public addresses can be called"
        );
        assert_eq!(attempt["error"], expected);
    }
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

/// Lookups that hang use up all lookup slots; a receiver with another name loses no attempt to that.
#[tokio::test]
async fn an_attempt_without_a_free_lookup_slot_does_not_count() {
    let world = World::new().await;
    let busy = Resolver::new(|_| {
        let no_room = std::io::ErrorKind::ResourceBusy;
        Box::pin(async move { Err(no_room.into()) })
    });
    pending(&world, "https://innocent.invalid/").await;
    let environment = || world.stack.environment("deliver").unwrap();
    deliver(&world, &deliver::App::with_resolver(environment(), busy)).await;
    let shown = delivery(&world).await;
    assert_eq!(shown["status"], "pending");
    assert_eq!(
        (&shown["attemptCount"], &shown["attempts"]),
        (&json!(0), &json!([]))
    );
    let soon = world.clock.now().plus_secs(10);
    assert_eq!(shown["nextAttemptAt"], soon.to_string());
    let unknown = Resolver::new(|_| Box::pin(async { Err(std::io::Error::other("unknown")) }));
    world.clock.advance(10_000);
    deliver(&world, &deliver::App::with_resolver(environment(), unknown)).await;
    let shown = delivery(&world).await;
    assert_eq!(
        (&shown["status"], &shown["attemptCount"]),
        (&json!("pending"), &json!(1))
    );
}
