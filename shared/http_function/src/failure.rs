//! Why a request was not served: a problem that the client can act on, or a failed call to AWS, which is logged and
//! answered without its cause.

use api::Problem;
use store::StoreError;

/// Why a request was not served.
#[derive(Debug)]
pub enum Failure {
    /// The request was refused; the client reads why.
    Refused(Problem),
    /// A call to AWS failed, or returned what cannot be read.
    Store(StoreError),
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Failure {
    /// The problem to answer with. This is the one place where these functions log a failed call to AWS.
    pub(crate) fn into_problem(self) -> Problem {
        let error = match self {
            Self::Refused(problem) => return problem,
            Self::Store(error) => error,
        };
        match error {
            StoreError::Unavailable { .. } => {
                tracing::warn!(%error, "AWS did not serve a call; the client is asked to try again");
                Problem::unavailable()
            }
            StoreError::BadRecord { .. } | StoreError::TooLarge { .. } => {
                tracing::error!(%error, "a stored record could not be read or written; the request failed");
                Problem::internal()
            }
        }
    }
}
