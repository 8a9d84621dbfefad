//! Requests over a real connection, and what a function sees and says.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;
use crate::clock::ManualClock;
use crate::functions::{Failure, Function};
use crate::server::{Stop, any_port, serve};

async fn gateway(function: Function) -> SocketAddr {
    let clock = ManualClock::at(1_583_348_638_390).clock();
    let mut functions = Functions::new(clock.clone());
    functions.deploy("f", function, 1);
    let route = |method: &str, path: &str| Route {
        method: method.to_owned(),
        path: path.to_owned(),
        function: "f".to_owned(),
    };
    let routes = [route("POST", "/my/{name}"), route("GET", "/my/path")];
    let scope = DeploymentScope {
        region: "eu-central-1".to_owned(),
        account_id: "000000000000".to_owned(),
        stack_name: "sluice".to_owned(),
        sqs_endpoint: String::new(),
    };
    let listener = any_port().await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(
        listener,
        router(&routes, Arc::new(functions), scope, clock),
        Stop::new(),
    ));
    address
}

fn echo() -> Function {
    Arc::new(|event, _| Box::pin(async move { Ok(event) }))
}

fn answering(answer: Result<Value, Failure>) -> Function {
    Arc::new(move |_, _| {
        let answer = answer.clone();
        Box::pin(async { answer })
    })
}

/// Status and headers, and the body.
async fn exchange(address: SocketAddr, head: &str, body: &[u8]) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let head = format!("{head}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    // A server that refuses early may close before all is written.
    stream.write_all(body).await.ok();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok();
    let end = answer
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap();
    (
        String::from_utf8(answer[..end].to_vec()).unwrap(),
        answer[end + 4..].to_vec(),
    )
}

async fn seen(head: &str, body: &[u8]) -> Value {
    let (_, answer) = exchange(gateway(echo()).await, head, body).await;
    serde_json::from_slice(&answer).unwrap()
}

#[tokio::test]
async fn a_request_becomes_an_event_of_format_2() {
    let head = "POST /my/a%20b?p=1&p=2&q=x%26y&r HTTP/1.1\r\nHost: hooks.example.com:8787\r\nX-One: 1\r\nx-one: 2\r\n\
                Cookie: a=1; b=2\r\nUser-Agent: test\r\nX-Forwarded-For: 203.0.113.9\r\nContent-Type: application/json";
    let mut event = seen(head, b"{}").await;
    let request_id = event["requestContext"]["requestId"].take();
    assert_eq!(request_id.as_str().unwrap().len(), 36);
    assert_eq!(
        event,
        json!({
            "version": "2.0",
            "routeKey": "POST /my/{name}",
            "rawPath": "/my/a b",
            "rawQueryString": "p=1&p=2&q=x%26y&r",
            "cookies": ["a=1", "b=2"],
            "headers": {
                "connection": "close",
                "content-length": "2",
                "content-type": "application/json",
                "host": "hooks.example.com:8787",
                "user-agent": "test",
                "x-forwarded-for": "203.0.113.9, 127.0.0.1",
                "x-forwarded-port": "8787",
                "x-forwarded-proto": "http",
                "x-one": "1,2",
            },
            "queryStringParameters": {"p": "1,2", "q": "x&y", "r": ""},
            "pathParameters": {"name": "a b"},
            "requestContext": {
                "accountId": "000000000000",
                "apiId": "sluice",
                "domainName": "hooks.example.com",
                "domainPrefix": "hooks",
                "http": {
                    "method": "POST",
                    "path": "/my/a b",
                    "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.1",
                    "userAgent": "test",
                },
                "requestId": null,
                "routeKey": "POST /my/{name}",
                "stage": "$default",
                "time": "04/Mar/2020:19:03:58 +0000",
                "timeEpoch": 1_583_348_638_390_i64,
            },
            "body": "{}",
            "isBase64Encoded": false,
        })
    );
}

#[tokio::test]
async fn what_is_absent_from_a_request_is_absent_from_its_event() {
    let event = seen("GET /my/path HTTP/1.1\r\nhost: x", b"").await;
    for name in ["cookies", "queryStringParameters", "pathParameters", "body"] {
        assert!(event.get(name).is_none(), "{name}");
    }
    assert_eq!(event["routeKey"], "GET /my/path");
}

#[tokio::test]
async fn only_text_comes_as_text() {
    let cases: [(&str, &[u8], bool); 8] = [
        (
            "content-type: application/json; charset=utf-8",
            b"{}",
            false,
        ),
        ("content-type: text/plain", b"x", false),
        ("content-type: application/xml", b"<x/>", false),
        (
            "content-type: application/x-www-form-urlencoded",
            b"a=1",
            true,
        ),
        ("content-type: application/octet-stream", b"x", true),
        ("content-type: multipart/form-data; boundary=x", b"x", true),
        ("content-type: application/json", b"\xff", true),
        ("x-none: 1", b"x", true),
    ];
    for (header, body, is_base64) in cases {
        let event = seen(
            &format!("POST /my/path HTTP/1.1\r\nhost: x\r\n{header}"),
            body,
        )
        .await;
        assert_eq!(event["isBase64Encoded"], is_base64, "{header}");
        let text = event["body"].as_str().unwrap();
        let given = if is_base64 {
            base64::Engine::encode(&base64::prelude::BASE64_STANDARD, body)
        } else {
            String::from_utf8(body.to_vec()).unwrap()
        };
        assert_eq!(text, given);
    }
}

#[tokio::test]
async fn an_answer_goes_out_as_it_is() {
    let answer = json!({
        "statusCode": 201,
        "headers": {"content-type": "application/octet-stream", "X-Count": 3, "retry-after": "5"},
        "cookies": ["a=1; Secure", "b=2"],
        "body": "AP8=",
        "isBase64Encoded": true,
    });
    let at = gateway(answering(Ok(answer))).await;
    let (head, body) = exchange(at, "POST /my/path HTTP/1.1\r\nhost: x", b"").await;
    assert!(head.starts_with("HTTP/1.1 201 Created"), "{head}");
    for line in [
        "content-type: application/octet-stream",
        "x-count: 3",
        "retry-after: 5",
        "set-cookie: a=1; Secure",
        "set-cookie: b=2",
    ] {
        assert!(head.contains(line), "{line} in {head}");
    }
    assert_eq!(body, [0, 255]);
}

#[tokio::test]
async fn an_answer_without_a_status_is_the_body() {
    let at = gateway(answering(Ok(json!({"a": 1})))).await;
    let (head, body) = exchange(at, "GET /my/path HTTP/1.1\r\nhost: x", b"").await;
    assert!(
        head.starts_with("HTTP/1.1 200") && head.contains("content-type: application/json"),
        "{head}"
    );
    assert_eq!(body, br#"{"a":1}"#);
}

#[tokio::test]
async fn failures_are_answered_as_the_gateway_does() {
    let hanging: Function = Arc::new(|_, _| Box::pin(futures::future::pending()));
    let error = (500, "Internal Server Error");
    let cases = [
        (
            answering(Err(Failure::Reported("secret".to_owned()))),
            error,
        ),
        (answering(Ok(json!({"statusCode": "many"}))), error),
        (
            answering(Ok(
                json!({"statusCode": 200, "isBase64Encoded": true, "body": "%"}),
            )),
            error,
        ),
        (hanging, error),
    ];
    for (function, (status, text)) in cases {
        let (head, body) = exchange(
            gateway(function).await,
            "GET /my/path HTTP/1.1\r\nhost: x",
            b"",
        )
        .await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{head}");
        assert_eq!(body, json!({"message": text}).to_string().as_bytes());
    }
}

#[tokio::test]
async fn what_is_not_routed_or_too_large_reaches_no_function() {
    let at = gateway(answering(Err(Failure::Crashed))).await;
    let (head, body) = exchange(at, "DELETE /my/path HTTP/1.1\r\nhost: x", b"").await;
    assert!(head.starts_with("HTTP/1.1 404"), "{head}");
    assert_eq!(body, br#"{"message":"Not Found"}"#);
    let large = vec![b'x'; BODY_LIMIT_BYTES + 1];
    let (head, body) = exchange(at, "POST /my/path HTTP/1.1\r\nhost: x", &large).await;
    assert!(head.starts_with("HTTP/1.1 413"), "{head}");
    assert_eq!(body, br#"{"message":"Request Entity Too Large"}"#);
}
