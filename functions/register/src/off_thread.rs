//! Runs what computes for long on a thread that may block, under a deadline. Parsing and compiling documents of strangers is
//! bounded by its own limits, and takes a fraction of the deadline; the deadline is for what nobody thought of.

use std::time::Duration;

use api::Problem;

/// Less than the function's time-out, so that the request is answered.
const DEADLINE: Duration = Duration::from_secs(20);

/// What the work gives. Work that passes the deadline goes on, and its result is dropped.
pub(crate) async fn compute<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    within(DEADLINE, work).await
}

async fn within<T: Send + 'static>(
    deadline: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    match tokio::time::timeout(deadline, tokio::task::spawn_blocking(work)).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => {
            tracing::error!(%error, "the check of a document panicked");
            Err(Problem::internal())
        }
        Err(_) => {
            tracing::error!("the check of a document did not end in time");
            Err(Problem::unavailable())
        }
    }
}

#[cfg(test)]
mod tests {
    use api::Code;

    use super::*;

    #[tokio::test]
    async fn work_does_not_hold_up_others_and_is_given_up_at_its_deadline() {
        let (release, wait) = std::sync::mpsc::channel::<()>();
        let blocked = within(Duration::from_millis(20), move || wait.recv().is_ok());
        let quick = within(Duration::from_secs(60), || 7);
        let (blocked, quick) = tokio::join!(blocked, quick);
        assert_eq!(blocked.unwrap_err().code(), Code::Unavailable);
        assert_eq!(quick.unwrap(), 7);
        drop(release);
    }

    #[tokio::test]
    async fn a_panic_is_an_internal_error() {
        let panicked = compute(|| assert_eq!(1, 2)).await;
        assert_eq!(panicked.unwrap_err().code(), Code::Internal);
    }
}
