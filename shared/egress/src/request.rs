//! A caller's request, and the HTTP request that is made from it.
//!
//! The caller's headers are sent as they are, except those that frame the message or that Sluice sets itself. These are
//! refused by name, so that there is never a choice between two values.

use http::header::{HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use http::{Method, Uri};

use crate::HEADER_COUNT;
use crate::body::Body;
use crate::failure::Failure;

const AGENT: &str = concat!("Sluice/", env!("CARGO_PKG_VERSION"));
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const SLUICE_HOPS: HeaderName = HeaderName::from_static("sluice-hops");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Describes one connection or frames the message (RFC 9110 sections 7.2, 7.6.1, 8.6 and 10.1.1).
const CONNECTION_HEADERS: &[&str] = &[
    "connection",
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// One request for a user.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET`, `HEAD`, `POST`, `PUT`, `PATCH`, `DELETE` or `OPTIONS`, in capitals.
    pub method: String,
    /// An absolute URL; a fragment is dropped.
    pub url: String,
    /// The user's headers, in their order; a name may occur more than once.
    pub headers: Vec<(String, String)>,
    /// Sent with a `Content-Length`; empty for none.
    pub body: Vec<u8>,
    /// How many workflows have called one another up to this call, this call included: the `Sluice-Hops` header.
    pub hops: u8,
    /// W3C Trace Context, section 3.2.
    pub traceparent: Option<String>,
    /// The same for every repeat of the same effect.
    pub idempotency_key: Option<String>,
}

impl Request {
    /// The request as the HTTP client takes it.
    pub(crate) fn into_http(self, uri: Uri, body: Body) -> Result<http::Request<Body>, Failure> {
        let method = method(&self.method)?;
        let mut headers = users_headers(&self.headers)?;
        headers
            .entry(USER_AGENT)
            .or_insert(HeaderValue::from_static(AGENT));
        headers.insert(SLUICE_HOPS, HeaderValue::from(u16::from(self.hops)));
        let ours = [
            (TRACEPARENT, &self.traceparent),
            (IDEMPOTENCY_KEY, &self.idempotency_key),
        ];
        for (name, text) in ours {
            if let Some(text) = text {
                let value = value(name.as_str(), text)?;
                headers.insert(name, value);
            }
        }
        let mut request = http::Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        Ok(request)
    }
}

/// `CONNECT` would open a tunnel and `TRACE` would return credentials, so only these methods are allowed.
fn method(name: &str) -> Result<Method, Failure> {
    match name {
        "GET" => Ok(Method::GET),
        "HEAD" => Ok(Method::HEAD),
        "POST" => Ok(Method::POST),
        "PUT" => Ok(Method::PUT),
        "PATCH" => Ok(Method::PATCH),
        "DELETE" => Ok(Method::DELETE),
        "OPTIONS" => Ok(Method::OPTIONS),
        other => Err(Failure::Method(other.to_owned())),
    }
}

fn users_headers(pairs: &[(String, String)]) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    for (index, (name, text)) in pairs.iter().enumerate() {
        if index == HEADER_COUNT {
            return Err(refused(name, "is one too many; send at most 100 headers"));
        }
        let parsed = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| refused(name, "has a name that HTTP does not allow"))?;
        if CONNECTION_HEADERS.contains(&parsed.as_str()) {
            return Err(refused(name, "belongs to the connection; leave it out"));
        }
        if [SLUICE_HOPS, TRACEPARENT, IDEMPOTENCY_KEY].contains(&parsed) {
            return Err(refused(name, "is set by Sluice; leave it out"));
        }
        headers.append(parsed, value(name, text)?);
    }
    Ok(headers)
}

fn value(name: &str, text: &str) -> Result<HeaderValue, Failure> {
    HeaderValue::from_bytes(text.as_bytes())
        .map_err(|_| refused(name, "has a value with a line break or control character"))
}

fn refused(name: &str, reason: &'static str) -> Failure {
    let name = name.escape_debug().take(64).collect();
    Failure::Header { name, reason }
}
