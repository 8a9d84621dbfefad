//! What the writes and reads of an execution's items cost in DynamoDB's units, and where the sum is kept: in the state
//! item, with writes that are made anyway. It does not count what is shared with others: configuration, token buckets.

use domain::{Cost, Status};

use crate::dynamodb::attributes::{Item, Row, number};
use crate::dynamodb::size::item_bytes;
use crate::executions::next_status::EventsAfter;
use crate::executions::state_item::StateItem;
use crate::{NextState, StoreError};

/// The write units so far; absent until the first checkpoint.
const WRITES: &str = "writes";
/// The read units so far; absent where there are none.
const READS: &str = "reads";
/// Milliseconds for which workers have owned the execution so far; absent where there are none.
const OWNED_MS: &str = "ms";

const WRITE_UNIT_BYTES: usize = 1_024;
/// Of a consistent read.
const READ_UNIT_BYTES: usize = 4_096;

/// A write of the state item, which stays within one unit.
pub(crate) const STATE_WRITE: u64 = 1;
/// An index entry that is written, or removed.
const INDEX_ENTRY: u64 = 1;
/// An index entry whose key changes is removed and written again.
const MOVED_INDEX_ENTRY: u64 = 2;

/// The first write of a state item, with an entry of the history index and one of the due index.
const RECORDED: u64 = STATE_WRITE + 2 * INDEX_ENTRY;
/// The same of a refusal, which is never due.
const RECORDED_REFUSAL: u64 = STATE_WRITE + INDEX_ENTRY;
/// The write that cancels: the execution is no longer due, and the history index tells it from a success.
const CANCEL: u64 = STATE_WRITE + 2 * INDEX_ENTRY;

/// The claim of an execution that waits or that another owner lost: a refused write, and one that changes when it is due.
pub(crate) const CLAIM_OF_SEEN: u64 = STATE_WRITE + STATE_WRITE + MOVED_INDEX_ENTRY;

/// What an execution had cost when it was claimed, with that claim and without its request.
pub(crate) fn at_claim(state: &StateItem, claim_units: u64) -> Cost {
    let recorded = || Cost::default().with_writes(RECORDED);
    let cost = state.cost.unwrap_or_else(recorded);
    cost.with_writes(claim_units)
}

/// What an execution has cost up to its last write. `request_bytes` are those of the request's item, where it has one.
pub(crate) fn up_to_last_write(state: &StateItem, request_bytes: Option<usize>) -> Cost {
    let status = state.execution.status();
    let recorded = match status {
        Status::Rejected => RECORDED_REFUSAL,
        Status::Queued
        | Status::Running
        | Status::Waiting
        | Status::Succeeded
        | Status::Failed
        | Status::Cancelled => RECORDED,
    };
    let unclaimed = || {
        let units = request_bytes.map_or(0, write_units);
        Cost::default().with_writes(recorded + units)
    };
    let cost = state.cost.unwrap_or_else(unclaimed);
    match status {
        Status::Cancelled => cost.with_writes(CANCEL),
        _ => cost,
    }
}

/// A checkpoint's write of the state item.
pub(crate) fn checkpoint_write(next: &NextState, events: EventsAfter) -> u64 {
    let end = match events.any() {
        true => MOVED_INDEX_ENTRY,
        false => INDEX_ENTRY,
    };
    let indexes = match next {
        NextState::Running => 0,
        NextState::Queued | NextState::Waiting { .. } => MOVED_INDEX_ENTRY,
        NextState::Succeeded { .. } => end,
        NextState::Failed { .. } => end + INDEX_ENTRY,
    };
    STATE_WRITE + indexes
}

/// The write of an item that is in no index.
pub(crate) fn item_write(item: &Item) -> u64 {
    write_units(item_bytes(item))
}

pub(crate) fn write_units(bytes: usize) -> u64 {
    bytes.div_ceil(WRITE_UNIT_BYTES).max(1) as u64
}

/// Of a consistent read.
pub(crate) fn read_units(bytes: usize) -> u64 {
    bytes.div_ceil(READ_UNIT_BYTES).max(1) as u64
}

/// `None` before the first checkpoint.
pub(crate) fn read_cost(row: Row<'_>) -> Result<Option<Cost>, StoreError> {
    let Some(write_units) = row.optional_number(WRITES)? else {
        return Ok(None);
    };
    Ok(Some(Cost {
        write_units,
        read_units: row.optional_number(READS)?.unwrap_or(0),
        owned_ms: row.optional_number(OWNED_MS)?.unwrap_or(0),
    }))
}

/// The attributes that hold a cost. What is zero takes no bytes.
pub(crate) fn cost_attributes(cost: Cost) -> Item {
    let amounts = [
        (WRITES, cost.write_units),
        (READS, cost.read_units),
        (OWNED_MS, cost.owned_ms),
    ];
    let spent = amounts.into_iter().filter(|(_, amount)| *amount > 0);
    spent
        .map(|(name, amount)| (name.to_owned(), number(amount)))
        .collect()
}
