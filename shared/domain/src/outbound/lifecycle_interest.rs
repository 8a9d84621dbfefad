//! Which lifecycle events of an execution any subscription wants: for the others nothing is written.

use crate::outbound::EventType;
use crate::outbound::subscription::concerns;
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

/// What one subscription watches of executions: small, whatever its headers and its template take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    interest: LifecycleInterest,
    workflow_ids: Vec<WorkflowId>,
    slug: Option<String>,
}

impl Watch {
    /// The watch of a subscription to these events; `None` where none is a lifecycle event of executions.
    pub fn new(
        events: &[EventType],
        workflow_ids: Vec<WorkflowId>,
        slug: Option<String>,
    ) -> Option<Self> {
        let interest = LifecycleInterest {
            started: events.contains(&EventType::WorkflowStarted),
            completed: events.contains(&EventType::WorkflowCompleted),
            failed: events.contains(&EventType::WorkflowFailed),
        };
        (interest != LifecycleInterest::NOTHING).then_some(Self {
            interest,
            workflow_ids,
            slug,
        })
    }

    /// Whether it watches executions with any slug.
    pub fn is_of_any_slug(&self) -> bool {
        self.slug.is_none()
    }
}

impl LifecycleInterest {
    /// None of them.
    pub const NOTHING: Self = Self {
        started: false,
        completed: false,
        failed: false,
    };

    /// All of them: used where the subscriptions could not be read.
    pub const EVERYTHING: Self = Self {
        started: true,
        completed: true,
        failed: true,
    };

    /// What these watches want of executions of a workflow. Those of disabled subscriptions count, because what they miss is
    /// recorded for a recovery. Where the workflow's slug is not known, watches of any slug count.
    pub fn of<'a>(
        workflow: WorkflowId,
        slug: Option<&str>,
        watches: impl Iterator<Item = &'a Watch>,
    ) -> Self {
        let concerned = watches
            .filter(|watch| concerns(&watch.workflow_ids, watch.slug.as_deref(), workflow, slug));
        concerned.fold(Self::NOTHING, |all, watch| Self {
            started: all.started || watch.interest.started,
            completed: all.completed || watch.interest.completed,
            failed: all.failed || watch.interest.failed,
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(events: &[EventType], workflows: &[WorkflowId], slug: Option<&str>) -> Option<Watch> {
        Watch::new(events, workflows.to_vec(), slug.map(str::to_owned))
    }

    #[test]
    fn a_subscription_to_other_events_watches_no_execution() {
        assert_eq!(watch(&[EventType::WebhookTest], &[], None), None);
        assert!(watch(&[EventType::WorkflowFailed], &[], None).is_some());
    }

    #[test]
    fn the_interest_is_that_of_all_watches_of_the_workflow_and_slug() {
        let (one, two) = (WorkflowId::derived(&["1"]), WorkflowId::derived(&["2"]));
        let watches = [
            watch(&[EventType::WorkflowStarted], &[one], None),
            watch(&[EventType::WorkflowFailed], &[], Some("orders")),
        ];
        let watches: Vec<Watch> = watches.into_iter().flatten().collect();
        let of = |workflow, slug| LifecycleInterest::of(workflow, slug, watches.iter());
        let [started, failed] =
            [(true, false), (false, true)].map(|(started, failed)| LifecycleInterest {
                started,
                completed: false,
                failed,
            });
        assert_eq!(of(one, Some("others")), started);
        assert_eq!(of(two, Some("orders")), failed);
        assert_eq!(of(two, Some("others")), LifecycleInterest::NOTHING);
        assert_eq!(of(two, None), failed, "the slug could match");
    }
}
