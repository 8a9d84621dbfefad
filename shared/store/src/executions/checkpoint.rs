//! A checkpoint: what a worker resumes an execution from. It is stored compressed, with the body of the request as the
//! dictionary, because steps repeat much of it.

use domain::{ExecutionAnswer, Status, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::dynamodb::compression::{Dictionary, compress, decompress};
use crate::dynamodb::versioned_json;
use crate::executions::state_item::StateItem;
use crate::{ExecutionLeases, OwnedExecution, StoreError};

/// What a worker resumes from.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Checkpoint {
    v: u32,
    /// The engine's state; absent once the execution has ended.
    pub engine: Option<Value>,
    /// Steps that are in no page yet.
    pub(crate) tail: Vec<Value>,
    /// The execution's output, where it has succeeded.
    pub output: Option<Value>,
    /// The execution's error, where it has failed.
    pub error: Option<Value>,
}

/// What happened since the last checkpoint.
#[derive(Debug)]
pub struct Progress {
    /// The engine's state; absent where the execution ends.
    pub engine: Option<Value>,
    /// The steps that were completed.
    pub steps: Vec<Value>,
    /// The answer that its end goes with, where a sender waits for one.
    pub answer: Option<ExecutionAnswer>,
}

/// The state that an execution has after a checkpoint.
#[derive(Debug)]
pub enum NextState {
    /// Its owner continues.
    Running,
    /// Another worker continues.
    Queued,
    /// It continues at a later time.
    Waiting {
        /// When its wait ends.
        resume_at: Timestamp,
    },
    /// It has ended with an output.
    Succeeded {
        /// What the workflow gave.
        output: Value,
    },
    /// It has ended with an error.
    Failed {
        /// What went wrong.
        error: Value,
    },
}

impl NextState {
    /// The status that the execution has in this state.
    pub fn status(&self) -> Status {
        match self {
            Self::Running => Status::Running,
            Self::Queued => Status::Queued,
            Self::Waiting { .. } => Status::Waiting,
            Self::Succeeded { .. } => Status::Succeeded,
            Self::Failed { .. } => Status::Failed,
        }
    }

    pub(crate) fn is_end(&self) -> bool {
        match self {
            Self::Succeeded { .. } | Self::Failed { .. } => true,
            Self::Running | Self::Queued | Self::Waiting { .. } => false,
        }
    }
}

impl Checkpoint {
    pub(crate) fn new(engine: Option<Value>, tail: Vec<Value>, next: &NextState) -> Self {
        let (output, error) = match next {
            NextState::Succeeded { output } => (Some(output.clone()), None),
            NextState::Failed { error } => (None, Some(error.clone())),
            NextState::Running | NextState::Queued | NextState::Waiting { .. } => (None, None),
        };
        Self {
            v: 1,
            engine,
            tail,
            output,
            error,
        }
    }

    pub(crate) fn pack(&self, body: Option<&[u8]>) -> Result<Vec<u8>, StoreError> {
        let json = serde_json::to_vec(self)
            .map_err(|error| StoreError::bad("a new checkpoint", error.to_string()))?;
        let dictionary = body.map_or(Dictionary::None, Dictionary::Body);
        compress(&json, dictionary, "the workflow's data")
    }

    /// The default where nothing is stored. `body` is that of the execution's request.
    pub(crate) fn unpack(
        state: &StateItem,
        packed: Option<Vec<u8>>,
        body: &[u8],
    ) -> Result<Self, StoreError> {
        let Some(packed) = packed else {
            return Ok(Self::default());
        };
        let id = state.execution.id.to_string();
        let json = decompress(&packed, Dictionary::Body(body))
            .map_err(|error| StoreError::bad(id.clone(), format!("checkpoint: {error}")))?;
        versioned_json::read(&id, "checkpoint", &json, |checkpoint: &Self| checkpoint.v)
    }
}

impl ExecutionLeases {
    /// Reads the checkpoint of an execution that was claimed; the default where it has none. `body` is that of its
    /// request.
    pub async fn load_checkpoint(
        &self,
        owned: &mut OwnedExecution,
        body: &[u8],
    ) -> Result<Checkpoint, StoreError> {
        let (packed, units) = self.items.read_checkpoint(&owned.state).await?;
        owned.cost = owned.cost.with_reads(units);
        let checkpoint = Checkpoint::unpack(&owned.state, packed, body)?;
        owned.tail.clone_from(&checkpoint.tail);
        owned.body = Some(body.to_vec());
        Ok(checkpoint)
    }
}
