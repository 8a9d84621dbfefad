//! A server that answers with the request that it received, for the demo workflow to call.

use axum::Router;
use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{Method, Uri};
use serde_json::{Value, json};

/// Answers every request with `{method, path, query, body}`; the body as JSON where it is, and else as text.
pub(crate) fn router() -> Router {
    Router::new().fallback(answer)
}

async fn answer(method: Method, uri: Uri, body: Bytes) -> Response {
    let body = serde_json::from_slice(&body)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&body).into_owned()));
    let said = json!({
        "method": method.as_str(),
        "path": uri.path(),
        "query": uri.query().unwrap_or_default(),
        "body": body,
    });
    ([(CONTENT_TYPE, "application/json")], said.to_string()).into_response()
}
