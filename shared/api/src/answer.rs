//! Responses to requests that were served. It does not know their contents.

use lambda_http::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, HeaderValue, LOCATION, X_CONTENT_TYPE_OPTIONS,
};
use lambda_http::http::{HeaderName, StatusCode};
use lambda_http::{Body, Response};
use serde::Serialize;
use serde_json::{Value, json};

use crate::page::Page;
use crate::status::{ACCEPTED, CREATED, Code, NO_CONTENT, OK};

/// Says that the resource is not new: its `Idempotency-Key` was used before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// 200 with a JSON document.
pub fn ok(document: &impl Serialize) -> Response<Body> {
    json_response(OK, &json!(document))
}

/// 200 with a JSON document that is the same for everybody until the next deployment.
pub fn document(text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::Text(text.to_owned()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=300"),
    );
    response
}

/// 200 with one page of a list.
pub fn list(page: Page) -> Response<Body> {
    ok(&page)
}

/// 201 with the resource and its address.
pub fn created(location: &str, document: &impl Serialize) -> Response<Body> {
    let mut response = json_response(CREATED, &json!(document));
    // Paths are made of ids, which are ASCII; without the header the body still names the id.
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

/// 201 again, for a repeat under the same `Idempotency-Key`.
pub fn repeated(location: &str, document: &impl Serialize) -> Response<Body> {
    replayed(created(location, document))
}

/// 202 with the resource so far, and its address.
pub fn accepted(location: &str, document: &impl Serialize) -> Response<Body> {
    let mut response = created(location, document);
    *response.status_mut() = ACCEPTED;
    response
}

/// 202 again, for a repeat under the same `Idempotency-Key`.
pub fn accepted_before(location: &str, document: &impl Serialize) -> Response<Body> {
    replayed(accepted(location, document))
}

fn replayed(mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers_mut();
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

/// 204.
pub fn no_content() -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = NO_CONTENT;
    response
}

/// The code of a refusal; `None` where the request was served.
pub fn refusal(response: &Response<Body>) -> Option<Code> {
    response.extensions().get().copied()
}

/// 200 with raw bytes, of a type that browsers neither show nor guess.
pub(crate) fn bytes(bytes: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::Binary(bytes));
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn json_response(status: StatusCode, document: &Value) -> Response<Body> {
    let mut response = Response::new(Body::Text(document.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
