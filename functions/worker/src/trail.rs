//! What an execution leaves behind as it goes: steps and checkpoints, each write fenced.

use domain::{Ending, Execution, Timestamp};
use engine::{Run, Step};
use serde_json::{Value, json};
use store::{AwsContext, CheckpointOutcome, NextState, OwnedExecution, Progress, StoreError};

use crate::news;

/// Whether to go on after a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Onward {
    Go,
    /// Somebody else owns the execution, or has ended it: nothing more may be done.
    Stop,
}

/// The record of one execution that this worker owns.
pub(crate) struct Trail<'a> {
    aws: &'a AwsContext,
    owned: OwnedExecution,
    steps: Vec<Value>,
    has_ended: bool,
}

impl<'a> Trail<'a> {
    pub(crate) fn new(aws: &'a AwsContext, owned: OwnedExecution) -> Self {
        Self {
            aws,
            owned,
            steps: Vec::new(),
            has_ended: false,
        }
    }

    pub(crate) fn execution(&self) -> &Execution {
        &self.owned.execution
    }

    /// The execution, once this owner has ended it.
    pub(crate) fn ended(&self) -> Option<&Execution> {
        self.has_ended.then_some(&self.owned.execution)
    }

    /// Whether somebody wanted to wake it meanwhile; to be asked once a wait is written.
    pub(crate) async fn is_marked(&self) -> Result<bool, StoreError> {
        self.aws.leases.was_woken(&self.owned).await
    }

    pub(crate) fn note(&mut self, steps: &[Step]) {
        self.steps.extend(
            steps
                .iter()
                .filter_map(|step| serde_json::to_value(step).ok()),
        );
    }

    /// Records what has happened since the last write, and where the execution stands.
    pub(crate) async fn stand(
        &mut self,
        run: &Run,
        next: NextState,
        now: Timestamp,
    ) -> Result<Onward, StoreError> {
        let engine = serde_json::to_value(run).map_err(|error| StoreError::BadRecord {
            key: self.owned.execution.id.to_string(),
            reason: error.to_string(),
        })?;
        self.write_or_fail(Some(engine), next, now).await
    }

    /// Gives the execution back as it was found, until then.
    pub(crate) async fn put_back(
        &mut self,
        engine: Option<Value>,
        resume_at: Timestamp,
        now: Timestamp,
    ) -> Result<Onward, StoreError> {
        self.write(engine, NextState::Waiting { resume_at }, now)
            .await
    }

    pub(crate) async fn succeed(
        &mut self,
        output: Value,
        now: Timestamp,
    ) -> Result<Onward, StoreError> {
        let next = NextState::Succeeded { output };
        self.write_or_fail(None, next, now).await
    }

    /// What is too large to keep ends the execution, which says so.
    async fn write_or_fail(
        &mut self,
        engine: Option<Value>,
        next: NextState,
        now: Timestamp,
    ) -> Result<Onward, StoreError> {
        match self.write(engine, next, now).await {
            Err(StoreError::TooLarge {
                what,
                bytes,
                limit_bytes,
            }) => {
                let reason = format!(
                    "{what} takes {bytes} bytes compressed, more than the {limit_bytes} that can be kept"
                );
                self.fail(&reason, now).await
            }
            other => other,
        }
    }

    /// Fails for a reason that lies outside the document, as the DSL's runtime error.
    pub(crate) async fn fail(
        &mut self,
        reason: &str,
        now: Timestamp,
    ) -> Result<Onward, StoreError> {
        let error = json!({
            "type": "https://serverlessworkflow.io/spec/1.0.0/errors/runtime",
            "title": "Runtime Error",
            "status": 500,
            "detail": reason,
            "instance": "/do",
        });
        self.fault(error, now).await
    }

    pub(crate) async fn fault(
        &mut self,
        error: Value,
        now: Timestamp,
    ) -> Result<Onward, StoreError> {
        self.write(None, NextState::Failed { error }, now).await
    }

    async fn write(
        &mut self,
        engine: Option<Value>,
        next: NextState,
        now: Timestamp,
    ) -> Result<Onward, StoreError> {
        let progress = Progress {
            engine,
            steps: std::mem::take(&mut self.steps),
        };
        let status = next.status();
        let nonce = self.aws.random.nonce();
        let fenced = self
            .aws
            .leases
            .checkpoint(&mut self.owned, progress, next, now, &nonce);
        match fenced.await? {
            CheckpointOutcome::Written => {
                self.has_ended = Ending::from_status(status).is_some();
                tracing::Span::current().record("status", status.as_str());
                if self.owned.has_events_to_publish(status) {
                    news::announce(self.aws, &self.owned.execution).await;
                }
                Ok(Onward::Go)
            }
            CheckpointOutcome::LeaseLost => {
                let execution = self.owned.execution.id;
                tracing::warn!(%execution, "the lease was lost; another worker goes on");
                Ok(Onward::Stop)
            }
        }
    }
}
