//! The wire: AWS JSON 1.1. Does not check signatures: it listens on loopback, and whoever is there may. Does not know
//! keys.

use std::sync::Arc;

use ::http::{HeaderMap, StatusCode};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::Kms;
use super::fault::{Fault, FaultKind};

const TARGET_PREFIX: &str = "TrentService.";
const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// Serves the keys.
pub(crate) fn router(kms: Arc<Kms>) -> Router {
    Router::new().fallback(answer).with_state(kms)
}

async fn answer(State(kms): State<Arc<Kms>>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers
        .get("x-amz-target")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let action = target.strip_prefix(TARGET_PREFIX).unwrap_or_default();
    let (status, body) = match perform(&kms, action, &body) {
        Ok(answer) => (StatusCode::OK, answer),
        Err(fault) => refusal(&fault),
    };
    (status, [("content-type", CONTENT_TYPE)], body).into_response()
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
