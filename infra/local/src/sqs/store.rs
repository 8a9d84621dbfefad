//! Messages in SQLite: in memory, or in a file that outlives the process. Does not know receipts' meaning, limits
//! or requests.
//!
//! A file is written ahead (`WAL`) with `synchronous=NORMAL`: what was committed survives any death of the process,
//! `kill -9` too; a power cut may take the last moments, which on a laptop is worth not waiting for the disk.

use std::path::Path;

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::attribute::Attributes;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS messages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL,
    attributes TEXT NOT NULL,
    system_attributes TEXT NOT NULL,
    message_group TEXT,
    sent_at_ms INTEGER NOT NULL,
    visible_at_ms INTEGER NOT NULL,
    receive_count INTEGER NOT NULL DEFAULT 0,
    earlier_receive_count INTEGER NOT NULL DEFAULT 0,
    first_received_at_ms INTEGER,
    receipt TEXT,
    source_queue TEXT
);
CREATE INDEX IF NOT EXISTS messages_by_visibility ON messages (queue, visible_at_ms, number);
CREATE INDEX IF NOT EXISTS messages_by_age ON messages (queue, sent_at_ms);
";

const COLUMNS: &str = "number, id, body, attributes, system_attributes, message_group, sent_at_ms, receive_count, \
                       first_received_at_ms, source_queue, earlier_receive_count";

/// A message as it is stored in its queue.
pub(super) struct Stored {
    pub(super) number: i64,
    pub(super) id: String,
    pub(super) body: String,
    pub(super) attributes: Attributes,
    pub(super) system_attributes: Attributes,
    pub(super) group: Option<String>,
    pub(super) sent_at_ms: i64,
    /// From the queue that it is in.
    pub(super) receive_count: u32,
    /// From the queues that it was in before.
    pub(super) earlier_receive_count: u32,
    pub(super) first_received_at_ms: Option<i64>,
    pub(super) source_queue: Option<String>,
}

/// A message before it is stored in a queue.
pub(super) struct New<'a> {
    pub(super) id: &'a str,
    pub(super) body: &'a str,
    pub(super) attributes: &'a Attributes,
    pub(super) system_attributes: &'a Attributes,
    pub(super) group: Option<&'a str>,
    pub(super) sent_at_ms: i64,
    pub(super) visible_at_ms: i64,
}

pub(super) fn open(file: Option<&Path>) -> rusqlite::Result<Connection> {
    let connection = match file {
        Some(path) => Connection::open(path)?,
        None => Connection::open_in_memory()?,
    };
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.execute_batch(SCHEMA)?;
    Ok(connection)
}

pub(super) fn insert(
    connection: &Connection,
    queue: &str,
    message: &New<'_>,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO messages (queue, id, body, attributes, system_attributes, message_group, sent_at_ms, \
             visible_at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            queue,
            message.id,
            message.body,
            as_json(message.attributes)?,
            as_json(message.system_attributes)?,
            message.group,
            message.sent_at_ms,
            message.visible_at_ms,
        ])?;
    Ok(())
}

/// The visible message that has been so for longest.
pub(super) fn first_visible(
    connection: &Connection,
    queue: &str,
    now_ms: i64,
) -> rusqlite::Result<Option<Stored>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM messages WHERE queue = ?1 AND visible_at_ms <= ?2 \
             ORDER BY visible_at_ms, number LIMIT 1"
        ))?
        .query_row(params![queue, now_ms], stored)
        .optional()
}

/// Hands the message to a receiver, until `visible_at_ms`.
pub(super) fn hand_out(
    connection: &Connection,
    number: i64,
    receipt: &str,
    now_ms: i64,
    visible_at_ms: i64,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE messages SET receipt = ?2, visible_at_ms = ?4, receive_count = receive_count + 1, \
             first_received_at_ms = coalesce(first_received_at_ms, ?3) WHERE number = ?1",
        )?
        .execute(params![number, receipt, now_ms, visible_at_ms])?;
    Ok(())
}

/// Moves the message to its dead-letter queue. It keeps the time it was sent; for that queue's own limit, its
/// receives count from none.
pub(super) fn move_to(
    connection: &Connection,
    number: i64,
    queue: &str,
    now_ms: i64,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE messages SET source_queue = queue, queue = ?2, visible_at_ms = ?3, receipt = NULL, \
             earlier_receive_count = earlier_receive_count + receive_count, \
             receive_count = 0, first_received_at_ms = NULL WHERE number = ?1",
        )?
        .execute(params![number, queue, now_ms])?;
    Ok(())
}

/// Deletes the message that this receipt is the last one of. An older receipt deletes nothing.
pub(super) fn delete(connection: &Connection, queue: &str, receipt: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM messages WHERE queue = ?1 AND receipt = ?2 AND id = ?3")?
        .execute(params![queue, receipt, super::receipt::message_id(receipt)])?;
    Ok(())
}

/// When the message that this receipt is the last one of is visible again.
pub(super) fn visible_at_ms(
    connection: &Connection,
    queue: &str,
    receipt: &str,
) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached(
            "SELECT visible_at_ms FROM messages WHERE queue = ?1 AND receipt = ?2 AND id = ?3",
        )?
        .query_row(
            params![queue, receipt, super::receipt::message_id(receipt)],
            |row| row.get(0),
        )
        .optional()
}

pub(super) fn set_visible_at(
    connection: &Connection,
    queue: &str,
    receipt: &str,
    visible_at_ms: i64,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE messages SET visible_at_ms = ?4 WHERE queue = ?1 AND receipt = ?2 AND id = ?3",
        )?
        .execute(params![
            queue,
            receipt,
            super::receipt::message_id(receipt),
            visible_at_ms
        ])?;
    Ok(())
}

pub(super) fn purge(connection: &Connection, queue: &str) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM messages WHERE queue = ?1", [queue])?;
    Ok(())
}

/// Removes what was sent at or before `sent_at_ms`.
pub(super) fn expire(
    connection: &Connection,
    queue: &str,
    sent_at_ms: i64,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM messages WHERE queue = ?1 AND sent_at_ms <= ?2")?
        .execute(params![queue, sent_at_ms])?;
    Ok(())
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored {
        number: row.get(0)?,
        id: row.get(1)?,
        body: row.get(2)?,
        attributes: from_json(row, 3)?,
        system_attributes: from_json(row, 4)?,
        group: row.get(5)?,
        sent_at_ms: row.get(6)?,
        receive_count: row.get(7)?,
        first_received_at_ms: row.get(8)?,
        source_queue: row.get(9)?,
        earlier_receive_count: row.get(10)?,
    })
}

fn as_json(attributes: &Attributes) -> rusqlite::Result<String> {
    serde_json::to_string(attributes)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

fn from_json(row: &Row<'_>, column: usize) -> rusqlite::Result<Attributes> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into())
    })
}
