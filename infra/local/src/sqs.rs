//! A local SQS: the template's standard queues behind the real protocol, so that the real SDK can use them.
//! One code path, over SQLite, in memory and in a file. Does not know what the messages mean.
//!
//! Compared step by step (31 requests through boto3) with the emulator ministack 1.5.33 on 2026-11-21: alike but for
//! five answers, in which this follows the API reference and it does not: an older receipt deletes nothing without an
//! error, values out of range and unknown attributes are refused, and encryption is listed among the attributes.
//!
//! FIFO queues, tags, permissions and the making of queues are not here: queues come from the template.

mod attribute;
mod batch;
mod change;
mod fault;
mod http;
mod queues;
mod receipt;
mod receive;
mod send;
mod store;
mod tally;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::Clock;
use rusqlite::Connection;
use tokio::sync::Notify;

pub(crate) use attribute::Attribute;
pub use fault::{Fault, FaultKind};
pub(crate) use http::{answer, router};
pub(crate) use receive::{ReceiveMessage, Received};
pub use tally::Counts;

use crate::template::{DeploymentScope, Queue};

/// The largest message, or batch of them: 1 MiB (raised from 256 KiB in August 2025).
const SIZE_LIMIT_BYTES: usize = 1_048_576;

struct Held {
    queue: Queue,
    /// Notified whenever a message may have become visible, so that long polls query again.
    arrivals: Notify,
}

/// The queues of one stack.
pub struct Sqs {
    store: Mutex<Connection>,
    queues: BTreeMap<String, Held>,
    scope: DeploymentScope,
    clock: Clock,
    opened_at_ms: i64,
}

impl Sqs {
    /// Opens the queues, with the messages that `file` holds, or in memory and empty.
    ///
    /// # Errors
    /// When the file cannot be opened, or is not a database of this program.
    pub fn open(
        file: Option<&Path>,
        queues: &[Queue],
        scope: DeploymentScope,
        clock: Clock,
    ) -> Result<Arc<Self>, rusqlite::Error> {
        Ok(Arc::new(Self {
            store: Mutex::new(store::open(file)?),
            queues: queues
                .iter()
                .map(|queue| {
                    let arrivals = Notify::new();
                    let queue = queue.clone();
                    (queue.name.clone(), Held { queue, arrivals })
                })
                .collect(),
            scope,
            opened_at_ms: clock().as_millis(),
            clock,
        }))
    }

    /// How many messages a queue holds.
    ///
    /// # Errors
    /// When there is no such queue.
    pub fn counts(&self, queue_name: &str) -> Result<Counts, Fault> {
        let queue = self.queue(queue_name)?;
        let connection = self.store_without_expired(queue)?;
        Ok(tally::counts(&connection, &queue.name, self.now_ms())?)
    }

    /// The age of the oldest message, in milliseconds, as CloudWatch's `ApproximateAgeOfOldestMessage` shows it.
    ///
    /// # Errors
    /// When there is no such queue.
    pub fn age_of_oldest_message_ms(&self, queue_name: &str) -> Result<Option<i64>, Fault> {
        let queue = self.queue(queue_name)?;
        let connection = self.store_without_expired(queue)?;
        let sent_at_ms = tally::oldest_sent_at_ms(&connection, &queue.name)?;
        Ok(sent_at_ms.map(|sent_at_ms| self.now_ms() - sent_at_ms))
    }

    /// The queue at the end of a URL, or of that name.
    fn queue(&self, url_or_name: &str) -> Result<&Queue, Fault> {
        let name = url_or_name.rsplit('/').next().unwrap_or_default();
        let held = self.queues.get(name).ok_or_else(|| {
            Fault::new(
                FaultKind::QueueDoesNotExist,
                "The specified queue does not exist: the template has no such one.",
            )
        })?;
        Ok(&held.queue)
    }

    fn arrivals(&self, queue: &Queue) -> &Notify {
        &self.queues[&queue.name].arrivals
    }

    fn now_ms(&self) -> i64 {
        (self.clock)().as_millis()
    }

    fn store(&self) -> MutexGuard<'_, Connection> {
        // A panic while it was held left SQLite's own transaction rolled back, so the data is sound.
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn store_without_expired(&self, queue: &Queue) -> Result<MutexGuard<'_, Connection>, Fault> {
        let connection = self.store();
        let retention_ms = i64::from(queue.retention_seconds) * 1_000;
        store::expire(&connection, &queue.name, self.now_ms() - retention_ms)?;
        Ok(connection)
    }

    fn arn_of(&self, queue_name: &str) -> String {
        format!(
            "arn:aws:sqs:{}:{}:{queue_name}",
            self.scope.region, self.scope.account_id
        )
    }
}

#[cfg(test)]
mod tests;
