//! The same request through each gateway. The events are those of the gateways, shortened.

use lambda_http::request::from_str;
use serde_json::{Value, json};

use super::Inbound;

const BODY_BASE64: &str = "/wA=";

fn read(event: &Value) -> Inbound {
    Inbound::read(from_str(&event.to_string()).unwrap())
}

/// HTTP API, payload 2.0; a function URL sends the same form.
fn http_api(stage: &str, path: &str) -> Value {
    json!({
        "version": "2.0",
        "routeKey": "ANY /hooks/{workflowId}",
        "rawPath": path,
        "rawQueryString": "token=a%2Bb&tag=x+y&tag=z",
        "headers": {
            "host": "edge.example", "x-forwarded-proto": "https",
            "x-forwarded-for": "203.0.113.9", "X-GitHub-Event": "push",
        },
        "cookies": ["a=1", "b=2"],
        "requestContext": {
            "accountId": "1", "apiId": "api", "domainName": "edge.example", "domainPrefix": "edge",
            "http": {"method": "POST", "path": path, "protocol": "HTTP/1.1",
                     "sourceIp": "192.0.2.1", "userAgent": "test"},
            "requestId": "req-1", "routeKey": "$default", "stage": stage,
            "time": "16/Jun/2026:12:17:30 +0000", "timeEpoch": 1_781_612_250_231_i64,
        },
        "body": BODY_BASE64,
        "isBase64Encoded": true,
    })
}

/// REST API, payload 1.0.
fn rest_api() -> Value {
    json!({
        "resource": "/hooks/{workflowId}",
        "path": "/hooks/wf_1",
        "httpMethod": "POST",
        "headers": {"Host": "edge.example", "X-GitHub-Event": "push"},
        "multiValueHeaders": {"Host": ["edge.example"], "X-GitHub-Event": ["push"]},
        "queryStringParameters": {"token": "a+b", "tag": "z"},
        "multiValueQueryStringParameters": {"token": ["a+b"], "tag": ["x y", "z"]},
        "pathParameters": {"workflowId": "wf_1"},
        "requestContext": {
            "accountId": "1", "apiId": "api", "domainName": "edge.example", "stage": "hooks",
            "httpMethod": "POST", "path": "/hooks/hooks/wf_1", "protocol": "HTTP/1.1",
            "identity": {"sourceIp": "2001:db8::1"},
            "requestId": "req-2", "requestTimeEpoch": 1_781_612_250_231_i64,
            "resourcePath": "/hooks/{workflowId}",
        },
        "body": BODY_BASE64,
        "isBase64Encoded": true,
    })
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn an_http_api_event_and_a_function_url_event_are_read_whole() {
    let inbound = read(&http_api("$default", "/hooks/wf_1"));
    assert_eq!(inbound.method, "POST");
    assert_eq!(inbound.segments, ["hooks", "wf_1"]);
    let query = [("token", "a+b"), ("tag", "x y"), ("tag", "z")];
    assert_eq!(inbound.query, pairs(&query));
    assert_eq!(inbound.parameter("tag"), Some("x y"));
    assert_eq!(inbound.header("x-github-event"), Some("push"));
    assert_eq!(inbound.header("cookie"), Some("a=1; b=2"));
    assert_eq!(inbound.body, [0xff, 0x00]);
    assert_eq!(inbound.source_ip, Some("192.0.2.1".parse().unwrap()));
    assert_eq!(inbound.request_id, "req-1");
    assert_eq!(inbound.base_url(None), "https://edge.example");
    let url = "https://edge.example/hooks/wf_1?token=a%2Bb&tag=x+y&tag=z";
    assert_eq!(inbound.url(), url);
}

#[test]
fn a_rest_api_event_is_read_whole() {
    let inbound = read(&rest_api());
    assert_eq!(inbound.method, "POST");
    assert_eq!(inbound.segments, ["hooks", "wf_1"]);
    let query = [("tag", "x y"), ("tag", "z"), ("token", "a+b")];
    assert_eq!(inbound.query, pairs(&query));
    assert_eq!(inbound.header("x-github-event"), Some("push"));
    assert_eq!(inbound.body, [0xff, 0x00]);
    assert_eq!(inbound.source_ip, Some("2001:db8::1".parse().unwrap()));
    assert_eq!(inbound.request_id, "req-2");
    assert_eq!(inbound.base_url(None), "https://edge.example/hooks");
}

#[test]
fn the_stage_of_an_http_api_is_not_part_of_the_path() {
    let inbound = read(&http_api("prod", "/prod/hooks/wf%5F1/"));
    assert_eq!(inbound.segments, ["hooks", "wf_1"]);
    assert_eq!(inbound.base_url(None), "https://edge.example/prod");
    let url = "https://edge.example/prod/hooks/wf%5F1/?token=a%2Bb&tag=x+y&tag=z";
    assert_eq!(inbound.url(), url);
    let root = read(&http_api("$default", "/"));
    assert!(root.segments.is_empty());
}

#[test]
fn a_text_body_is_kept_and_a_missing_body_is_empty() {
    let mut event = http_api("$default", "/");
    event["isBase64Encoded"] = json!(false);
    event["body"] = json!("grüße");
    assert_eq!(read(&event).body, "grüße".as_bytes());
    event.as_object_mut().unwrap().remove("body");
    assert!(read(&event).body.is_empty());
}

#[test]
fn a_configured_base_url_takes_precedence_over_that_of_the_request() {
    let inbound = read(&http_api("$default", "/"));
    let configured = Some("https://hooks.example/");
    assert_eq!(inbound.base_url(configured), "https://hooks.example");
}

#[test]
fn the_address_of_the_caller_may_have_a_port() {
    for (given, expected) in [
        ("203.0.113.195:32554", "203.0.113.195"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
    ] {
        let mut event = http_api("$default", "/");
        event["requestContext"]["http"]["sourceIp"] = json!(given);
        assert_eq!(read(&event).source_ip, Some(expected.parse().unwrap()));
    }
    let mut event = http_api("$default", "/");
    event["requestContext"]["http"]["sourceIp"] = json!("unknown");
    assert_eq!(read(&event).source_ip, None);
}
