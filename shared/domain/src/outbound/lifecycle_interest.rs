//! What of an execution anybody wants to be told: where nobody does, nothing is written for it.

use crate::outbound::{EventType, Subscription};
use crate::{Status, WorkflowId};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LifecycleInterest {
    pub started: bool,
    pub completed: bool,
    pub failed: bool,
}

impl LifecycleInterest {
    /// Where it is not known what is watched, everything is.
    pub const EVERYTHING: Self = Self {
        started: true,
        completed: true,
        failed: true,
    };

    /// Disabled subscriptions count: what they miss is recorded for a recovery. Without the workflow's slug, subscriptions
    /// to any slug count.
    pub fn of<'a>(
        workflow: WorkflowId,
        slug: Option<&str>,
        subscriptions: impl Iterator<Item = &'a Subscription> + Clone,
    ) -> Self {
        let anybody = |event_type: EventType| {
            subscriptions
                .clone()
                .any(|subscription| subscription.watches(&event_type, workflow, slug))
        };
        Self {
            started: anybody(EventType::WorkflowStarted),
            completed: anybody(EventType::WorkflowCompleted),
            failed: anybody(EventType::WorkflowFailed),
        }
    }

    /// Whether reaching that status is an end that is watched.
    pub fn end_of(self, status: Status) -> bool {
        match status {
            Status::Succeeded => self.completed,
            Status::Failed => self.failed,
            Status::Queued
            | Status::Running
            | Status::Waiting
            | Status::Cancelled
            | Status::Rejected => false,
        }
    }
}
