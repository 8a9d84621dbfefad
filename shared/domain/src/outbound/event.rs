//! An event: what happened, who owns it, and what subscriptions filter it by.

use serde_json::Value;

use crate::outbound::EventType;
use crate::{EventId, Execution, ExecutionId, SubscriptionId, Tenant, Timestamp, WorkflowId};

/// Something that happened, and that subscriptions receive.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// The owner.
    pub tenant: Tenant,
    /// What kind of thing happened.
    pub event_type: EventType,
    /// When it happened.
    pub at: Timestamp,
    /// What subscriptions filter it by.
    pub subject: Subject,
    /// How many workflows called one another before it, as `Sluice-Hops` counts them.
    pub hops: u8,
    /// What its payloads are made from.
    pub data: Value,
}

/// What an event is about, as far as subscriptions filter by it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// The workflow that it is about.
    pub workflow: Option<WorkflowId>,
    /// The slug of the workflow, or of the app of a connection.
    pub slug: Option<String>,
    /// The one subscription that receives it: a test event.
    pub only: Option<SubscriptionId>,
    /// The subscription that does not receive it: an event says that this one was disabled.
    pub except: Option<SubscriptionId>,
}

/// A step in the life of an execution that subscriptions can receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LifecycleEvent {
    /// It began.
    Started,
    /// It ended with an output.
    Completed,
    /// It ended with an error.
    Failed,
}

impl LifecycleEvent {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Started, Self::Completed, Self::Failed];

    /// The type of its event.
    pub fn event_type(self) -> EventType {
        match self {
            Self::Started => EventType::WorkflowStarted,
            Self::Completed => EventType::WorkflowCompleted,
            Self::Failed => EventType::WorkflowFailed,
        }
    }

    /// As stored records and messages write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }

    /// Reads what [`Self::as_str`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == text)
    }
}

impl Event {
    /// The id of the event of an execution: the same however often it is derived. It depends on the time of creation too,
    /// because an execution id can be used again after its record expired.
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
