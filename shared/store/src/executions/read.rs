//! Reading one execution: its status, its result, its request, or all of it.

use domain::{Cost, Execution, ExecutionId, StepPosition, Tenant, Timestamp, WebhookRequest};
use serde_json::Value;

use crate::executions::checkpoint::Checkpoint;
use crate::executions::cost::up_to_last_write;
use crate::{Executions, StepReader, StoreError};

/// One execution with its request, its steps and its result.
pub struct ExecutionDetail {
    /// Its status and times.
    pub execution: Execution,
    /// The request that it was recorded with.
    pub request: WebhookRequest,
    /// What the engine recorded of each task, in order.
    pub steps: StepReader,
    /// Where it has succeeded.
    pub output: Option<Value>,
    /// Where it has failed.
    pub error: Option<Value>,
    /// What it has cost up to its last write.
    pub cost: Cost,
}

/// One execution with its result, without its steps.
#[derive(Debug)]
pub struct ExecutionResult {
    /// Its status and times.
    pub execution: Execution,
    /// Where it has succeeded.
    pub output: Option<Value>,
    /// Where it has failed.
    pub error: Option<Value>,
}

/// Every read answers `None` for an execution of another tenant or past its retention, too.
impl Executions {
    /// The status and times of an execution.
    pub async fn find(
        &self,
        tenant: Tenant,
        id: ExecutionId,
        now: Timestamp,
    ) -> Result<Option<Execution>, StoreError> {
        let state = self.items.state_of(tenant, id, now).await?;
        Ok(state.map(|state| state.execution))
    }

    /// An execution with its request, its steps and its result.
    pub async fn detail(
        &self,
        tenant: Tenant,
        id: ExecutionId,
        now: Timestamp,
    ) -> Result<Option<ExecutionDetail>, StoreError> {
        let Some(state) = self.items.state_of(tenant, id, now).await? else {
            return Ok(None);
        };
        let ((request, request_bytes), packed) = futures::try_join!(
            self.items.read_request(&state),
            self.items.packed_checkpoint(&state),
        )?;
        let Checkpoint {
            tail,
            output,
            error,
            ..
        } = Checkpoint::unpack(&state, packed, &request.body)?;
        let first = StepPosition::default();
        Ok(Some(ExecutionDetail {
            cost: up_to_last_write(&state, request_bytes),
            execution: state.execution.clone(),
            request,
            steps: StepReader::new(self.items.clone(), state, first, Some(tail)),
            output,
            error,
        }))
    }

    /// The steps of an execution from a position on.
    pub async fn steps(
        &self,
        tenant: Tenant,
        id: ExecutionId,
        from: StepPosition,
        now: Timestamp,
    ) -> Result<Option<StepReader>, StoreError> {
        let state = self.items.state_of(tenant, id, now).await?;
        Ok(state.map(|state| StepReader::new(self.items.clone(), state, from, None)))
    }

    /// An execution with its result. Where it has not ended, only its state item is read.
    pub async fn result(
        &self,
        tenant: Tenant,
        id: ExecutionId,
        now: Timestamp,
    ) -> Result<Option<ExecutionResult>, StoreError> {
        let Some(state) = self.items.state_of(tenant, id, now).await? else {
            return Ok(None);
        };
        if state.execution.finished_at().is_none() {
            return Ok(Some(ExecutionResult {
                execution: state.execution,
                output: None,
                error: None,
            }));
        }
        let (_, checkpoint) = self.items.request_and_checkpoint(&state).await?;
        Ok(Some(ExecutionResult {
            execution: state.execution,
            output: checkpoint.output,
            error: checkpoint.error,
        }))
    }

    /// The request that an execution was recorded with.
    pub async fn request(
        &self,
        tenant: Tenant,
        id: ExecutionId,
        now: Timestamp,
    ) -> Result<Option<WebhookRequest>, StoreError> {
        match self.items.state_of(tenant, id, now).await? {
            Some(state) => self.items.request(&state).await.map(Some),
            None => Ok(None),
        }
    }
}
