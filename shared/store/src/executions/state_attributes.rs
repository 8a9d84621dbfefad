//! The attributes of a state item, and how many bytes an inline attribute may take. A state item stays under 1,024 bytes
//! in all its versions, so that every write to it is one write unit.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{Ending, Execution, Phase, Timestamp};

use crate::Nonce;
use crate::dynamodb::attributes::{Item, VERSION, bytes, flag, moment, number, text};
use crate::dynamodb::history_index::history_sk;
use crate::dynamodb::keys::{Key, history_pk};
use crate::dynamodb::size::STATE_ITEM_BYTES;

/// The checkpoint, where it is small enough.
pub(crate) const CHECKPOINT: &str = "checkpoint";
/// Which child item has the checkpoint, where it is larger.
pub(crate) const SLOT: &str = "slot";
/// A request has begun to delete the execution: nobody sees it any more.
pub(crate) const DELETING: &str = "deleting";
/// The sender waits for an answer, which the last write of the owner has to go with.
pub(crate) const ANSWER_WANTED: &str = "answer_wanted";
/// A wake came since the execution was claimed.
pub(crate) const WOKEN: &str = "woken";
/// The event that the execution started is not published yet. Set from the beginning; the first checkpoint removes it
/// where no subscription wants the event.
pub(crate) const START_EVENT_PENDING: &str = "start_event_pending";
/// The event of how the execution ended is not published yet.
pub(crate) const END_EVENT_PENDING: &str = "end_event_pending";

/// What an execution has only until it ends.
pub(crate) const UNTIL_ENDED: [&str; 3] = ["lease_until", "resume_at", WOKEN];
/// What it has only until it has ended and its events are published.
pub(crate) const UNTIL_FANNED_OUT: [&str; 5] = [
    "due_at",
    "due_shard",
    "sent_at",
    START_EVENT_PENDING,
    END_EVENT_PENDING,
];

/// What later writes may add to a state item: lease, times, page and slot numbers, a longer
/// status, the ending. Left free when something is stored inline.
const HEADROOM_BYTES: usize = 190;
/// What the last write adds, at the most.
const ENDING_BYTES: usize = 120;
/// What the last write adds besides where events are pending.
const PENDING_EVENTS_BYTES: usize = 90;

/// Bytes that are left for an inline attribute in an item of that size.
pub(crate) fn inline_room(item_bytes: usize) -> usize {
    STATE_ITEM_BYTES.saturating_sub(item_bytes + HEADROOM_BYTES)
}

/// The same for the write that ends an execution; `ended_bytes` as in [`super::state_item::StateItem`].
pub(crate) fn inline_room_at_end(ended_bytes: usize, has_pending_events: bool) -> usize {
    let pending_bytes = if has_pending_events {
        PENDING_EVENTS_BYTES
    } else {
        0
    };
    STATE_ITEM_BYTES.saturating_sub(ended_bytes + ENDING_BYTES + pending_bytes)
}

/// The attributes that an execution starts with, before its request.
pub(crate) fn first_item(execution: &Execution, nonce: &Nonce, children_until: Timestamp) -> Item {
    let shard = execution.id.shard();
    let history_pk = history_pk(execution.workflow_id, shard);
    let history_sk = history_sk(execution.created_at, execution.id);
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
        ("history_pk".to_owned(), text(history_pk)),
        ("history_sk".to_owned(), text(history_sk)),
        ("children_until".to_owned(), moment(children_until)),
    ]);
    if let Some(delivery) = &execution.delivery_id {
        item.insert("delivery_id".into(), text(delivery));
    }
    if let Some(parent) = execution.parent_id {
        item.insert("parent_id".into(), text(parent));
    }
    if execution.is_test {
        item.insert("test".into(), flag(true));
    }
    if execution.is_edited {
        item.insert("edited".into(), flag(true));
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

/// The attributes of an end. Only the last write sets `expires_at`. Of these attributes the history index projects only
/// `unsuccessful`, so that a success, the most frequent end, does not write to the index.
pub(crate) fn ended(ending: Ending, at: Timestamp, expires_at: Timestamp) -> Item {
    let expires_at_secs = expires_at.as_secs_rounded_up();
    let mut item = Item::from([
        ("status".to_owned(), text(ending.status())),
        ("ended".to_owned(), text(ending.status())),
        ("finished_at".to_owned(), moment(at)),
        ("expires_at".to_owned(), number(expires_at_secs)),
    ]);
    if ending != Ending::Succeeded {
        item.insert("unsuccessful".to_owned(), text(ending.status()));
    }
    item
}

/// A packed request as an attribute.
pub(crate) fn inline_request(packed: Vec<u8>) -> (String, AttributeValue) {
    ("request".to_owned(), bytes(packed))
}
