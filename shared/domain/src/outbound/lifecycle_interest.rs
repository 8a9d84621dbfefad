//! Which lifecycle events of an execution any subscription wants: for the others nothing is written.

use crate::outbound::{EventType, Subscription};
use crate::{Status, WorkflowId};

/// The lifecycle events of an execution that at least one subscription wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LifecycleInterest {
    /// That it began.
    pub started: bool,
    /// That it ended with an output.
    pub completed: bool,
    /// That it ended with an error.
    pub failed: bool,
}

impl LifecycleInterest {
    /// All of them: used where the subscriptions could not be read.
    pub const EVERYTHING: Self = Self {
        started: true,
        completed: true,
        failed: true,
    };

    /// The interest of these subscriptions in executions of a workflow. Disabled ones count, because what they miss is
    /// recorded for a recovery. Where the workflow's slug is not known, subscriptions to any slug count.
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

    /// Whether a subscription wants the event of an execution that ends with that status.
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
