//! An execution that a worker has claimed, and what the worker has to remember of it between its writes.

use domain::outbound::LifecycleInterest;
use domain::{Cost, Ending, Execution, Status, Timestamp};

use crate::executions::cost::{at_claim, read_units, write_units};
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
    /// What it has cost so far, with what the next write records.
    pub(crate) cost: Cost,
    /// Until when the cost has the time for which workers own it.
    pub(crate) counted_until: Timestamp,
    /// Steps that are recorded in the checkpoint, and in no page yet.
    pub(crate) tail: Vec<serde_json::Value>,
    /// The body of its request, once it was loaded: the dictionary of its checkpoints.
    pub(crate) body: Option<Vec<u8>>,
}

impl OwnedExecution {
    /// `claim_units` are what the claim cost.
    pub(crate) fn new(state: StateItem, claim_units: u64, now: Timestamp) -> Self {
        Self {
            cost: at_claim(&state, claim_units),
            counted_until: now,
            execution: state.execution.clone(),
            lost_leases: state.lost_leases,
            interest: LifecycleInterest::EVERYTHING,
            state,
            tail: Vec::new(),
            body: None,
        }
    }

    /// Counts the request, where it is an item of its own of that size: it was written before the first checkpoint.
    pub fn count_request(&mut self, item_bytes: Option<usize>) {
        let Some(bytes) = item_bytes else { return };
        self.cost = self.cost.with_reads(read_units(bytes));
        if self.state.cost.is_none() {
            self.cost = self.cost.with_writes(write_units(bytes));
        }
    }

    /// Whether the claim at that time is its first.
    pub fn has_just_started(&self, claimed_at: Timestamp) -> bool {
        self.execution.started_at == Some(claimed_at)
    }

    /// Whether a subscription wants the event that it started, and the event is not published yet.
    pub fn has_unpublished_start(&self) -> bool {
        self.state.start_event_pending && self.interest.started
    }

    /// Whether a sender waits for its answer.
    pub fn is_answer_wanted(&self) -> bool {
        self.state.answer_wanted
    }

    /// Whether an event has to be published once it has this status, which it has just reached.
    pub fn has_events_to_publish(&self, status: Status) -> bool {
        let has_ended = Ending::from_status(status).is_some();
        has_ended && (self.has_unpublished_start() || self.interest.end_of(status))
    }
}
