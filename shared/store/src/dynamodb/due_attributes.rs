//! The attributes by which an item is found when it is overdue: the sparse index `due`, by shard and time. It does not
//! know what the items are, nor what a sweep does with them.

use domain::{Shard, Timestamp};

use crate::client::queue::MAX_DELAY_MS;
use crate::dynamodb::attributes::{Item, moment, text};

/// Without these an item is in no due index.
pub(crate) const DUE_ATTRIBUTES: [&str; 3] = ["due_at", "due_shard", "sent_at"];
/// How often a sweep has sent a message for the item since it last made progress.
pub(crate) const REDRIVES: &str = "redrives";

/// How long after the end of a wait the due index steps in, where a delayed message should arrive before that.
const RESUME_GRACE_MS: i64 = 30_000;

/// Makes an item due at a time.
pub(crate) fn due_at(shard: Shard, at: Timestamp) -> Item {
    Item::from([
        ("due_shard".to_owned(), text(shard)),
        ("due_at".to_owned(), moment(at)),
    ])
}

/// Makes an item due in case the message for it, sent at `sent_at`, is lost. A claim whose lease ends before that need
/// not change `due_at`.
pub(crate) fn due_if_message_lost(shard: Shard, sent_at: Timestamp, redrives: u32) -> Item {
    let backoff_ms = domain::redrive_backoff_ms(redrives);
    let mut due = due_at(shard, sent_at.plus_millis(backoff_ms));
    due.insert("sent_at".to_owned(), moment(sent_at));
    due
}

/// When an execution that waits until `resume_at` is due. A wait that is no longer than the queue's longest delay has a
/// message of its own, and is due only some time later.
pub(crate) fn wait_due_at(resume_at: Timestamp, now: Timestamp) -> Timestamp {
    if resume_at.millis_since(now) <= MAX_DELAY_MS {
        resume_at.plus_millis(RESUME_GRACE_MS)
    } else {
        resume_at
    }
}
