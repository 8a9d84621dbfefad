//! How an execution stands, and what it came to; its steps are left where they are.

use domain::{Execution, ExecutionId, Tenant, Timestamp};
use serde_json::Value;

use crate::executions::checkpoint::Checkpoint;
use crate::{RunsTable, StoreError};

#[derive(Debug)]
pub struct ExecutionResult {
    pub execution: Execution,
    /// Where it has succeeded.
    pub output: Option<Value>,
    /// Where it has failed.
    pub error: Option<Value>,
}

impl RunsTable {
    /// `None` for one of another tenant, and one past its retention, too.
    pub async fn standing(
        &self,
        tenant: Tenant,
        id: ExecutionId,
        now: Timestamp,
    ) -> Result<Option<ExecutionResult>, StoreError> {
        let Some(state) = self.state(tenant, id, now).await? else {
            return Ok(None);
        };
        if state.execution.finished_at().is_none() {
            return Ok(Some(ExecutionResult {
                execution: state.execution,
                output: None,
                error: None,
            }));
        }
        let (request, packed) =
            futures::try_join!(self.read_request(&state), self.read_checkpoint(&state))?;
        let checkpoint = Checkpoint::unpack(&state, packed, &request.body)?;
        Ok(Some(ExecutionResult {
            execution: state.execution,
            output: checkpoint.output,
            error: checkpoint.error,
        }))
    }
}
