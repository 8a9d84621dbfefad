//! `GET /openapi.json`: the document that describes the API, without an API key and without a call to AWS.

use api::answer;
use lambda_http::{Body, Response};

/// The committed document, which `shared/api` makes, without its white space.
const DOCUMENT: &str = include_str!(concat!(env!("OUT_DIR"), "/openapi.json"));

pub(crate) fn show() -> Response<Body> {
    answer::document(DOCUMENT)
}
