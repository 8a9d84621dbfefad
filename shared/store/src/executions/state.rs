//! The state item of an execution, and how it is read. It stays under 1,024 bytes in all its
//! versions, so that every write to it is one write unit: large things are its children.

use domain::{
    Ending, Execution, ExecutionId, Phase, SenderDeliveryId, Shard, Status, Timestamp, WorkflowId,
};

use crate::dynamodb::attributes::{Item, Row, VERSION, bytes, moment, number, text};
use crate::dynamodb::keys::{EXECUTION, Key, history_pk};
use crate::dynamodb::size::STATE_ITEM_BYTES;
use crate::executions::history_index::history_sk;
use crate::{Nonce, StoreError, config_table};

/// What later writes may add to a state item: lease, times, page and slot numbers, a longer
/// status, the ending. Left free when something is stored inline.
const HEADROOM_BYTES: usize = 190;

/// What the last write adds, at the most.
const ENDING_BYTES: usize = 120;

/// What it adds besides where subscribers have yet to be told.
const NEWS_BYTES: usize = 70;

/// What an execution has only until it ends, and until subscribers are told of that.
pub(crate) const ONLY_WHILE_ACTIVE: [&str; 8] = [
    "lease_until",
    "resume_at",
    WOKEN,
    "due_at",
    "due_shard",
    "sent_at",
    TELL_START,
    TELL_END,
];
/// How many of these end with the execution whether subscribers have to be told or not.
pub(crate) const UNTIL_THE_END: usize = 3;

/// That somebody wanted to wake it since it was claimed.
pub(crate) const WOKEN: &str = "woken";
/// That subscribers have not been told that it started: set from the beginning, and removed by the first checkpoint where
/// nobody wants to know.
pub(crate) const TELL_START: &str = "tell_start";
/// That they have not been told how it ended.
pub(crate) const TELL_END: &str = "tell_end";

/// Room for an inline attribute in an item of that size.
pub(crate) fn inline_room(item_bytes: usize) -> usize {
    STATE_ITEM_BYTES.saturating_sub(item_bytes + HEADROOM_BYTES)
}

/// The same for the write that ends an execution; `end_bytes` as in [`State`].
pub(crate) fn inline_room_at_the_end(end_bytes: usize, has_news: bool) -> usize {
    let news_bytes = if has_news { NEWS_BYTES } else { 0 };
    STATE_ITEM_BYTES.saturating_sub(end_bytes + ENDING_BYTES + news_bytes)
}

/// The state item as it is read: the execution, and where its children are.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) execution: Execution,
    /// The nonce of the write that created it; children carry it.
    pub(crate) generation: Nonce,
    /// The nonce of the last write.
    pub(crate) nonce: Nonce,
    pub(crate) epoch: u64,
    pub(crate) sequence: u64,
    pub(crate) lost_leases: u32,
    /// How often a message was sent for it again without progress.
    pub(crate) redrives: u32,
    pub(crate) pages: u64,
    pub(crate) request: Option<Vec<u8>>,
    pub(crate) checkpoint: Stored,
    /// When its children vanish; extended before a wait would outlive them.
    pub(crate) children_until: Timestamp,
    pub(crate) fingerprint: Option<String>,
    pub(crate) tell_start: bool,
    pub(crate) tell_end: bool,
    pub(crate) is_due: bool,
    /// Bytes of the item without what a checkpoint replaces.
    pub(crate) base_bytes: usize,
    /// Bytes of the item without that, and without what it has only while it is active.
    pub(crate) end_bytes: usize,
}

/// Where the last checkpoint is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Stored {
    Nowhere,
    Inline(Vec<u8>),
    Slot(u64),
}

/// The attributes that an execution starts with, before its request.
pub(crate) fn first_item(execution: &Execution, nonce: &Nonce, children_until: Timestamp) -> Item {
    let shard = execution.id.shard();
    let mut item = Key::state(execution.id).item();
    item.extend([
        ("v".to_owned(), number(VERSION)),
        ("tenant".to_owned(), text(execution.tenant)),
        (
            "workflow_version".to_owned(),
            number(execution.workflow_version),
        ),
        ("trigger_id".to_owned(), text(execution.trigger_id)),
        ("status".to_owned(), text(execution.status())),
        ("generation".to_owned(), text(nonce)),
        ("nonce".to_owned(), text(nonce)),
        ("epoch".to_owned(), number(0)),
        (
            "history_pk".to_owned(),
            text(history_pk(execution.workflow_id, shard)),
        ),
        (
            "history_sk".to_owned(),
            text(history_sk(execution.created_at, execution.id)),
        ),
        ("children_until".to_owned(), moment(children_until)),
    ]);
    if let Some(delivery) = &execution.delivery_id {
        item.insert("delivery_id".into(), text(delivery));
    }
    if let Some(parent) = execution.parent_id {
        item.insert("parent_id".into(), text(parent));
    }
    if let Phase::Ended {
        ending,
        at,
        expires_at,
    } = execution.phase
    {
        item.extend(ended(ending, at, expires_at));
    }
    item
}

/// The attributes of an end. Only a terminal write sets `expires_at`. The history index projects
/// `unsuccessful` and no other of them, so that a success, which is the rule, does not write to it.
pub(crate) fn ended(ending: Ending, at: Timestamp, expires_at: Timestamp) -> Item {
    let mut item = Item::from([
        ("status".to_owned(), text(ending.status())),
        ("ended".to_owned(), text(ending.status())),
        ("finished_at".to_owned(), moment(at)),
        (
            "expires_at".to_owned(),
            number(expires_at.as_secs_rounded_up()),
        ),
    ]);
    if ending != Ending::Succeeded {
        item.insert("unsuccessful".to_owned(), text(ending.status()));
    }
    item
}

/// What makes an item come back on its own: the sparse index over its shard.
pub(crate) fn due(shard: Shard, at: Timestamp) -> Item {
    Item::from([
        ("due_shard".to_owned(), text(shard)),
        ("due_at".to_owned(), moment(at)),
    ])
}

/// The same for an item whose message is sent now: it is due should that be lost. A claim whose
/// lease ends before that need not move it.
pub(crate) fn due_if_lost(shard: Shard, sent_at: Timestamp, redrives: u32) -> Item {
    let mut due = due(
        shard,
        sent_at.plus_millis(domain::redrive_backoff_ms(redrives)),
    );
    due.insert("sent_at".to_owned(), moment(sent_at));
    due
}

impl State {
    /// Whether subscribers may have to be told something: what has ended and is still due was to be told of.
    pub(crate) fn has_news(&self) -> bool {
        let has_started = self.execution.started_at.is_some();
        let is_unfinished = self.is_due && self.execution.finished_at().is_some();
        self.tell_end || (self.tell_start && has_started) || is_unfinished
    }

    pub(crate) fn read(item: &Item) -> Result<Self, StoreError> {
        let row = Row::checked(item)?;
        let inline = row.bytes("checkpoint").map(<[u8]>::to_vec);
        let slot = row.optional_number("slot")?;
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
                (Some(packed), _) => Stored::Inline(packed),
                (None, Some(slot)) => Stored::Slot(slot),
                (None, None) => Stored::Nowhere,
            },
            children_until: row.moment("children_until")?,
            fingerprint: row.optional_text("fingerprint").map(str::to_owned),
            tell_start: row.flag(TELL_START),
            tell_end: row.flag(TELL_END),
            is_due: row.0.contains_key("due_at"),
            base_bytes: bytes_without(item, &REPLACED),
            end_bytes: bytes_without(item, &[&REPLACED[..], &ONLY_WHILE_ACTIVE].concat()),
        })
    }
}

/// What a checkpoint replaces.
const REPLACED: [&str; 2] = ["checkpoint", "slot"];

fn bytes_without(item: &Item, names: &[&str]) -> usize {
    let left_out = names
        .iter()
        .filter_map(|name| item.get_key_value(*name))
        .map(|(name, value)| crate::dynamodb::size::attribute_bytes(name, value))
        .sum::<usize>();
    crate::dynamodb::size::item_bytes(item) - left_out
}

/// The execution that a state item tells of.
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
        tenant: config_table::tenant(row)?,
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

/// A packed request as an attribute.
pub(crate) fn inline_request(packed: Vec<u8>) -> (String, aws_sdk_dynamodb::types::AttributeValue) {
    ("request".to_owned(), bytes(packed))
}
