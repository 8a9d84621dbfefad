//! One run of a workflow, as its small state record tells it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{ExecutionId, SenderDeliveryId, Tenant, Timestamp, TriggerId, WorkflowId};

/// What a client sees of an execution's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Queued,
    Running,
    Waiting,
    Succeeded,
    Failed,
    Cancelled,
    Rejected,
}

/// How an execution ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    Succeeded,
    Failed,
    Cancelled,
    /// It never ran: the workflow was not active.
    Rejected,
}

/// Where an execution stands, with what belongs to that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Queued,
    /// Owned by one worker until `lease_until`; afterwards anybody may take it over.
    Running {
        lease_until: Timestamp,
    },
    Waiting {
        resume_at: Timestamp,
    },
    Ended {
        ending: Ending,
        at: Timestamp,
        expires_at: Timestamp,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Execution {
    pub id: ExecutionId,
    pub tenant: Tenant,
    pub workflow_id: WorkflowId,
    /// The version it started with, and keeps.
    pub workflow_version: u64,
    pub trigger_id: TriggerId,
    pub delivery_id: Option<SenderDeliveryId>,
    /// The execution that this one replays, or that runs it.
    pub parent_id: Option<ExecutionId>,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub phase: Phase,
}

/// The text names no status.
#[derive(Debug, thiserror::Error)]
#[error("expected one of queued, running, waiting, succeeded, failed, cancelled, rejected")]
pub struct UnknownStatus;

impl Status {
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
    pub fn status(self) -> Status {
        match self {
            Self::Succeeded => Status::Succeeded,
            Self::Failed => Status::Failed,
            Self::Cancelled => Status::Cancelled,
            Self::Rejected => Status::Rejected,
        }
    }

    /// `None` for a status that is not an end.
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
    pub fn status(&self) -> Status {
        match self.phase {
            Phase::Queued => Status::Queued,
            Phase::Running { .. } => Status::Running,
            Phase::Waiting { .. } => Status::Waiting,
            Phase::Ended { ending, .. } => ending.status(),
        }
    }

    pub fn finished_at(&self) -> Option<Timestamp> {
        match self.phase {
            Phase::Ended { at, .. } => Some(at),
            Phase::Queued | Phase::Running { .. } | Phase::Waiting { .. } => None,
        }
    }

    /// TTL removes records late, so every reader asks.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        match self.phase {
            Phase::Ended { expires_at, .. } => expires_at <= now,
            Phase::Queued | Phase::Running { .. } | Phase::Waiting { .. } => false,
        }
    }

    /// What stands in the place of a trigger where another workflow runs this one (`run: workflow`).
    pub fn trigger_of_runs(workflow: WorkflowId) -> TriggerId {
        TriggerId::derived(&["run", &workflow.to_string()])
    }

    /// The execution that runs this one, and may wait for its end.
    pub fn runner(&self) -> Option<ExecutionId> {
        let is_run = self.trigger_id == Self::trigger_of_runs(self.workflow_id);
        self.parent_id.filter(|_| is_run)
    }

    /// The id under which one delivery to one trigger is known: the dedup key itself.
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
