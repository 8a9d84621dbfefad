//! Why a call came to nothing, in words that a workflow's author may see. It does not know what the
//! workflow makes of it.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// Why a call came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// What is named is not of its form; the document is wrong.
    #[error("{0}")]
    Malformed(String),
    /// The operator does not permit it.
    #[error("{0}")]
    Forbidden(String),
    /// The service answered with an error. Of the status, 403 means that the role may not, 429 that
    /// it is too much now, 5xx that it may work later.
    #[error("{detail}")]
    Refused { status: u16, detail: String },
    #[error("{0} did not answer in time")]
    Timeout(&'static str),
    #[error("{0} could not be reached")]
    Unreachable(&'static str),
}

/// What a service's errors mean; the services do not agree on status codes.
const THROTTLED: [&str; 6] = [
    "Throttl",
    "TooManyRequests",
    "RequestThrottled",
    "RequestLimitExceeded",
    "LimitExceeded",
    "SlowDown",
];
const DENIED: [&str; 3] = ["AccessDenied", "NotAuthorized", "UnrecognizedClient"];

impl Failure {
    /// `service` as people call it.
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
        tracing::warn!(service, error = %DisplayErrorContext(error), "a workflow's call failed");
        failure
    }

    pub(crate) fn answered(service: &str, status: u16, code: &str, message: &str) -> Self {
        // Whose role it is that may not, is nothing for the workflow's author.
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
    fn throttles_and_denials_have_one_status_whatever_the_service_says() {
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
    fn a_denial_does_not_name_the_role() {
        let failure = Failure::answered("SQS", 400, "AccessDenied", "arn:aws:sts::1:role/x");
        assert!(!failure.to_string().contains("arn:"), "{failure}");
    }
}
