//! The HTTP interface: AWS JSON 1.0, which the SDKs use since 2023. It does not check signatures, because it
//! listens on loopback only, and does not know queues.

use std::sync::Arc;

use ::http::{HeaderMap, HeaderValue, Response, StatusCode};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Sqs;
use super::fault::{Fault, FaultKind};
use super::receive::Received;
use crate::protocol;

const TARGET_PREFIX: &str = "AmazonSQS.";
const CONTENT_TYPE: &str = "application/x-amz-json-1.0";
/// A batch of 1 MiB in which JSON escapes every byte as six.
const BODY_LIMIT_BYTES: usize = 8 * 1_048_576;

/// The answer of `ReceiveMessage`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Messages {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    messages: Vec<Received>,
}

/// Serves the queues at every path: the SDK posts to `/`, others to the queue's URL.
pub(crate) fn router(sqs: Arc<Sqs>) -> Router {
    Router::new()
        .fallback(handle)
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
        .with_state(sqs)
}

async fn handle(State(sqs): State<Arc<Sqs>>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let operation = protocol::operation(&headers, TARGET_PREFIX);
    answer(&sqs, operation, &body).await.map(Body::from)
}

/// Runs an operation, such as `SendMessage`.
pub(crate) async fn answer(sqs: &Sqs, operation: &str, body: &[u8]) -> Response<Bytes> {
    match perform(sqs, operation, body).await {
        Ok(answer) => protocol::response(StatusCode::OK, CONTENT_TYPE, answer),
        Err(fault) => refusal(&fault),
    }
}

fn refusal(fault: &Fault) -> Response<Bytes> {
    let (status, blame) = match fault.kind {
        FaultKind::InternalFailure => (StatusCode::INTERNAL_SERVER_ERROR, "Receiver"),
        FaultKind::BatchEntryIdsNotDistinct
        | FaultKind::BatchRequestTooLong
        | FaultKind::EmptyBatchRequest
        | FaultKind::InvalidAttributeName
        | FaultKind::InvalidBatchEntryId
        | FaultKind::InvalidMessageContents
        | FaultKind::InvalidParameterValue
        | FaultKind::MessageNotInflight
        | FaultKind::MissingParameter
        | FaultKind::QueueDoesNotExist
        | FaultKind::ReceiptHandleIsInvalid
        | FaultKind::SerializationException
        | FaultKind::TooManyEntriesInBatchRequest
        | FaultKind::UnknownOperation
        | FaultKind::UnsupportedOperation => (StatusCode::BAD_REQUEST, "Sender"),
    };
    let query_error = HeaderValue::from_str(&format!("{};{blame}", fault.kind.code()));
    let body = json!({ "__type": fault.kind.shape(), "message": fault.message }).to_string();
    let mut response = protocol::response(status, CONTENT_TYPE, body);
    if let Ok(query_error) = query_error {
        response
            .headers_mut()
            .insert("x-amzn-query-error", query_error);
    }
    response
}

async fn perform(sqs: &Sqs, action: &str, body: &[u8]) -> Result<String, Fault> {
    match action {
        "SendMessage" => written(&sqs.send(&read(body)?)?),
        "SendMessageBatch" => written(&sqs.send_batch(&read(body)?)?),
        "ReceiveMessage" => written(&Messages {
            messages: sqs.receive(&read(body)?).await?,
        }),
        "DeleteMessage" => sqs.delete(&read(body)?).map(|()| String::new()),
        "DeleteMessageBatch" => written(&sqs.delete_batch(&read(body)?)?),
        "ChangeMessageVisibility" => sqs.change_visibility(&read(body)?).map(|()| String::new()),
        "ChangeMessageVisibilityBatch" => written(&sqs.change_visibility_batch(&read(body)?)?),
        "GetQueueUrl" => written(&sqs.queue_url(&read(body)?)?),
        "ListQueues" => written(&sqs.list(&read(body)?)),
        "GetQueueAttributes" => written(&sqs.attributes(&read(body)?)?),
        "PurgeQueue" => sqs.purge(&read(body)?).map(|()| String::new()),
        "CreateQueue" | "DeleteQueue" | "SetQueueAttributes" => Err(Fault::new(
            FaultKind::UnsupportedOperation,
            "Queues come from infra/template.yaml; change them there and start again.",
        )),
        _ => Err(Fault::new(
            FaultKind::UnknownOperation,
            format!("There is no {action} here."),
        )),
    }
}

/// Reads a request. By way of a `Value`: the numbers of a text do not reach fields inside `#[serde(flatten)]`, because
/// `serde_json` is built with `arbitrary_precision`.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    let parsed = serde_json::from_slice::<Value>(body).and_then(serde_json::from_value);
    parsed.map_err(|error| {
        let text = error.to_string();
        if text.starts_with("missing field") {
            return Fault::new(
                FaultKind::MissingParameter,
                format!("The request is not complete: {text}."),
            );
        }
        Fault::new(
            FaultKind::SerializationException,
            format!("The request cannot be read: {text}."),
        )
    })
}

fn written(answer: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(answer)
        .map_err(|_| Fault::new(FaultKind::InternalFailure, "The answer cannot be written."))
}
