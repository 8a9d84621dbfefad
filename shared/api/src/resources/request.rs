//! The webhook request that an execution began with: as JSON with everything that is stored, or its body alone, byte
//! for byte.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::WebhookRequest;
use lambda_http::{Body, Response};
use serde_json::{Map, Value, json};

use crate::answer;
use crate::inbound::Inbound;
use crate::page::only;
use crate::problem::Problem;

/// What a client asks to be shown of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Representation {
    /// `{method, query, headers, sourceIp, receivedAt, signature, body, bodyEncoding}`.
    Json,
    /// The bytes of the body as `application/octet-stream`; the JSON has the sender's `Content-Type`.
    Raw,
}

/// Reads which representation a client asks for: `?raw=true`, or `Accept: application/octet-stream`, asks for the
/// bytes.
pub fn representation(inbound: &Inbound) -> Result<Representation, Problem> {
    only(inbound, &["raw"])?;
    match inbound.parameter("raw") {
        Some("true") => Ok(Representation::Raw),
        Some("false") => Ok(Representation::Json),
        Some(_) => Err(Problem::invalid_parameter("raw", "raw is true or false.")),
        None => {
            let accept = inbound.header("accept").unwrap_or_default();
            let raw = accept
                .trim()
                .eq_ignore_ascii_case("application/octet-stream");
            Ok(if raw {
                Representation::Raw
            } else {
                Representation::Json
            })
        }
    }
}

/// The answer in this representation.
pub fn respond(request: WebhookRequest, representation: Representation) -> Response<Body> {
    match representation {
        Representation::Raw => answer::bytes(request.body),
        Representation::Json => answer::ok(&view(&request)),
    }
}

/// `bodyEncoding` is `utf-8` where the body is text, and `base64` where it is not. `signature` is the result of the
/// check; `null` where the trigger has no authentication.
pub(crate) fn view(request: &WebhookRequest) -> Value {
    let (body, encoding) = match std::str::from_utf8(&request.body) {
        Ok(text) => (text.to_owned(), "utf-8"),
        Err(_) => (STANDARD.encode(&request.body), "base64"),
    };
    let headers: Map<String, Value> = request
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    let query: Vec<Value> = request
        .query
        .iter()
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    json!({
        "method": request.method,
        "query": query,
        "headers": headers,
        "sourceIp": request.source_ip,
        "receivedAt": request.received_at,
        "signature": request.verified_by.map(|scheme| json!({"scheme": scheme.as_str(), "verified": true})),
        "body": body,
        "bodyEncoding": encoding,
    })
}

#[cfg(test)]
mod tests;
