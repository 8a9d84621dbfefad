//! Requests and responses without failures.

use egress::Request;

use crate::server::{OK, Server};
use crate::{generous_limits, get, with_loopback};

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    list.iter().map(own).collect()
}

#[tokio::test]
async fn a_request_is_sent_as_given() {
    let server = Server::answering(OK).await;
    let request = Request {
        method: "PATCH".to_owned(),
        url: format!("{}a/b?q=1&r=%20#part", server.url()),
        headers: pairs(&[
            ("X-One", "1"),
            ("Content-Type", "text/plain"),
            ("x-one", "2"),
        ]),
        body: b"hello".to_vec(),
        hops: 3,
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
        idempotency_key: Some("exe_1//do/0/call/1".to_owned()),
    };
    with_loopback()
        .send(request, generous_limits())
        .await
        .unwrap();
    let seen = server.requests().remove(0);
    let (head, body) = seen.split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<_> = head.lines().collect();
    assert_eq!(lines.remove(0), "PATCH /a/b?q=1&r=%20 HTTP/1.1");
    lines.sort_unstable();
    let host = format!("host: 127.0.0.1:{}", server.port);
    let agent = format!("user-agent: Sluice/{}", env!("CARGO_PKG_VERSION"));
    let expected = [
        "content-length: 5",
        "content-type: text/plain",
        &host,
        "idempotency-key: exe_1//do/0/call/1",
        "sluice-hops: 3",
        "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        &agent,
        "x-one: 1",
        "x-one: 2",
    ];
    assert_eq!(lines, expected);
    assert_eq!(body, "hello");
}

#[tokio::test]
async fn a_user_may_set_the_user_agent() {
    let server = Server::answering(OK).await;
    let request = Request {
        headers: pairs(&[("User-Agent", "mine/1")]),
        ..get(server.url())
    };
    with_loopback()
        .send(request, generous_limits())
        .await
        .unwrap();
    let seen = server.requests().remove(0);
    assert!(seen.contains("user-agent: mine/1\r\n"), "{seen}");
    assert!(!seen.contains("Sluice/"), "{seen}");
}

#[tokio::test]
async fn a_missing_trace_or_key_is_not_sent() {
    let server = Server::answering(OK).await;
    with_loopback()
        .send(get(server.url()), generous_limits())
        .await
        .unwrap();
    let seen = server.requests().remove(0);
    assert!(!seen.contains("traceparent") && !seen.contains("idempotency-key"));
    assert!(seen.contains("sluice-hops: 1\r\n"));
}

#[tokio::test]
async fn an_error_status_is_a_response() {
    for status in [400, 404, 410, 429, 500, 503, 599] {
        let server = Server::answering(format!(
            "HTTP/1.1 {status} Hm\r\nContent-Length: 2\r\n\r\nno"
        ))
        .await;
        let answer = with_loopback()
            .send(get(server.url()), generous_limits())
            .await
            .unwrap();
        assert_eq!(
            (answer.status, answer.body.as_slice()),
            (status, &b"no"[..])
        );
    }
}

#[tokio::test]
async fn response_headers_keep_their_order_and_repetitions() {
    let answer = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nX-Odd: \xff\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n";
    let server = Server::answering(answer.to_vec()).await;
    let answer = with_loopback()
        .send(get(server.url()), generous_limits())
        .await
        .unwrap();
    let cookies = answer
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie");
    let cookies: Vec<_> = cookies.map(|(_, value)| value.as_str()).collect();
    assert_eq!(cookies, ["a=1", "b=2"]);
    assert!(
        answer
            .headers
            .contains(&("x-odd".to_owned(), "\u{fffd}".to_owned()))
    );
}

#[tokio::test]
async fn a_chunked_response_is_joined_and_its_trailers_are_dropped() {
    let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Late\r\n\r\n\
                  3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nX-Late: 1\r\nContent-Length: 9\r\n\r\n";
    let server = Server::answering(answer).await;
    let egress = with_loopback();
    for _ in 0..2 {
        let answer = egress
            .send(get(server.url()), generous_limits())
            .await
            .unwrap();
        assert_eq!(answer.body, b"abcde");
        assert!(!answer.headers.iter().any(|(name, _)| name == "x-late"));
    }
}

#[tokio::test]
async fn a_body_without_a_length_ends_with_the_connection() {
    let server = Server::answering_once("HTTP/1.1 200 OK\r\n\r\nall of it").await;
    let answer = with_loopback()
        .send(get(server.url()), generous_limits())
        .await
        .unwrap();
    assert_eq!(answer.body, b"all of it");
}

#[tokio::test]
async fn a_response_to_head_has_no_body() {
    let server = Server::answering("HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n").await;
    let request = Request {
        method: "HEAD".to_owned(),
        ..get(server.url())
    };
    let answer = with_loopback()
        .send(request, generous_limits())
        .await
        .unwrap();
    assert_eq!((answer.status, answer.body.len()), (200, 0));
}

#[tokio::test]
async fn interim_responses_are_skipped() {
    let answer =
        format!("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n{OK}");
    let server = Server::answering(answer).await;
    let answer = with_loopback()
        .send(get(server.url()), generous_limits())
        .await
        .unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"ok"[..]));
}

#[tokio::test]
async fn a_protocol_upgrade_is_a_response_without_a_body() {
    let answer =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nraw bytes";
    let server = Server::answering_once(answer).await;
    let answer = with_loopback()
        .send(get(server.url()), generous_limits())
        .await
        .unwrap();
    assert_eq!((answer.status, answer.body.len()), (101, 0));
}

#[tokio::test]
async fn a_compressed_response_is_returned_as_it_arrived() {
    let packed = [
        0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 3, 0x4b, 4, 0, 0x43, 0xbe, 0xb7, 0xe8, 1, 0, 0, 0,
    ];
    let mut answer =
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 21\r\n\r\n".to_vec();
    answer.extend_from_slice(&packed);
    let server = Server::answering(answer).await;
    let answer = with_loopback()
        .send(get(server.url()), generous_limits())
        .await
        .unwrap();
    assert_eq!(answer.body, packed);
    assert!(!server.requests()[0].contains("accept-encoding"));
}

#[tokio::test]
async fn many_requests_share_one_client() {
    let server = Server::answering(OK).await;
    let egress = with_loopback();
    let sends = (0..64).map(|_| egress.send(get(server.url()), generous_limits()));
    let answers = futures::future::join_all(sends).await;
    assert!(answers.iter().all(|answer| answer.is_ok()));
    assert_eq!(server.requests().len(), 64);
}
