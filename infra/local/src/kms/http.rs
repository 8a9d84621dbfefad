//! KMS's protocol, AWS JSON 1.1. Does not check signatures, because it is reached from this machine alone. Does not know
//! keys.

use std::sync::Arc;

use ::http::{HeaderMap, Response, StatusCode};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::Kms;
use super::fault::{Fault, FaultKind};
use crate::protocol;

/// What names this service in the header `X-Amz-Target`.
pub(crate) const TARGET: &str = "TrentService";
const TARGET_PREFIX: &str = "TrentService.";
const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// Serves the keys.
pub(crate) fn router(kms: Arc<Kms>) -> Router {
    Router::new().fallback(handle).with_state(kms)
}

async fn handle(State(kms): State<Arc<Kms>>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let operation = protocol::operation(&headers, TARGET_PREFIX);
    answer(&kms, operation, &body).map(Body::from)
}

/// Runs an operation, such as `Encrypt`.
pub(crate) fn answer(kms: &Kms, operation: &str, body: &[u8]) -> Response<Bytes> {
    let (status, body) = match perform(kms, operation, body) {
        Ok(answer) => (StatusCode::OK, answer),
        Err(fault) => refusal(&fault),
    };
    protocol::response(status, CONTENT_TYPE, body)
}

fn refusal(fault: &Fault) -> (StatusCode, String) {
    let status = match fault.kind {
        FaultKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        FaultKind::IncorrectKey
        | FaultKind::InvalidCiphertext
        | FaultKind::InvalidKeyUsage
        | FaultKind::NotFound
        | FaultKind::Serialization
        | FaultKind::UnknownOperation
        | FaultKind::Validation => StatusCode::BAD_REQUEST,
    };
    let body = json!({ "__type": fault.kind.code(), "message": fault.message });
    (status, body.to_string())
}

fn perform(kms: &Kms, action: &str, body: &[u8]) -> Result<String, Fault> {
    match action {
        "Encrypt" => written(&kms.encrypt(&read(body)?)?),
        "Decrypt" => written(&kms.decrypt(&read(body)?)?),
        _ => Err(Fault::new(
            FaultKind::UnknownOperation,
            format!("There is no {action} here, only Encrypt and Decrypt."),
        )),
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(body).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => {
            Fault::invalid("A field of the request is missing, or not of its type.")
        }
        serde_json::error::Category::Io
        | serde_json::error::Category::Syntax
        | serde_json::error::Category::Eof => {
            Fault::new(FaultKind::Serialization, "The request is not JSON.")
        }
    })
}

fn written(answer: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(answer)
        .map_err(|_| Fault::new(FaultKind::Internal, "The answer cannot be written."))
}
