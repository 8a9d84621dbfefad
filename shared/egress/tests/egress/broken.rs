//! Servers that break off, that do not speak HTTP, or that do not listen.

use egress::{Excess, Failure, Limits, Response};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::server::Server;
use crate::{generous_limits, get, with_loopback};

async fn send(server: &Server) -> Result<Response, Failure> {
    with_loopback()
        .send(get(server.url()), generous_limits())
        .await
}

#[tokio::test]
async fn a_connection_that_ends_too_early_is_an_interruption() {
    let early = [
        "",
        "HTTP/1.1 200 OK\r\nContent-",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    ];
    for answer in early {
        let server = Server::answering_once(answer).await;
        let outcome = send(&server).await;
        let is_interrupted = matches!(outcome, Err(Failure::Interrupted { .. }));
        assert!(is_interrupted, "{answer:?} gave {outcome:?}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_reset_connection_is_an_interruption() {
    for start in ["", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"] {
        let server = Server::start(move |server, mut stream, _| async move {
            server.take_request(&mut stream).await;
            stream.write_all(start.as_bytes()).await.unwrap();
            // Closing without lingering sends a reset.
            stream.set_zero_linger().unwrap();
        });
        let outcome = send(&server.await).await;
        let is_interrupted = matches!(outcome, Err(Failure::Interrupted { .. }));
        assert!(is_interrupted, "{outcome:?}");
    }
}

#[tokio::test]
async fn with_cut_a_body_that_breaks_off_is_returned_as_far_as_it_arrived() {
    let limits = Limits {
        excess: Excess::Cut,
        ..generous_limits()
    };
    for (framing, expected) in [
        ("Content-Length: 10\r\n\r\nhalf", "closed the connection"),
        (
            "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n5\r\n",
            "closed the connection",
        ),
        (
            "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n",
            "not HTTP/1.1",
        ),
    ] {
        for is_reset in [false, true] {
            let start = format!("HTTP/1.1 410 Gone\r\nX: 1\r\n{framing}");
            let server = Server::start(move |server, mut stream, _| {
                let start = start.clone();
                async move {
                    server.take_request(&mut stream).await;
                    stream.write_all(start.as_bytes()).await.unwrap();
                    if is_reset {
                        stream.set_zero_linger().unwrap();
                    }
                }
            })
            .await;
            let outcome = with_loopback().send(get(server.url()), limits).await;
            let answer = outcome.unwrap();
            assert_eq!((answer.status, &*answer.body), (410, &b"half"[..]));
            assert_eq!(answer.headers[0], ("x".to_owned(), "1".to_owned()));
            let broken = answer.broken.unwrap().to_string();
            assert!(broken.contains(expected), "{broken}");
        }
    }
}

#[tokio::test]
async fn a_space_before_a_colon_or_a_folded_line_does_not_spoil_a_response() {
    let answers = [
        "HTTP/1.1 200 OK\r\nX-Allowed : true\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nX-Long: first,\r\n second\r\nContent-Length: 2\r\n\r\nok",
    ];
    for answer in answers {
        let outcome = send(&Server::answering_once(answer).await).await;
        let response = outcome.unwrap();
        assert_eq!((response.status, &*response.body), (200, &b"ok"[..]));
    }
}

#[tokio::test]
async fn a_response_that_is_not_http_is_its_own_failure() {
    let others = [
        "SSH-2.0-OpenSSH_9.6\r\n",
        "+PONG\r\n",
        "HTTP/1.1 abc Hm\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "<html>",
    ];
    for answer in others {
        let outcome = send(&Server::answering_once(answer).await).await;
        let is_named = matches!(outcome, Err(Failure::NotHttp { .. }));
        assert!(is_named, "{answer:?} gave {outcome:?}");
    }
}

#[tokio::test]
async fn a_closed_port_is_a_failed_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let outcome = with_loopback().send(get(url), generous_limits()).await;
    let message = outcome.unwrap_err().to_string();
    assert_eq!(
        message,
        "127.0.0.1 could not be connected to: connection refused"
    );
}

#[tokio::test]
async fn a_plain_server_behind_an_https_url_is_not_trusted() {
    let server = Server::start(|_, mut stream, _| async move {
        let answer = b"HTTP/1.1 400 Bad Request\r\n\r\n";
        stream.write_all(answer).await.ok();
    })
    .await;
    let url = format!("https://127.0.0.1:{}/", server.port);
    let outcome = with_loopback().send(get(url), generous_limits()).await;
    assert!(matches!(outcome, Err(Failure::Tls { .. })), "{outcome:?}");
}

#[tokio::test]
async fn a_failure_shows_neither_path_nor_query() {
    let servers = [
        Server::answering_once("").await,
        Server::answering_once("SSH-2.0\r\n").await,
        Server::answering_once("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n").await,
    ];
    for server in servers {
        let url = format!("{}secret?token=secret", server.url());
        let failure = with_loopback()
            .send(get(url), generous_limits())
            .await
            .unwrap_err();
        assert!(!format!("{failure} {failure:?}").contains("secret"));
    }
}
