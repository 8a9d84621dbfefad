//! AWS's JSON protocol over HTTP, as far as the services here have it in common. Does not know their operations.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Response, StatusCode};

/// The part of the header `X-Amz-Target` after the name of the service, such as `GetItem`; empty where there is none.
pub(crate) fn operation<'a>(headers: &'a HeaderMap, prefix: &str) -> &'a str {
    target(headers).strip_prefix(prefix).unwrap_or_default()
}

/// The whole header, such as `DynamoDB_20120810.GetItem`.
pub(crate) fn target(headers: &HeaderMap) -> &str {
    headers
        .get("x-amz-target")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// A response with this body.
pub(crate) fn response(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
