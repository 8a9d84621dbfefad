//! Servers that are slow or send too much.

use std::time::Duration;

use egress::{
    Egress, Excess, Failure, HEADER_BYTES, Limits, Part, Phase, Policy, RESPONSE_HEADER_COUNT,
    Response,
};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::server::Server;
use crate::{generous_limits, get, loopback_policy, with_loopback};

/// A short limit, for the tests that wait until it is reached.
const SHORT_MS: u64 = 1_000;

async fn send(server: &Server) -> Result<Response, Failure> {
    with_loopback()
        .send(get(server.url()), generous_limits())
        .await
}

async fn send_hurried(server: &Server) -> Result<Response, Failure> {
    let limits = Limits {
        total_ms: SHORT_MS,
        ..generous_limits()
    };
    with_loopback().send(get(server.url()), limits).await
}

fn timed_out_in(outcome: &Result<Response, Failure>) -> Option<Phase> {
    match outcome {
        Err(Failure::Timeout { phase, .. }) => Some(*phase),
        _ => None,
    }
}

fn too_large(outcome: &Result<Response, Failure>) -> Option<(Part, usize)> {
    match outcome {
        Err(Failure::TooLarge {
            part, limit_bytes, ..
        }) => Some((*part, *limit_bytes)),
        _ => None,
    }
}

/// Takes a request, and answers with `start` and then a `piece` every few milliseconds until the client leaves.
async fn drip(server: Server, mut stream: TcpStream, start: &str, piece: &str) {
    server.take_request(&mut stream).await;
    stream.write_all(start.as_bytes()).await.ok();
    while stream.write_all(piece.as_bytes()).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_server_without_a_response_is_a_timeout() {
    let server = Server::start(|server, stream, _| drip(server, stream, "", "")).await;
    let outcome = send_hurried(&server).await;
    assert_eq!(timed_out_in(&outcome), Some(Phase::Answer), "{outcome:?}");
    let message = outcome.unwrap_err().to_string();
    assert_eq!(
        message,
        "127.0.0.1 took more than 1000 ms before it answered"
    );
}

#[tokio::test]
async fn headers_that_arrive_slowly_do_not_extend_the_time() {
    let server =
        Server::start(|server, stream, _| drip(server, stream, "HTTP/1.1 200 OK\r\nx: ", "a"))
            .await;
    let outcome = send_hurried(&server).await;
    assert_eq!(timed_out_in(&outcome), Some(Phase::Answer), "{outcome:?}");
}

#[tokio::test]
async fn endless_interim_responses_do_not_extend_the_time() {
    let server = Server::start(|server, stream, _| {
        drip(server, stream, "", "HTTP/1.1 100 Continue\r\n\r\n")
    })
    .await;
    let outcome = send_hurried(&server).await;
    assert_eq!(timed_out_in(&outcome), Some(Phase::Answer), "{outcome:?}");
}

#[tokio::test]
async fn a_body_that_arrives_slowly_does_not_extend_the_time() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n";
    let server = Server::start(move |server, stream, _| drip(server, stream, head, "a")).await;
    let outcome = send_hurried(&server).await;
    assert_eq!(timed_out_in(&outcome), Some(Phase::Body), "{outcome:?}");
}

#[tokio::test]
async fn trailers_that_arrive_slowly_do_not_extend_the_time() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nx: ";
    let server = Server::start(move |server, stream, _| drip(server, stream, head, "a")).await;
    let outcome = send_hurried(&server).await;
    assert_eq!(timed_out_in(&outcome), Some(Phase::Body), "{outcome:?}");
}

#[tokio::test]
async fn a_tls_handshake_that_stalls_is_a_timeout() {
    let server = Server::answering("never, for no request is ever read").await;
    let egress = Egress::new(Policy {
        connect_ms: SHORT_MS,
        ..loopback_policy()
    });
    let url = format!("https://127.0.0.1:{}/", server.port);
    let outcome = egress.send(get(url), generous_limits()).await;
    assert_eq!(timed_out_in(&outcome), Some(Phase::Connect), "{outcome:?}");
}

#[tokio::test]
async fn a_body_may_be_as_large_as_the_limit_and_no_larger() {
    let limit_bytes = Limits::default().response_bytes;
    assert_eq!(limit_bytes, 1_048_576);
    for (length, fits) in [(limit_bytes, true), (limit_bytes + 1, false)] {
        let body = "a".repeat(length);
        let plain = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
        let chunked = format!(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n"
        );
        let unframed = format!("HTTP/1.1 200 OK\r\n\r\n{body}");
        for answer in [plain, chunked, unframed] {
            let outcome = send(&Server::answering_once(answer).await).await;
            let expected = (!fits).then_some((Part::Body, limit_bytes));
            assert_eq!(too_large(&outcome), expected);
            assert_eq!(outcome.is_ok(), fits);
        }
    }
}

#[tokio::test]
async fn an_endless_body_is_refused_at_the_limit() {
    let piece = "a".repeat(64 * 1024);
    let server = Server::start(move |server, stream, _| {
        let piece = piece.clone();
        async move { drip(server, stream, "HTTP/1.1 200 OK\r\n\r\n", &piece).await }
    });
    let outcome = send(&server.await).await;
    assert!(too_large(&outcome).is_some(), "{outcome:?}");
}

#[tokio::test]
async fn the_header_may_be_as_large_as_the_limit_and_no_larger() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nx: ";
    let others = head.len() - "HTTP/1.1 200 OK\r\n".len() + "\r\n".len();
    for (length, fits) in [(HEADER_BYTES, true), (HEADER_BYTES + 1, false)] {
        let value = "a".repeat(length - others);
        let answer = format!("{head}{value}\r\n\r\n");
        let outcome = send(&Server::answering_once(answer).await).await;
        let expected = (!fits).then_some((Part::Header, HEADER_BYTES));
        assert_eq!(too_large(&outcome), expected);
        assert_eq!(outcome.is_ok(), fits);
    }
}

#[tokio::test]
async fn a_header_of_a_megabyte_is_refused() {
    let long = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "a".repeat(1_000_000));
    let line = "x: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n".repeat(20_000);
    let many = format!("HTTP/1.1 200 OK\r\n{line}\r\n");
    for answer in [long, many] {
        let outcome = send(&Server::answering_once(answer).await).await;
        let failure = outcome.unwrap_err();
        assert!(
            matches!(failure, Failure::EndlessHeaders { .. }),
            "{failure:?}"
        );
        let sentence = failure.to_string();
        assert!(
            sentence.contains("65536 bytes or of 256 headers"),
            "{sentence}"
        );
    }
}

#[tokio::test]
async fn a_response_may_have_as_many_headers_as_the_limit_and_no_more() {
    for (count, fits) in [
        (RESPONSE_HEADER_COUNT, true),
        (RESPONSE_HEADER_COUNT + 1, false),
        (4 * RESPONSE_HEADER_COUNT, false),
    ] {
        let lines = "x: 1\r\n".repeat(count - 1);
        let answer = format!("HTTP/1.1 200 OK\r\n{lines}Content-Length: 0\r\n\r\n");
        let outcome = send(&Server::answering_once(answer).await).await;
        assert_eq!(outcome.is_ok(), fits, "{outcome:?}");
        if let Err(failure) = outcome {
            let sentence = failure.to_string();
            assert!(
                sentence.ends_with("answered with more than 256 headers"),
                "{sentence}"
            );
        }
    }
}

/// Sends as `deliver` does, with `Excess::Cut`; here 4 bytes of the body are kept.
async fn send_cutting(server: &Server, total_ms: u64) -> Response {
    let limits = Limits {
        total_ms,
        response_bytes: 4,
        excess: Excess::Cut,
    };
    let outcome = with_loopback().send(get(server.url()), limits).await;
    outcome.unwrap()
}

#[tokio::test]
async fn with_cut_a_body_that_arrives_slowly_is_cut_by_time() {
    let head = "HTTP/1.1 429 No\r\nRetry-After: 7\r\nContent-Length: 900000\r\n\r\nha";
    let server = Server::start(move |server, mut stream, _| async move {
        server.take_request(&mut stream).await;
        stream.write_all(head.as_bytes()).await.ok();
        std::future::pending().await
    })
    .await;
    // The time limit of a body is shorter than that of a head.
    for (total_ms, limit_ms) in [(SHORT_MS, SHORT_MS), (60_000, 2_000)] {
        let answer = send_cutting(&server, total_ms).await;
        assert_eq!((answer.status, &*answer.body), (429, &b"ha"[..]));
        let retry_after = ("retry-after".to_owned(), "7".to_owned());
        assert!(answer.headers.contains(&retry_after));
        let expected = Failure::Timeout {
            host: "127.0.0.1".to_owned(),
            limit_ms,
            phase: Phase::Body,
        };
        assert_eq!(answer.broken, Some(expected));
    }
}

#[tokio::test]
async fn with_cut_reading_stops_at_the_size_limit() {
    for sent in ["half", "half of it"] {
        let server = Server::start(move |server, mut stream, _| async move {
            server.take_request(&mut stream).await;
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n";
            let start = format!("{head}{sent}");
            stream.write_all(start.as_bytes()).await.ok();
            std::future::pending().await
        })
        .await;
        let answer = send_cutting(&server, 60_000).await;
        assert_eq!(
            (answer.status, &*answer.body, answer.broken),
            (200, &b"half"[..], None)
        );
    }
}

#[tokio::test]
async fn with_cut_a_small_response_is_complete() {
    for body in ["", "hi", "half"] {
        let length = body.len();
        let plain = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
        let unframed = format!("HTTP/1.1 200 OK\r\n\r\n{body}");
        for answer in [plain, unframed] {
            let server = Server::answering_once(answer).await;
            let answer = send_cutting(&server, 60_000).await;
            assert_eq!((&*answer.body, answer.broken), (body.as_bytes(), None));
        }
    }
}
