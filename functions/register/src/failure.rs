//! Why a request did not succeed: a refusal that the client reads, or AWS that did not answer, which
//! goes to the log.

use api::Problem;
use store::StoreError;

#[derive(Debug)]
pub(crate) enum Failure {
    Refused(Problem),
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
    /// The one place where a failure of AWS is logged.
    pub(crate) fn into_problem(self) -> Problem {
        let error = match self {
            Self::Refused(problem) => return problem,
            Self::Store(error) => error,
        };
        match error {
            StoreError::Unavailable { .. } => {
                tracing::warn!(%error, "AWS did not answer");
                Problem::unavailable()
            }
            StoreError::BadRecord { .. } | StoreError::TooLarge { .. } => {
                tracing::error!(%error, "a request could not be served");
                Problem::internal()
            }
        }
    }
}
