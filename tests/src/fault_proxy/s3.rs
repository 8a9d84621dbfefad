//! How S3 refuses: in XML.

use bytes::Bytes;
use http::Response;

pub(super) fn refusal(status: u16, error: &str) -> Response<Bytes> {
    let body = format!("<Error><Code>{error}</Code><Message>made by a test</Message></Error>");
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status.try_into().expect("a status");
    response
}
