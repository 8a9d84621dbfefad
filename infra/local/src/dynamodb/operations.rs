//! DynamoDB's JSON protocol on the embedded database without its HTTP server: reads a request, runs it, and writes the
//! same answer that the server would send. Only the operations on items are here, which are all that Sluice uses; the
//! server has the others. It does not check signatures, and a field of the wrong JSON type, which the SDK cannot send, gets
//! the right error in words of its own.

use bytes::Bytes;
use dynoxide::{Database, DynoxideError};
use http::{Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::combining_lock::CombiningLock;

const CONTENT_TYPE: &str = "application/x-amz-json-1.0";
const UNKNOWN_OPERATION: &str =
    r#"{"__type":"com.amazon.coral.service#UnknownOperationException"}"#;
const EMPTY_VALUE: &str =
    "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes";
const ENVELOPE: &str = "1 validation error detected: ";

/// Runs an operation, such as `GetItem`.
pub(crate) async fn answer(
    database: &CombiningLock<Database>,
    operation: &str,
    body: &[u8],
) -> Response<Bytes> {
    let (status, body) = match perform(database, operation, body).await {
        Some(Ok(body)) => (StatusCode::OK, body),
        Some(Err(error)) => {
            let error = enveloped(operation, error);
            (
                StatusCode::from_u16(error.status_code()).unwrap_or(StatusCode::BAD_REQUEST),
                error.to_json().into_bytes(),
            )
        }
        None => (StatusCode::BAD_REQUEST, UNKNOWN_OPERATION.into()),
    };
    crate::protocol::response(status, CONTENT_TYPE, body)
}

async fn perform(
    database: &CombiningLock<Database>,
    operation: &str,
    body: &[u8],
) -> Option<Result<Vec<u8>, DynoxideError>> {
    Some(match operation {
        "BatchGetItem" => run(database, body, Database::batch_get_item).await,
        "BatchWriteItem" => run(database, body, Database::batch_write_item).await,
        "DeleteItem" => run(database, body, Database::delete_item).await,
        "GetItem" => run(database, body, Database::get_item).await,
        "PutItem" => run(database, body, Database::put_item).await,
        "Query" => run(database, body, Database::query).await,
        "Scan" => run(database, body, Database::scan).await,
        "TransactGetItems" => run(database, body, Database::transact_get_items).await,
        "TransactWriteItems" => run(database, body, Database::transact_write_items).await,
        "UpdateItem" => run(database, body, Database::update_item).await,
        _ => return None,
    })
}

/// Only what the database itself does needs its lock; reading and writing JSON does not.
async fn run<T: DeserializeOwned + Send + 'static, U: Serialize + Send + 'static>(
    database: &CombiningLock<Database>,
    body: &[u8],
    operation: impl FnOnce(&Database, T) -> Result<U, DynoxideError> + Send + 'static,
) -> Result<Vec<u8>, DynoxideError> {
    let request = serde_json::from_slice(body).map_err(|error| refusal(&error.to_string()))?;
    let operation = move |database: &Database| operation(database, request);
    let answer = database.run(operation).await?;
    serde_json::to_vec(&answer)
        .map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

/// The text of a parse error says which error of DynamoDB it is: some begin with a mark, others are known by their words.
fn refusal(text: &str) -> DynoxideError {
    let message = text
        .rfind(" at line ")
        .map_or(text, |position| &text[..position]);
    let has = |part: &&str| text.contains(part);
    if let Some(message) = message.strip_prefix("VALIDATION_REQUEST:") {
        DynoxideError::EnvelopedValidation(message.to_owned())
    } else if let Some(message) = message.strip_prefix("VALIDATION:") {
        DynoxideError::ValidationException(message.to_owned())
    } else if let Some(message) = message.strip_prefix("SERIALIZATION:") {
        DynoxideError::SerializationException(message.to_owned())
    } else if ["missing field", "unknown variant", "invalid type: null"]
        .iter()
        .any(has)
    {
        DynoxideError::ValidationException(text.to_owned())
    } else if has(&"empty AttributeValue") {
        DynoxideError::ValidationException(EMPTY_VALUE.to_owned())
    } else if has(&"Supplied AttributeValue") {
        DynoxideError::ValidationException(message.to_owned())
    } else {
        DynoxideError::SerializationException(message.to_owned())
    }
}

/// DynamoDB puts a prefix before what it says of a request to write one item.
fn enveloped(operation: &str, error: DynoxideError) -> DynoxideError {
    match error {
        DynoxideError::EnvelopedValidation(message)
            if ["PutItem", "UpdateItem", "DeleteItem"].contains(&operation) =>
        {
            DynoxideError::ValidationException(format!("{ENVELOPE}{message}"))
        }
        error => error,
    }
}

#[cfg(test)]
mod tests;
