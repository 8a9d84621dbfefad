//! Calls of S3, which have their operation in method and query, and are refused in XML.

use bytes::Bytes;
use http::{Request, Response};

/// Whether a call is signed for S3.
pub(super) fn is_for_s3(request: &Request<Bytes>) -> bool {
    let signature = request.headers().get("authorization");
    let signature = signature.and_then(|value| value.to_str().ok());
    signature.is_some_and(|value| value.contains("/s3/aws4_request"))
}

/// The name of the operation, as the API reference has it.
pub(super) fn operation(request: &Request<Bytes>) -> &'static str {
    match (request.method().as_str(), request.uri().query()) {
        ("PUT", Some("tagging")) => "PutObjectTagging",
        ("PUT", _) => "PutObject",
        ("GET", _) => "GetObject",
        ("DELETE", _) => "DeleteObject",
        _ => "?",
    }
}

pub(super) fn refusal(status: u16, error: &str) -> Response<Bytes> {
    let body = format!("<Error><Code>{error}</Code><Message>made by a test</Message></Error>");
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status.try_into().expect("a status");
    response
}
