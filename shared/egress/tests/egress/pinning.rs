//! Names: resolved once per connection, every address checked, and connected to only at a checked address.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use egress::{Access, Egress, Failure, Policy, Refused, Resolver};

use crate::server::{OK, Server};
use crate::{closed, generous_limits, get, loopback_policy, with_loopback};

const METADATA: &str = "169.254.169.254";

/// A resolver that answers the n-th lookup with the n-th list and all later ones with the last list; and a counter.
fn answers(lists: &[&[&str]]) -> (Resolver, Arc<AtomicUsize>) {
    let lookups = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&lookups);
    let parse =
        |list: &&[&str]| -> Vec<IpAddr> { list.iter().map(|ip| ip.parse().unwrap()).collect() };
    let lists: Vec<_> = lists.iter().map(parse).collect();
    let resolver = Resolver::new(move |_| {
        let turn = counter.fetch_add(1, Ordering::SeqCst);
        let list = lists[turn.min(lists.len() - 1)].clone();
        Box::pin(async move { Ok(list) })
    });
    (resolver, lookups)
}

/// A policy that allows loopback, which takes the place of the public internet in these tests.
fn open_policy() -> Policy {
    Policy {
        plain_http: Access::Open,
        ..loopback_policy()
    }
}

fn is_refused_as(outcome: &Result<egress::Response, Failure>, expected: &str) -> bool {
    matches!(outcome, Err(Failure::Refused(Refused::Address { kind, .. })) if *kind == expected)
}

#[tokio::test]
async fn a_name_is_reached_at_its_address_under_its_own_name() {
    let server = Server::answering(OK).await;
    let (resolver, lookups) = answers(&[&["127.0.0.1"]]);
    let egress = Egress::with_resolver(open_policy(), resolver);
    let url = format!("http://receiver.example:{}/in", server.port);
    let answer = egress.send(get(url), generous_limits()).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"ok"[..]));
    assert_eq!(lookups.load(Ordering::SeqCst), 1);
    let host = format!("host: receiver.example:{}\r\n", server.port);
    assert!(server.requests()[0].contains(&host));
}

#[tokio::test]
async fn a_name_that_becomes_private_after_registration_is_not_connected_to() {
    let server = Server::answering(OK).await;
    let (resolver, _) = answers(&[&["93.184.215.14"], &["127.0.0.1"]]);
    let policy = Policy {
        plain_http: Access::Open,
        ..Policy::default()
    };
    let egress = Egress::with_resolver(policy, resolver);
    let url = format!("http://rebind.example:{}/", server.port);
    assert!(egress.check_resolved(&url).await.is_ok());
    let outcome = egress.send(get(url), generous_limits()).await;
    assert!(is_refused_as(&outcome, "loopback"), "{outcome:?}");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_name_that_becomes_private_between_two_requests_is_refused() {
    let server = Server::answering_once("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").await;
    let (resolver, lookups) = answers(&[&["127.0.0.1"], &[METADATA]]);
    let egress = Egress::with_resolver(open_policy(), resolver);
    let url = format!("http://rebind.example:{}/", server.port);
    assert!(egress.send(get(&url), generous_limits()).await.is_ok());
    let outcome = egress.send(get(&url), generous_limits()).await;
    assert!(is_refused_as(&outcome, "metadata"), "{outcome:?}");
    assert_eq!(lookups.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_idle_connection_is_reused_at_its_checked_address() {
    let server = Server::answering(OK).await;
    let (resolver, lookups) = answers(&[&["127.0.0.1"], &[METADATA]]);
    let egress = Egress::with_resolver(open_policy(), resolver);
    let url = format!("http://rebind.example:{}/", server.port);
    for _ in 0..3 {
        assert!(egress.send(get(&url), generous_limits()).await.is_ok());
    }
    assert_eq!((server.connections(), server.requests().len()), (1, 3));
    assert_eq!(lookups.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_idle_connection_is_not_used_for_another_name_at_the_same_address() {
    let server = Server::answering(OK).await;
    let (resolver, lookups) = answers(&[&["127.0.0.1"], &["10.0.0.1"]]);
    let egress = Egress::with_resolver(open_policy(), resolver);
    let one = format!("http://one.example:{}/", server.port);
    let two = format!("http://two.example:{}/", server.port);
    assert!(egress.send(get(one), generous_limits()).await.is_ok());
    let outcome = egress.send(get(two), generous_limits()).await;
    assert!(is_refused_as(&outcome, "private"), "{outcome:?}");
    assert_eq!(lookups.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn one_refused_address_refuses_the_name() {
    let server = Server::answering(OK).await;
    let mixed: [&[&str]; 4] = [
        &["127.0.0.1", "10.0.0.1"],
        &["10.0.0.1", "127.0.0.1"],
        &["127.0.0.1", "8.8.8.8", "::ffff:127.0.0.1"],
        &["127.0.0.1", "::1", "fe80::1"],
    ];
    for list in mixed {
        let (resolver, _) = answers(&[list]);
        let egress = Egress::with_resolver(open_policy(), resolver);
        let url = format!("http://mixed.example:{}/", server.port);
        let outcome = egress.send(get(url), generous_limits()).await;
        let is_refused = matches!(outcome, Err(Failure::Refused(Refused::Address { .. })));
        assert!(is_refused, "{list:?} gave {outcome:?}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn the_next_address_is_tried_when_one_refuses_the_connection() {
    let server = Server::answering(OK).await;
    let (resolver, _) = answers(&[&["::1", "127.0.0.2", "127.0.0.1"]]);
    let egress = Egress::with_resolver(open_policy(), resolver);
    let url = format!("http://two.example:{}/", server.port);
    assert!(egress.send(get(url), generous_limits()).await.is_ok());
}

#[tokio::test]
async fn local_names_mean_loopback_without_a_lookup() {
    let server = Server::answering(OK).await;
    let (resolver, lookups) = answers(&[&[METADATA]]);
    let egress = Egress::with_resolver(loopback_policy(), resolver);
    for name in ["localhost", "echo.localhost", "LOCALHOST."] {
        let url = format!("http://{name}:{}/", server.port);
        assert!(
            egress.send(get(url), generous_limits()).await.is_ok(),
            "{name}"
        );
    }
    assert_eq!(lookups.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn no_request_reaches_a_local_server_while_loopback_is_forbidden() {
    let server = Server::answering(OK).await;
    for host in [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "[::ffff:127.0.0.1]",
        "0",
    ] {
        let url = format!("https://{host}:{}/", server.port);
        let outcome = closed().send(get(url), generous_limits()).await;
        assert!(matches!(outcome, Err(Failure::Refused(_))), "{host}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_redirect_is_a_response_and_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let answer = format!(
            "HTTP/1.1 {status} Moved\r\nLocation: http://{METADATA}/latest/\r\nContent-Length: 0\r\n\r\n"
        );
        let server = Server::answering(answer).await;
        let answer = with_loopback()
            .send(get(server.url()), generous_limits())
            .await;
        let answer = answer.unwrap();
        assert_eq!(answer.status, status);
        let location = ("location".to_owned(), format!("http://{METADATA}/latest/"));
        assert!(answer.headers.contains(&location));
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_name_without_an_address_is_a_dns_failure() {
    let (resolver, _) = answers(&[&[]]);
    let egress = Egress::with_resolver(Policy::default(), resolver);
    let outcome = egress.check_resolved("https://empty.example/").await;
    let message = outcome.unwrap_err().to_string();
    assert_eq!(
        message,
        "empty.example could not be resolved: the name has no address"
    );
}

#[tokio::test]
async fn a_failed_lookup_reports_its_error() {
    let resolver = Resolver::new(|_| Box::pin(async { Err(io::Error::other("server failure")) }));
    let egress = Egress::with_resolver(Policy::default(), resolver);
    let outcome = egress
        .send(get("https://broken.example/"), generous_limits())
        .await;
    let message = outcome.unwrap_err().to_string();
    assert_eq!(
        message,
        "broken.example could not be resolved: server failure"
    );
}

#[tokio::test(start_paused = true)]
async fn a_lookup_that_never_ends_is_a_timeout() {
    let resolver = Resolver::new(|_| Box::pin(std::future::pending()));
    let egress = Egress::with_resolver(Policy::default(), resolver);
    let outcome = egress
        .send(get("https://silent.example/"), generous_limits())
        .await;
    assert!(matches!(outcome, Err(Failure::Dns { .. })), "{outcome:?}");
}

#[tokio::test]
async fn a_refusal_does_not_show_what_a_name_resolved_to() {
    let (resolver, _) = answers(&[&["10.20.30.40"]]);
    let egress = Egress::with_resolver(Policy::default(), resolver);
    let outcome = egress.check_resolved("https://internal.example/").await;
    let message = outcome.unwrap_err().to_string();
    assert!(message.starts_with("internal.example leads to a private address"));
    assert!(!message.contains("10.20"), "{message}");
}
