//! An event: what happened, to whom it belongs, and what subscriptions filter it by.

use serde_json::Value;

use crate::outbound::EventType;
use crate::{EventId, Execution, ExecutionId, SubscriptionId, Tenant, Timestamp, WorkflowId};

/// Something that happened, of which others are told.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub id: EventId,
    pub tenant: Tenant,
    pub event_type: EventType,
    pub at: Timestamp,
    pub subject: Subject,
    /// How many workflows have called each other to get here, as `Sluice-Hops` counts them.
    pub hops: u8,
    pub data: Value,
}

/// What an event is about, as far as subscriptions ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    pub workflow: Option<WorkflowId>,
    /// Of the workflow, or of the app of a connection.
    pub slug: Option<String>,
    /// It goes to this one and to no other: a test.
    pub only: Option<SubscriptionId>,
    /// It does not go to this one: that it was disabled, others are told.
    pub except: Option<SubscriptionId>,
}

/// What an execution tells of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LifecycleEvent {
    Started,
    Completed,
    Failed,
}

impl LifecycleEvent {
    pub const ALL: [Self; 3] = [Self::Started, Self::Completed, Self::Failed];

    pub fn event_type(self) -> EventType {
        match self {
            Self::Started => EventType::WorkflowStarted,
            Self::Completed => EventType::WorkflowCompleted,
            Self::Failed => EventType::WorkflowFailed,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == text)
    }
}

impl Event {
    /// The same execution and happening, the same event, however often it is derived. An id that is used again after its
    /// record expired belongs to another execution, which began at another time.
    pub fn id_of(execution: &Execution, lifecycle_event: LifecycleEvent) -> EventId {
        Self::id_of_execution(execution.id, execution.created_at, lifecycle_event)
    }

    fn id_of_execution(
        execution: ExecutionId,
        created_at: Timestamp,
        lifecycle_event: LifecycleEvent,
    ) -> EventId {
        EventId::derived(&[
            "lifecycle_event",
            &execution.to_string(),
            &created_at.as_millis().to_string(),
            lifecycle_event.as_str(),
        ])
    }
}
