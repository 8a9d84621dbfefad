//! The webhook request that an execution began with: as JSON with everything that is stored, or its body alone, byte
//! for byte.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::{Timestamp, WebhookRequest};
use indexmap::IndexMap;
use lambda_http::{Body, Response};
use serde::Serialize;

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

/// A request to a webhook, as it came in.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "WebhookRequest"))]
pub(crate) struct RequestView<'a> {
    /// The method, in upper case.
    method: &'a str,
    /// The parameters of the query, decoded, in the order of the URL.
    query: Vec<QueryParameter<'a>>,
    /// The headers, with names in lower case, without credentials.
    headers: IndexMap<&'a str, &'a str>,
    /// The caller's address; `null` where the gateway did not know it.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    source_ip: Option<IpAddr>,
    /// When it came in.
    received_at: Timestamp,
    /// The verdict of its signature; `null` where the trigger has no authentication.
    signature: Option<Verdict>,
    /// The body: as text, or in base64 where it is no text.
    body: String,
    /// `utf-8` where the body is text, and `base64` where it is not.
    #[cfg_attr(test, schemars(extend("enum" = ["utf-8", "base64"])))]
    body_encoding: &'static str,
}

/// A parameter of a query.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct QueryParameter<'a> {
    /// Its name.
    name: &'a str,
    /// Its value.
    value: &'a str,
}

/// How a request proved who sent it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "SignatureVerdict"))]
struct Verdict {
    /// The scheme of the signature.
    scheme: &'static str,
    /// Always `true`: a request whose signature is wrong is refused.
    verified: bool,
}

/// A request as answers show it.
pub(crate) fn view(request: &WebhookRequest) -> RequestView<'_> {
    let (body, encoding) = match std::str::from_utf8(&request.body) {
        Ok(text) => (text.to_owned(), "utf-8"),
        Err(_) => (STANDARD.encode(&request.body), "base64"),
    };
    let headers = request.headers.iter();
    let query = request.query.iter();
    RequestView {
        method: &request.method,
        query: query
            .map(|(name, value)| QueryParameter { name, value })
            .collect(),
        headers: headers
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect(),
        source_ip: request.source_ip,
        received_at: request.received_at,
        signature: request.verified_by.map(|scheme| Verdict {
            scheme: scheme.as_str(),
            verified: true,
        }),
        body,
        body_encoding: encoding,
    }
}

#[cfg(test)]
mod tests;
