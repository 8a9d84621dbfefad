//! What becomes of a write with a condition, and whether a failed condition found this caller's own earlier write: the
//! SDK sends a request again when an answer is lost, and the repetition finds what the first one wrote.

use std::error::Error;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::error::ConditionalCheckFailedException;

use crate::dynamodb::attributes::{Item, Row};
use crate::{Nonce, StoreError};

/// What became of a write with a condition.
#[derive(Debug)]
pub(crate) enum ConditionalWrite<T> {
    /// It took effect; DynamoDB's answer.
    Written(T),
    /// The condition failed. The item that it found, where there is one and the request asked for it
    /// (`ReturnValuesOnConditionCheckFailure`).
    ConditionFailed(Option<Item>),
}

impl<T> ConditionalWrite<T> {
    /// Whether this write took effect, now or in an earlier attempt that recorded the same nonce.
    pub(crate) fn took_effect(&self, nonce: &Nonce) -> bool {
        match self {
            Self::Written(_) => true,
            Self::ConditionFailed(found) => found
                .as_ref()
                .is_some_and(|item| Row(item).optional_text("nonce") == Some(nonce.as_str())),
        }
    }

    /// The item that a failed condition found.
    pub(crate) fn found(&self) -> Option<&Item> {
        match self {
            Self::Written(_) => None,
            Self::ConditionFailed(found) => found.as_ref(),
        }
    }

    /// Whether the condition held. For writes that leave no nonce.
    pub(crate) fn is_written(&self) -> bool {
        matches!(self, Self::Written(_))
    }
}

/// The error of an operation that can have a condition.
pub(crate) trait ConditionError: Error + Send + Sync + 'static {
    fn failed_condition(&self) -> Option<&ConditionalCheckFailedException>;
}

impl ConditionError for PutItemError {
    fn failed_condition(&self) -> Option<&ConditionalCheckFailedException> {
        match self {
            Self::ConditionalCheckFailedException(failed) => Some(failed),
            _ => None,
        }
    }
}

impl ConditionError for UpdateItemError {
    fn failed_condition(&self) -> Option<&ConditionalCheckFailedException> {
        match self {
            Self::ConditionalCheckFailedException(failed) => Some(failed),
            _ => None,
        }
    }
}

impl ConditionError for DeleteItemError {
    fn failed_condition(&self) -> Option<&ConditionalCheckFailedException> {
        match self {
            Self::ConditionalCheckFailedException(failed) => Some(failed),
            _ => None,
        }
    }
}

/// Tells a failed condition, which is an expected outcome, from an error. `operation` names the write in the error.
pub(crate) fn conditional<T, E, R>(
    operation: &'static str,
    sent: Result<T, SdkError<E, R>>,
) -> Result<ConditionalWrite<T>, StoreError>
where
    E: ConditionError,
    R: std::fmt::Debug + 'static,
{
    let error = match sent {
        Ok(answer) => return Ok(ConditionalWrite::Written(answer)),
        Err(error) => error,
    };
    match error.as_service_error().and_then(E::failed_condition) {
        Some(failed) => {
            let found = failed.item().filter(|item| !item.is_empty()).cloned();
            Ok(ConditionalWrite::ConditionFailed(found))
        }
        None => Err(StoreError::unavailable(operation, error)),
    }
}
