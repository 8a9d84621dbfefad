//! A request as an event of payload format 2.0 ("Working with AWS Lambda proxy integrations for HTTP APIs"). Does
//! not know which function gets it.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use domain::Timestamp;
use http::header::{CONTENT_TYPE, COOKIE, HOST, TRANSFER_ENCODING, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, HeaderName};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::routes::{Found, decoded};
use crate::random;
use crate::template::DeploymentScope;

pub(super) fn build(
    head: &Parts,
    body: &[u8],
    found: &Found<'_>,
    peer: SocketAddr,
    scope: &DeploymentScope,
    now: Timestamp,
) -> Value {
    let path = decoded(head.uri.path());
    let query = head.uri.query().unwrap_or_default();
    let mut event = json!({
        "version": "2.0",
        "routeKey": found.route_key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers(&head.headers, peer),
        "requestContext": request_context(head, &path, found, peer, scope, now),
        "isBase64Encoded": false,
    });
    let cookies = cookies(&head.headers);
    if !cookies.is_empty() {
        event["cookies"] = cookies.into();
    }
    if !query.is_empty() {
        event["queryStringParameters"] = query_parameters(query);
    }
    if !found.parameters.is_empty() {
        let parameters = found
            .parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone().into()));
        event["pathParameters"] = parameters.collect::<Map<_, _>>().into();
    }
    add_body(&mut event, &head.headers, body);
    event
}

fn add_body(event: &mut Value, headers: &HeaderMap, body: &[u8]) {
    if !body.is_empty() {
        let text = if is_text(headers) {
            std::str::from_utf8(body).ok()
        } else {
            None
        };
        event["isBase64Encoded"] = text.is_none().into();
        event["body"] = text
            .map_or_else(|| BASE64_STANDARD.encode(body), str::to_owned)
            .into();
    }
}

fn request_context(
    head: &Parts,
    path: &str,
    found: &Found<'_>,
    peer: SocketAddr,
    scope: &DeploymentScope,
    now: Timestamp,
) -> Value {
    let host = text_of(&head.headers, &HOST).unwrap_or_default();
    let domain_name = host
        .rsplit_once(':')
        .map_or(host.as_str(), |(name, _)| name);
    json!({
        "accountId": scope.account_id,
        "apiId": scope.stack_name,
        "domainName": domain_name,
        "domainPrefix": domain_name.split('.').next(),
        "http": {
            "method": head.method.as_str(),
            "path": path,
            "protocol": format!("{:?}", head.version),
            "sourceIp": peer.ip().to_string(),
            "userAgent": text_of(&head.headers, &USER_AGENT).unwrap_or_default(),
        },
        "requestId": random::uuid(),
        "routeKey": found.route_key,
        "stage": "$default",
        "time": common_log_time(now),
        "timeEpoch": now.as_millis(),
    })
}

/// The request's headers, each once, and those that the gateway adds. Cookies are a field of their own.
fn headers(headers: &HeaderMap, peer: SocketAddr) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = headers
        .keys()
        .filter(|name| **name != COOKIE && **name != TRANSFER_ENCODING)
        .filter_map(|name| Some((name.as_str().to_owned(), text_of(headers, name)?)))
        .collect();
    let forwarded_for = match all.get("x-forwarded-for") {
        Some(before) => format!("{before}, {}", peer.ip()),
        None => peer.ip().to_string(),
    };
    all.insert("x-forwarded-for".to_owned(), forwarded_for);
    all.insert("x-forwarded-proto".to_owned(), "http".to_owned());
    let port = all
        .get("host")
        .and_then(|host| host.rsplit_once(':'))
        .map_or("80", |(_, port)| port)
        .to_owned();
    all.insert("x-forwarded-port".to_owned(), port);
    all
}

/// The values of a header that came once or more often, joined as the gateway joins them.
fn text_of(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let values: Vec<_> = headers
        .get_all(name)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    (!values.is_empty()).then(|| values.join(","))
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let values = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split("; "))
        .map(str::to_owned)
        .collect()
}

/// Decoded, and values of one name joined by commas.
fn query_parameters(query: &str) -> Value {
    let mut all = BTreeMap::<String, String>::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let [name, value] = [name, value].map(|text| decoded(&text.replace('+', " ")));
        all.entry(name)
            .and_modify(|before| *before = format!("{before},{value}"))
            .or_insert(value);
    }
    json!(all)
}

/// What HTTP APIs pass on as it is; a form, or no type at all, comes in base64. AWS documents only "binary", so this
/// is what others saw it do.
fn is_text(headers: &HeaderMap) -> bool {
    let content_type = text_of(headers, &CONTENT_TYPE)
        .unwrap_or_default()
        .to_ascii_lowercase();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.starts_with("text/")
        || matches!(
            essence,
            "application/json" | "application/xml" | "application/javascript"
        )
}

/// As in `12/Mar/2020:19:03:58 +0000`.
fn common_log_time(now: Timestamp) -> String {
    let Ok(moment) = OffsetDateTime::from_unix_timestamp(now.as_millis() / 1_000) else {
        return String::new();
    };
    let (year, month, day) = (moment.year(), moment.month().to_string(), moment.day());
    let (hour, minute, second) = moment.to_hms();
    format!("{day:02}/{month:.3}/{year}:{hour:02}:{minute:02}:{second:02} +0000")
}
