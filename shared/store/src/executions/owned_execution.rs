//! An execution that a worker has claimed, and what the worker has to remember of it between its writes.

use domain::outbound::LifecycleInterest;
use domain::{Ending, Execution, Status};

use crate::executions::state_item::StateItem;

/// An execution that this worker owns until its lease ends.
#[derive(Debug)]
pub struct OwnedExecution {
    /// Its status and times as the claim wrote them.
    pub execution: Execution,
    /// Owners before this one whose lease ended without progress, in a row.
    pub lost_leases: u32,
    /// Which of its events subscriptions want. Everything, until the worker has read the subscriptions.
    pub interest: LifecycleInterest,
    pub(crate) state: StateItem,
    /// Steps that are recorded in the checkpoint, and in no page yet.
    pub(crate) tail: Vec<serde_json::Value>,
    /// The body of its request, once it was loaded: the dictionary of its checkpoints.
    pub(crate) body: Option<Vec<u8>>,
}

impl OwnedExecution {
    pub(crate) fn new(state: StateItem) -> Self {
        Self {
            execution: state.execution.clone(),
            lost_leases: state.lost_leases,
            interest: LifecycleInterest::EVERYTHING,
            state,
            tail: Vec::new(),
            body: None,
        }
    }

    /// Whether a subscription wants the event that it started, and the event is not published yet.
    pub fn has_unpublished_start(&self) -> bool {
        self.state.start_event_pending && self.interest.started
    }

    /// Whether an event has to be published once it has this status, which it has just reached.
    pub fn has_events_to_publish(&self, status: Status) -> bool {
        let has_ended = Ending::from_status(status).is_some();
        has_ended && (self.has_unpublished_start() || self.interest.end_of(status))
    }
}
