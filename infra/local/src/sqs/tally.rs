//! Counts and ages of a queue's messages, read without changing them. Does not know who calls.

use rusqlite::{Connection, params};

/// How many messages of a queue can be received, are with a receiver, and are still delayed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// `ApproximateNumberOfMessages`.
    pub visible: u64,
    /// `ApproximateNumberOfMessagesNotVisible`.
    pub in_flight: u64,
    /// `ApproximateNumberOfMessagesDelayed`.
    pub delayed: u64,
}

pub(super) fn counts(
    connection: &Connection,
    queue: &str,
    now_ms: i64,
) -> rusqlite::Result<Counts> {
    connection
        .prepare_cached(
            "SELECT coalesce(sum(visible_at_ms <= ?2), 0), \
             coalesce(sum(visible_at_ms > ?2 AND receipt IS NOT NULL), 0), \
             coalesce(sum(visible_at_ms > ?2 AND receipt IS NULL), 0) FROM messages WHERE queue = ?1",
        )?
        .query_row(params![queue, now_ms], |row| {
            Ok(Counts { visible: row.get(0)?, in_flight: row.get(1)?, delayed: row.get(2)? })
        })
}

/// When the oldest message was sent.
pub(super) fn oldest_sent_at_ms(
    connection: &Connection,
    queue: &str,
) -> rusqlite::Result<Option<i64>> {
    connection.query_row(
        "SELECT min(sent_at_ms) FROM messages WHERE queue = ?1",
        [queue],
        |row| row.get(0),
    )
}

/// When the next message turns visible that is not so yet.
pub(super) fn next_visible_at_ms(
    connection: &Connection,
    queue: &str,
    now_ms: i64,
) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached(
            "SELECT min(visible_at_ms) FROM messages WHERE queue = ?1 AND visible_at_ms > ?2",
        )?
        .query_row(params![queue, now_ms], |row| row.get(0))
}
