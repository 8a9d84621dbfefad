//! What can go wrong between a function and AWS. Expected outcomes are values, not errors.

use std::error::Error;

use aws_sdk_dynamodb::error::{DisplayErrorContext, SdkError};

/// AWS did not answer, or a record cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Throttled, timed out, failed after the SDK's retries, or met a record of a newer version of this program, which
    /// will read it: the same call may work later.
    #[error("{operation} did not succeed: {cause}")]
    Unavailable {
        /// What was to be done.
        operation: &'static str,
        /// What AWS or the connection said.
        cause: String,
    },
    /// No version of this program wrote this record: another attempt does not help.
    #[error("the record {key} cannot be read: {reason}")]
    BadRecord {
        /// The record, as far as it is known.
        key: String,
        /// Which attribute is wrong, and why.
        reason: String,
    },
    /// The data is larger than an item can hold.
    #[error("{what} takes {bytes} bytes compressed; the limit is {limit_bytes}")]
    TooLarge {
        /// Which data.
        what: &'static str,
        /// Its compressed size.
        bytes: usize,
        /// The largest size that is allowed.
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

    /// While a deployment is under way, or after it was rolled back, a record may be newer than this program.
    pub(crate) fn newer(key: String, version: i64) -> Self {
        Self::Unavailable {
            operation: "read a record",
            cause: format!("{key} is of version {version}, which is newer than this program"),
        }
    }

    pub(crate) fn bad(key: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::BadRecord {
            key: key.into(),
            reason: reason.into(),
        }
    }
}
