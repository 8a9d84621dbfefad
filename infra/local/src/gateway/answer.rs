//! A function's answer as an HTTP response, as payload format 2.0 has it. Does not know the request.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::StatusCode;
use http::header::{CONTENT_TYPE, SET_COOKIE};
use serde_json::{Map, Value, json};

/// The gateway's own words.
pub(super) fn message(status: StatusCode, text: &str) -> Response {
    (
        status,
        [(CONTENT_TYPE, "application/json")],
        json!({ "message": text }).to_string(),
    )
        .into_response()
}

/// An answer without a `statusCode` is a body, of status 200; one that makes no response is an error.
pub(super) fn build(answer: Value) -> Response {
    let response = match &answer {
        Value::Object(parts) if parts.contains_key("statusCode") => from_parts(parts),
        Value::String(text) => Some(json_response(text.clone())),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Some(json_response(answer.to_string()))
        }
    };
    response.unwrap_or_else(|| {
        tracing::error!("a function's answer is no response of payload format 2.0");
        message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
    })
}

fn json_response(body: String) -> Response {
    (StatusCode::OK, [(CONTENT_TYPE, "application/json")], body).into_response()
}

fn from_parts(parts: &Map<String, Value>) -> Option<Response> {
    let status = u16::try_from(parts.get("statusCode")?.as_u64()?).ok()?;
    let mut response = Response::builder().status(status);
    for (name, value) in parts
        .get("headers")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        response = response.header(name, scalar(value)?);
    }
    for cookie in parts
        .get("cookies")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        response = response.header(SET_COOKIE, cookie.as_str()?);
    }
    let is_base64 = parts
        .get("isBase64Encoded")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    let body = match parts.get("body") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::String(text)) if is_base64 => BASE64_STANDARD.decode(text).ok()?,
        Some(Value::String(text)) => text.clone().into_bytes(),
        Some(_) => return None,
    };
    response.body(Body::from(body)).ok()
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
