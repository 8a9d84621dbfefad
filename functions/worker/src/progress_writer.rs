//! Writes what an owned execution has done: its steps, its checkpoints and its end. Every write is fenced by the lease.
//! It does not know why the execution goes on or ends.

use domain::{Ending, Execution, Status, Timestamp, UsageKind};
use engine::{Run, Step};
use serde_json::{Value, json};
use store::{CheckpointOutcome, NextState, OwnedExecution, Progress, StoreError};

use crate::answer::answer;
use crate::{App, lifecycle_events};

/// Whether this worker still owns the execution after a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ownership {
    /// The write was made.
    Kept,
    /// Another worker owns the execution, or it was ended from outside: nothing was written, and nothing may be done.
    Lost,
}

/// The only writer of an execution that this worker owns.
pub(crate) struct ProgressWriter<'a> {
    app: &'a App,
    owned: OwnedExecution,
    /// Steps that the next write records.
    steps: Vec<Value>,
    has_ended: bool,
}

impl<'a> ProgressWriter<'a> {
    pub(crate) fn new(app: &'a App, owned: OwnedExecution) -> Self {
        Self {
            app,
            owned,
            steps: Vec::new(),
            has_ended: false,
        }
    }

    pub(crate) fn execution(&self) -> &Execution {
        &self.owned.execution
    }

    /// For loading what the claim itself does not return.
    pub(crate) fn owned_mut(&mut self) -> &mut OwnedExecution {
        &mut self.owned
    }

    /// The execution, once a write of this worker has ended it.
    pub(crate) fn ended(&self) -> Option<&Execution> {
        self.has_ended.then_some(&self.owned.execution)
    }

    /// Whether a wake came while this worker owned the execution. To be asked after a wait was written.
    pub(crate) async fn is_woken(&self) -> Result<bool, StoreError> {
        self.app.aws.leases.was_woken(&self.owned).await
    }

    /// Steps to record with the next write.
    pub(crate) fn add_steps(&mut self, steps: &[Step]) {
        self.steps.extend(
            steps
                .iter()
                .filter_map(|step| serde_json::to_value(step).ok()),
        );
    }

    /// Records the run, the steps since the last write, and the execution's next status.
    pub(crate) async fn checkpoint(
        &mut self,
        run: &Run,
        next: NextState,
        now: Timestamp,
    ) -> Result<Ownership, StoreError> {
        let engine = serde_json::to_value(run).map_err(|error| StoreError::BadRecord {
            key: self.owned.execution.id.to_string(),
            reason: error.to_string(),
        })?;
        self.write_or_fail(Some(engine), next, now).await
    }

    /// Gives the execution back as the last checkpoint left it, as waiting until `resume_at`.
    pub(crate) async fn release(
        &mut self,
        resume_at: Timestamp,
        now: Timestamp,
    ) -> Result<Ownership, StoreError> {
        let aws = &self.app.aws;
        let nonce = aws.random.nonce();
        let released = aws.leases.release(&mut self.owned, resume_at, now, &nonce);
        Ok(match released.await? {
            CheckpointOutcome::Written => Ownership::Kept,
            CheckpointOutcome::LeaseLost => Ownership::Lost,
        })
    }

    /// Ends the execution as succeeded.
    pub(crate) async fn succeed(
        &mut self,
        output: Value,
        now: Timestamp,
    ) -> Result<Ownership, StoreError> {
        let next = NextState::Succeeded { output };
        self.write_or_fail(None, next, now).await
    }

    /// Ends the execution as failed where its state or output is too large to be stored.
    async fn write_or_fail(
        &mut self,
        engine: Option<Value>,
        next: NextState,
        now: Timestamp,
    ) -> Result<Ownership, StoreError> {
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

    /// Ends the execution as failed, with the DSL's runtime error, for a reason outside the workflow's document.
    pub(crate) async fn fail(
        &mut self,
        reason: &str,
        now: Timestamp,
    ) -> Result<Ownership, StoreError> {
        let error = json!({
            "type": "https://serverlessworkflow.io/spec/1.0.0/errors/runtime",
            "title": "Runtime Error",
            "status": 500,
            "detail": reason,
            "instance": "/do",
        });
        self.fault(error, now).await
    }

    /// Ends the execution as failed, with this error.
    pub(crate) async fn fault(
        &mut self,
        error: Value,
        now: Timestamp,
    ) -> Result<Ownership, StoreError> {
        self.write(None, NextState::Failed { error }, now).await
    }

    async fn write(
        &mut self,
        engine: Option<Value>,
        next: NextState,
        now: Timestamp,
    ) -> Result<Ownership, StoreError> {
        let answer = match self.owned.is_answer_wanted() {
            true => answer(self.app, &self.owned.execution, &next, now).await,
            false => None,
        };
        let progress = Progress {
            engine,
            steps: std::mem::take(&mut self.steps),
            answer,
        };
        let status = next.status();
        let aws = &self.app.aws;
        let nonce = aws.random.nonce();
        let leases = &aws.leases;
        let written = leases.checkpoint(&mut self.owned, progress, next, now, &nonce);
        match written.await? {
            CheckpointOutcome::Written => {
                self.has_ended = Ending::from_status(status).is_some();
                tracing::Span::current().record("status", status.as_str());
                if status == Status::Failed {
                    let org = self.owned.execution.tenant.org;
                    aws.usage.count(org, UsageKind::Failure, now);
                }
                if self.owned.has_events_to_publish(status) {
                    lifecycle_events::announce(aws, &self.owned.execution).await;
                }
                Ok(Ownership::Kept)
            }
            CheckpointOutcome::LeaseLost => {
                let execution = self.owned.execution.id;
                tracing::warn!(%execution, "lease lost: another worker owns the execution, or it was cancelled");
                Ok(Ownership::Lost)
            }
        }
    }
}
