//! What can go wrong between a function and its tables. Expected outcomes are values, not errors.

use std::error::Error;

use aws_sdk_dynamodb::error::{DisplayErrorContext, SdkError};

/// A table did not answer, or holds a row that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Throttled, timed out, or failed after the SDK's retries: the same call may work later.
    #[error("{operation} did not succeed: {cause}")]
    Unavailable {
        operation: &'static str,
        cause: String,
    },
    /// A row that no version of this program wrote: trying again does not help.
    #[error("the record {key} cannot be read: {reason}")]
    BadRecord { key: String, reason: String },
    /// The data is larger than an item can hold.
    #[error("{what} takes {bytes} bytes compressed; the limit is {limit_bytes}")]
    TooLarge {
        what: &'static str,
        bytes: usize,
        limit_bytes: usize,
    },
}

impl StoreError {
    pub(crate) fn unavailable<E, R>(operation: &'static str, error: SdkError<E, R>) -> Self
    where
        E: Error + 'static,
        R: std::fmt::Debug + 'static,
    {
        Self::Unavailable {
            operation,
            cause: DisplayErrorContext(error).to_string(),
        }
    }

    pub(crate) fn bad(key: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::BadRecord {
            key: key.into(),
            reason: reason.into(),
        }
    }
}
