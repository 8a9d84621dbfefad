//! Why a call to an AWS service failed, in words that a workflow's author may see. It does not know how the workflow
//! handles it.

use std::fmt;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// Why a call to an AWS service failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// An argument is malformed: the workflow's document is wrong.
    #[error("{0}")]
    Malformed(String),
    /// The resource is not on the operator's allowlist.
    #[error("{0}")]
    Forbidden(String),
    /// The service answered with an error, or with something that cannot be read.
    #[error("{detail}")]
    Refused {
        /// 403 where the role lacks the permission, 429 where the service throttles, 502 where the answer cannot be read,
        /// another 5xx where a retry may succeed.
        status: u16,
        /// The service's error code and message, or what is wrong with its answer.
        detail: String,
    },
    /// No answer within the time limit; holds the service's name.
    #[error("{0} did not answer in time")]
    Timeout(&'static str),
    /// No connection, or one that broke; holds the service's name.
    #[error("{0} could not be reached")]
    Unreachable(&'static str),
}

/// Parts of error codes that mean throttling; the services use different status codes for it.
const THROTTLED: [&str; 6] = [
    "Throttl",
    "TooManyRequests",
    "RequestThrottled",
    "RequestLimitExceeded",
    "LimitExceeded",
    "SlowDown",
];
/// Parts of error codes that mean a missing permission.
const DENIED: [&str; 3] = ["AccessDenied", "NotAuthorized", "UnrecognizedClient"];

const BAD_GATEWAY: u16 = 502;

impl Failure {
    /// `service` is the service's usual name.
    pub(crate) fn of<E>(service: &'static str, error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let failure = match &error {
            SdkError::ServiceError(answer) => Self::answered(
                service,
                answer.raw().status().as_u16(),
                answer.err().code().unwrap_or("an unknown error"),
                answer.err().message().unwrap_or_default(),
            ),
            SdkError::TimeoutError(_) => Self::Timeout(service),
            SdkError::DispatchFailure(failed) if failed.is_timeout() => Self::Timeout(service),
            _ => Self::Unreachable(service),
        };
        tracing::warn!(service, error = %DisplayErrorContext(error), "an AWS call of a workflow failed; the workflow gets the error");
        failure
    }

    /// The service did what it was asked to, and its response says something else than it should.
    pub(crate) fn unreadable(service: &'static str, cause: &dyn fmt::Display) -> Self {
        tracing::warn!(service, %cause, "the response to an AWS call of a workflow cannot be read; the workflow gets the error");
        Self::Refused {
            status: BAD_GATEWAY,
            detail: format!("{service} sent a response that cannot be read: {cause}"),
        }
    }

    pub(crate) fn answered(service: &str, status: u16, code: &str, message: &str) -> Self {
        // AWS's message names the worker's role, which is not for the workflow's author to see.
        if DENIED.iter().any(|denied| code.contains(denied)) {
            return Self::Refused {
                status: 403,
                detail: format!("{service} answered {code}: the worker's role may not do this"),
            };
        }
        let is_throttled = THROTTLED.iter().any(|throttled| code.contains(throttled));
        Self::Refused {
            status: if is_throttled { 429 } else { status },
            detail: format!("{service} answered {code}: {message}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throttling_is_429_and_a_missing_permission_403_for_every_service() {
        let status = |code| match Failure::answered("SQS", 400, code, "arn:aws:sts::1:role") {
            Failure::Refused { status, .. } => status,
            other => panic!("{other:?}"),
        };
        assert_eq!(status("ThrottlingException"), 429);
        assert_eq!(status("TooManyRequestsException"), 429);
        assert_eq!(status("RequestThrottled"), 429);
        assert_eq!(status("AccessDeniedException"), 403);
        assert_eq!(status("ResourceNotFoundException"), 400);
    }

    #[test]
    fn the_detail_of_a_missing_permission_does_not_name_the_role() {
        let failure = Failure::answered("SQS", 400, "AccessDenied", "arn:aws:sts::1:role/x");
        assert!(!failure.to_string().contains("arn:"), "{failure}");
    }
}
