//! An execution: one run of a workflow, as its state record holds it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{ExecutionId, SenderDeliveryId, Tenant, Timestamp, TriggerId, WorkflowId};

/// The status of an execution, as a client sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Status {
    /// Recorded, and not begun.
    Queued,
    /// A worker owns it.
    Running,
    /// It goes on at a later time, or when something answers.
    Waiting,
    /// It ended with an output.
    Succeeded,
    /// It ended with an error.
    Failed,
    /// A client ended it.
    Cancelled,
    /// It never began, because the workflow was not active.
    Rejected,
}

/// How an execution ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// With an output.
    Succeeded,
    /// With an error.
    Failed,
    /// By a client.
    Cancelled,
    /// It never began, because the workflow was not active.
    Rejected,
}

/// The state of an execution, with its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Recorded, and not begun.
    Queued,
    /// Owned by one worker.
    Running {
        /// Until then; afterwards any worker may claim it.
        lease_until: Timestamp,
    },
    /// It goes on later.
    Waiting {
        /// At that time, if nothing wakes it before.
        resume_at: Timestamp,
    },
    /// Nothing about it changes any more.
    Ended {
        /// How it ended.
        ending: Ending,
        /// When it ended.
        at: Timestamp,
        /// When its records may be removed.
        expires_at: Timestamp,
    },
}

/// One run of a workflow.
#[derive(Clone, Debug, PartialEq)]
pub struct Execution {
    /// Its id, which is derived from the sender's delivery id where there is one.
    pub id: ExecutionId,
    /// The owner.
    pub tenant: Tenant,
    /// The workflow that it runs.
    pub workflow_id: WorkflowId,
    /// The version it started with, and keeps.
    pub workflow_version: u64,
    /// The trigger that began it.
    pub trigger_id: TriggerId,
    /// The sender's id of the webhook, where the sender gave one.
    pub delivery_id: Option<SenderDeliveryId>,
    /// The execution that this one replays, or that runs it.
    pub parent_id: Option<ExecutionId>,
    /// Whether it is a test with a trigger's sample.
    pub is_test: bool,
    /// Whether its request was edited before it was replayed, or is that of an execution whose request was.
    pub is_edited: bool,
    /// When it was recorded.
    pub created_at: Timestamp,
    /// When a worker first claimed it.
    pub started_at: Option<Timestamp>,
    /// Its state.
    pub phase: Phase,
}

/// The text names no status.
#[derive(Debug, thiserror::Error)]
#[error("expected one of queued, running, waiting, succeeded, failed, cancelled, rejected")]
pub struct UnknownStatus;

impl Status {
    /// Reads a status as JSON writes it.
    pub fn parse(text: &str) -> Result<Self, UnknownStatus> {
        match text {
            "queued" => Ok(Self::Queued),
            "running" => Ok(Self::Running),
            "waiting" => Ok(Self::Waiting),
            "succeeded" => Ok(Self::Succeeded),
            "failed" => Ok(Self::Failed),
            "cancelled" => Ok(Self::Cancelled),
            "rejected" => Ok(Self::Rejected),
            _ => Err(UnknownStatus),
        }
    }

    /// As JSON writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Rejected => "rejected",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Ending {
    /// The status of an execution that ended so.
    pub fn status(self) -> Status {
        match self {
            Self::Succeeded => Status::Succeeded,
            Self::Failed => Status::Failed,
            Self::Cancelled => Status::Cancelled,
            Self::Rejected => Status::Rejected,
        }
    }

    /// The end that a status means; `None` for a status that is not an end.
    pub fn from_status(status: Status) -> Option<Self> {
        match status {
            Status::Succeeded => Some(Self::Succeeded),
            Status::Failed => Some(Self::Failed),
            Status::Cancelled => Some(Self::Cancelled),
            Status::Rejected => Some(Self::Rejected),
            Status::Queued | Status::Running | Status::Waiting => None,
        }
    }
}

impl Execution {
    /// The status that a client sees.
    pub fn status(&self) -> Status {
        match self.phase {
            Phase::Queued => Status::Queued,
            Phase::Running { .. } => Status::Running,
            Phase::Waiting { .. } => Status::Waiting,
            Phase::Ended { ending, .. } => ending.status(),
        }
    }

    /// When it ended, if it has.
    pub fn finished_at(&self) -> Option<Timestamp> {
        match self.phase {
            Phase::Ended { at, .. } => Some(at),
            Phase::Queued | Phase::Running { .. } | Phase::Waiting { .. } => None,
        }
    }

    /// Whether its retention is over. DynamoDB removes expired records late, so every reader has to ask.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        match self.phase {
            Phase::Ended { expires_at, .. } => expires_at <= now,
            Phase::Queued | Phase::Running { .. } | Phase::Waiting { .. } => false,
        }
    }

    /// The trigger id of executions that another workflow runs (`run: workflow`).
    pub fn trigger_of_runs(workflow: WorkflowId) -> TriggerId {
        TriggerId::derived(&["run", &workflow.to_string()])
    }

    /// The execution that runs this one, and may wait for its end.
    pub fn runner(&self) -> Option<ExecutionId> {
        let is_run = self.trigger_id == Self::trigger_of_runs(self.workflow_id);
        self.parent_id.filter(|_| is_run)
    }

    /// The id of the execution of one delivery to one trigger. A repeat has the same id, so this is the dedup key.
    pub fn id_for_delivery(
        workflow: WorkflowId,
        trigger: TriggerId,
        delivery: &SenderDeliveryId,
    ) -> ExecutionId {
        ExecutionId::derived(&[
            "delivery",
            &workflow.to_string(),
            &trigger.to_string(),
            delivery.as_str(),
        ])
    }
}
