//! Events as Lambda gets them, for tests that call a handler of their own.

use lambda_http::Request;
use serde_json::{Map, Value, json};

/// A `POST` of JSON to a webhook URL, as API Gateway's HTTP API hands it over.
pub fn webhook(path: &str, headers: &[(&str, &str)], body: &Value) -> Request {
    request("POST", path, headers, body)
}

/// A request to the management or history API, with a key and an empty object.
pub fn management(method: &str, path: &str, key: &str) -> Request {
    let authorization = format!("Bearer {key}");
    request(
        method,
        path,
        &[("authorization", &authorization)],
        &json!({}),
    )
}

/// Any request with a body of JSON.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Request {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut all = Map::from_iter([("content-type".to_owned(), json!("application/json"))]);
    all.extend(
        headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value))),
    );
    let event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": all,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": "sluice.test",
            "domainPrefix": "api",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "tests"
            },
            "requestId": "request",
            "routeKey": "$default",
            "stage": "$default",
            "time": "16/Jun/2026:12:17:30 +0000",
            "timeEpoch": 1_781_612_250_231_i64
        },
        "body": body.to_string(),
        "isBase64Encoded": false
    });
    lambda_http::request::from_str(&event.to_string()).expect("an event")
}
