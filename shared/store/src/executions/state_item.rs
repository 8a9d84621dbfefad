//! The state item of an execution as it is read. Its large parts (request, steps, checkpoint) are other items of the
//! same partition, its children.

use domain::{
    Cost, Ending, Execution, ExecutionId, Phase, SenderDeliveryId, Status, Timestamp, WorkflowId,
};

use crate::dynamodb::attributes::{Item, Row};
use crate::dynamodb::keys::EXECUTION;
use crate::dynamodb::size::{attribute_bytes, item_bytes};
use crate::executions::cost::read_cost;
use crate::executions::state_attributes::{
    ANSWER_WANTED, CHECKPOINT, DELETING, END_EVENT_PENDING, SLOT, START_EVENT_PENDING, UNTIL_ENDED,
    UNTIL_FANNED_OUT,
};
use crate::{Nonce, StoreError};

/// The state item: the execution, and where its children are.
#[derive(Clone, Debug)]
pub(crate) struct StateItem {
    pub(crate) execution: Execution,
    /// The nonce of the write that created the item. Keys of its children contain it.
    pub(crate) generation: Nonce,
    /// The nonce of the last write.
    pub(crate) nonce: Nonce,
    /// Grows with every claim and with a cancel.
    pub(crate) epoch: u64,
    /// The number of checkpoints.
    pub(crate) sequence: u64,
    /// Owners whose lease ended without progress, in a row.
    pub(crate) lost_leases: u32,
    /// How often a sweep has sent a message for it since it last made progress.
    pub(crate) redrives: u32,
    /// The number of pages of steps.
    pub(crate) pages: u64,
    pub(crate) request: Option<Vec<u8>>,
    pub(crate) checkpoint: CheckpointLocation,
    /// When TTL removes its children. Extended before the execution waits past it.
    pub(crate) children_until: Timestamp,
    pub(crate) fingerprint: Option<String>,
    pub(crate) answer_wanted: bool,
    pub(crate) start_event_pending: bool,
    pub(crate) end_event_pending: bool,
    pub(crate) is_due: bool,
    /// What it has cost up to the last checkpoint; `None` before the first one.
    pub(crate) cost: Option<Cost>,
    /// A request has begun to delete it.
    pub(crate) is_being_deleted: bool,
    /// Bytes of the item without its checkpoint.
    pub(crate) base_bytes: usize,
    /// Bytes of the item without its checkpoint and without the attributes that its end removes.
    pub(crate) ended_bytes: usize,
}

/// Where the last checkpoint is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum CheckpointLocation {
    /// There is none yet.
    Nowhere,
    /// In the state item.
    Inline(Vec<u8>),
    /// In one of the two child items that checkpoints use in turn.
    Slot(u64),
}

impl StateItem {
    /// Whether `deliver` may still have to publish an event of this execution. An execution that has ended and is still
    /// due was recorded with a pending event.
    pub(crate) fn has_pending_events(&self) -> bool {
        let has_started = self.execution.started_at.is_some();
        let is_ended_and_due = self.is_due && self.execution.finished_at().is_some();
        self.end_event_pending || (self.start_event_pending && has_started) || is_ended_and_due
    }

    pub(crate) fn read(item: &Item) -> Result<Self, StoreError> {
        let row = Row::checked(item)?;
        let inline = row.bytes(CHECKPOINT).map(<[u8]>::to_vec);
        let slot = row.optional_number(SLOT)?;
        let without_checkpoint = item_bytes(item) - bytes_of(item, &[CHECKPOINT, SLOT]);
        let removed_by_end = bytes_of(item, &UNTIL_ENDED) + bytes_of(item, &UNTIL_FANNED_OUT);
        Ok(Self {
            execution: execution(row)?,
            generation: Nonce::from_stored(row.text("generation")?),
            nonce: Nonce::from_stored(row.text("nonce")?),
            epoch: row.number("epoch")?,
            sequence: row.optional_number("sequence")?.unwrap_or(0),
            lost_leases: row.optional_number("lost_leases")?.unwrap_or(0),
            redrives: row.optional_number("redrives")?.unwrap_or(0),
            pages: row.optional_number("pages")?.unwrap_or(0),
            request: row.bytes("request").map(<[u8]>::to_vec),
            checkpoint: match (inline, slot) {
                (Some(packed), _) => CheckpointLocation::Inline(packed),
                (None, Some(slot)) => CheckpointLocation::Slot(slot),
                (None, None) => CheckpointLocation::Nowhere,
            },
            children_until: row.moment("children_until")?,
            fingerprint: row.optional_text("fingerprint").map(str::to_owned),
            answer_wanted: row.flag(ANSWER_WANTED),
            start_event_pending: row.flag(START_EVENT_PENDING),
            end_event_pending: row.flag(END_EVENT_PENDING),
            is_due: item.contains_key("due_at"),
            cost: read_cost(row)?,
            is_being_deleted: row.flag(DELETING),
            base_bytes: without_checkpoint,
            ended_bytes: without_checkpoint - removed_by_end,
        })
    }
}

fn bytes_of(item: &Item, names: &[&str]) -> usize {
    let attributes = names.iter().filter_map(|name| item.get_key_value(*name));
    attributes
        .map(|(name, value)| attribute_bytes(name, value))
        .sum()
}

fn execution(row: Row<'_>) -> Result<Execution, StoreError> {
    let id = row
        .text("pk")?
        .strip_prefix(EXECUTION)
        .and_then(|id| ExecutionId::parse(id).ok())
        .ok_or_else(|| row.bad("pk", "is not an execution's"))?;
    let workflow = row.text("history_pk")?.split('#').next().unwrap_or("");
    let created = row.text("history_sk")?.split('#').next().unwrap_or("");
    Ok(Execution {
        id,
        tenant: row.tenant()?,
        workflow_id: WorkflowId::parse(workflow)
            .map_err(|error| row.bad("history_pk", &error.to_string()))?,
        workflow_version: row.number("workflow_version")?,
        trigger_id: row.parsed("trigger_id")?,
        delivery_id: row
            .optional_text("delivery_id")
            .map(SenderDeliveryId::parse)
            .transpose()
            .map_err(|error| row.bad("delivery_id", &error.to_string()))?,
        parent_id: row.optional_parsed("parent_id")?,
        is_test: row.flag("test"),
        is_edited: row.flag("edited"),
        created_at: created
            .parse()
            .map(Timestamp::from_millis)
            .map_err(|_| row.bad("history_sk", "does not begin with a time"))?,
        started_at: row.optional_moment("started_at")?,
        phase: phase(row)?,
    })
}

fn phase(row: Row<'_>) -> Result<Phase, StoreError> {
    let status = row.text("status")?;
    let status = Status::parse(status).map_err(|error| row.bad("status", &error.to_string()))?;
    match (status, Ending::from_status(status)) {
        (_, Some(ending)) => Ok(Phase::Ended {
            ending,
            at: row.moment("finished_at")?,
            expires_at: Timestamp::from_millis(0).plus_secs(row.number("expires_at")?),
        }),
        (Status::Running, None) => Ok(Phase::Running {
            lease_until: row.moment("lease_until")?,
        }),
        (Status::Waiting, None) => Ok(Phase::Waiting {
            resume_at: row.moment("resume_at")?,
        }),
        (
            Status::Queued
            | Status::Succeeded
            | Status::Failed
            | Status::Cancelled
            | Status::Rejected,
            None,
        ) => Ok(Phase::Queued),
    }
}
