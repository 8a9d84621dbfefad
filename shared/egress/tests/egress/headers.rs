//! Requests that are refused, because a header or the method would change their meaning.

use egress::{Failure, HEADER_COUNT, Request};

use crate::server::{OK, Server};
use crate::{generous_limits, get, with_loopback};

async fn outcome_with(headers: &[(&str, &str)]) -> (Result<u16, Failure>, usize) {
    let server = Server::answering(OK).await;
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let request = Request {
        headers: headers.iter().map(own).collect(),
        ..get(server.url())
    };
    let outcome = with_loopback().send(request, generous_limits()).await;
    (outcome.map(|answer| answer.status), server.connections())
}

#[tokio::test]
async fn headers_of_the_connection_are_refused_by_name() {
    let names = "
        Host Content-Length Transfer-Encoding Connection Keep-Alive Proxy-Authorization Proxy-Authenticate
        Proxy-Connection TE Trailer Upgrade Expect HTTP2-Settings
    ";
    for name in names.split_whitespace() {
        let (outcome, connections) = outcome_with(&[("x-fine", "1"), (name, "1")]).await;
        let message = outcome.unwrap_err().to_string();
        assert_eq!(
            message,
            format!("the header {name} belongs to the connection; leave it out")
        );
        assert_eq!(connections, 0);
    }
}

#[tokio::test]
async fn headers_that_sluice_sets_are_refused_by_name() {
    for name in [
        "Sluice-Hops",
        "SLUICE-HOPS",
        "Traceparent",
        "Idempotency-Key",
    ] {
        let (outcome, connections) = outcome_with(&[(name, "0")]).await;
        let message = outcome.unwrap_err().to_string();
        assert_eq!(
            message,
            format!("the header {name} is set by Sluice; leave it out")
        );
        assert_eq!(connections, 0);
    }
}

#[tokio::test]
async fn a_header_value_cannot_contain_a_line_break() {
    let broken = [
        ("x-a", "1\r\nHost: evil"),
        ("x-a", "1\nx: y"),
        ("x-a", "1\0"),
        ("x-a: 1\r\nhost", "evil"),
        ("x a", "1"),
        ("", "1"),
        ("x-ä", "1"),
    ];
    for header in broken {
        let (outcome, connections) = outcome_with(&[header]).await;
        let is_refused = matches!(outcome, Err(Failure::Header { .. }));
        assert!(is_refused, "{header:?} gave {outcome:?}");
        assert_eq!(connections, 0);
    }
}

#[tokio::test]
async fn values_that_sluice_sets_cannot_contain_a_line_break() {
    let server = Server::answering(OK).await;
    let request = Request {
        traceparent: Some("00\r\nx: y".to_owned()),
        ..get(server.url())
    };
    let outcome = with_loopback().send(request, generous_limits()).await;
    assert!(matches!(outcome, Err(Failure::Header { .. })));
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_message_never_shows_a_value() {
    let (outcome, _) = outcome_with(&[("Authorization", "secret\n")]).await;
    let message = outcome.unwrap_err().to_string();
    assert!(message.contains("Authorization") && !message.contains("secret"));
}

#[tokio::test]
async fn as_many_headers_as_the_limit_are_sent_and_one_more_is_refused() {
    let many = vec![("x-a", "1"); HEADER_COUNT + 1];
    let (outcome, _) = outcome_with(&many[1..]).await;
    assert_eq!(outcome, Ok(200));
    let (outcome, connections) = outcome_with(&many).await;
    assert!(matches!(outcome, Err(Failure::Header { .. })));
    assert_eq!(connections, 0);
}

#[tokio::test]
async fn text_beyond_ascii_is_sent_as_utf8() {
    let (outcome, _) = outcome_with(&[("x-name", "Grüße")]).await;
    assert_eq!(outcome, Ok(200));
}

#[tokio::test]
async fn methods_beyond_the_list_are_refused() {
    let server = Server::answering(OK).await;
    for method in [
        "CONNECT",
        "TRACE",
        "get",
        "",
        "GET /x HTTP/1.1\r\nHost: evil\r\n\r\nGET",
    ] {
        let request = Request {
            method: method.to_owned(),
            ..get(server.url())
        };
        let outcome = with_loopback().send(request, generous_limits()).await;
        assert!(matches!(outcome, Err(Failure::Method(_))), "{method:?}");
    }
    assert_eq!(server.connections(), 0);
}
