//! The request behind an execution, as it came in: as JSON with everything that is kept, or its
//! body alone, byte for byte.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::WebhookRequest;
use lambda_http::{Body, Response};
use serde_json::{Map, Value, json};

use crate::answer;
use crate::inbound::Inbound;
use crate::page::only;
use crate::problem::Problem;

/// How a client wants to see a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `{method, query, headers, sourceIp, receivedAt, signature, body, bodyEncoding}`.
    Json,
    /// The bytes of the body as `application/octet-stream`; the JSON form has their own type.
    Raw,
}

/// `?raw=true`, or `Accept: application/octet-stream`, asks for the bytes.
pub fn form(inbound: &Inbound) -> Result<Form, Problem> {
    only(inbound, &["raw"])?;
    match inbound.parameter("raw") {
        Some("true") => Ok(Form::Raw),
        Some("false") => Ok(Form::Json),
        Some(_) => Err(Problem::invalid_parameter("raw", "raw is true or false.")),
        None => {
            let accept = inbound.header("accept").unwrap_or_default();
            let raw = accept
                .trim()
                .eq_ignore_ascii_case("application/octet-stream");
            Ok(if raw { Form::Raw } else { Form::Json })
        }
    }
}

/// The answer in that form.
pub fn respond(request: WebhookRequest, form: Form) -> Response<Body> {
    match form {
        Form::Raw => answer::bytes(request.body),
        Form::Json => answer::ok(&view(&request)),
    }
}

/// `bodyEncoding` is `utf-8` where the body is text, and `base64` where it is not. `signature` is what became of its
/// check; `null` where the trigger asked for none.
fn view(request: &WebhookRequest) -> Value {
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
