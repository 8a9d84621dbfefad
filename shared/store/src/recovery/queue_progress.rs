//! How far each queue has come: when the message that was received last had been sent. It does not know what follows.

use domain::{Received, Timestamp};

use crate::dynamodb::attributes::{Row, VERSION, moment, number};
use crate::dynamodb::keys::Key;
use crate::dynamodb::table::Table;
use crate::{QueueName, StoreError};

/// One record for each queue.
#[derive(Clone)]
pub struct QueueProgressRecords {
    table: Table,
}

impl QueueProgressRecords {
    pub(crate) fn new(table: Table) -> Self {
        Self { table }
    }

    /// Records how far the queue has come. The last write wins.
    pub async fn record(&self, queue: QueueName, received: Received) -> Result<(), StoreError> {
        let attribute = |name: &str, at: Timestamp| (name.to_owned(), moment(at));
        let mut item = Key::queue_progress(queue.as_str()).item();
        item.insert("v".to_owned(), number(VERSION));
        item.extend([
            attribute("sent_at", received.sent_at),
            attribute("received_at", received.received_at),
        ]);
        self.table
            .put(item)
            .send()
            .await
            .map(drop)
            .map_err(|error| StoreError::unavailable("record the progress of a queue", error))
    }

    /// `None` before the first message.
    pub async fn latest(&self, queue: QueueName) -> Result<Option<Received>, StoreError> {
        let item = self
            .table
            .read(&Key::queue_progress(queue.as_str()))
            .await?;
        let Some(item) = &item else {
            return Ok(None);
        };
        let row = Row::checked(item)?;
        Ok(Some(Received {
            sent_at: row.moment("sent_at")?,
            received_at: row.moment("received_at")?,
        }))
    }
}
