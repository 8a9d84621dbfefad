//! What a receiver does with a receipt: `DeleteMessage`, `ChangeMessageVisibility`, their batches; and `PurgeQueue`.
//! Does not know why.

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use super::batch::{Batch, BatchAnswer};
use super::fault::{Fault, FaultKind};
use super::{Sqs, receipt, store};
use crate::template::Queue;

const VISIBILITY_LIMIT_SECONDS: u32 = 43_200;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteMessage {
    queue_url: String,
    #[serde(flatten)]
    entry: DeleteEntry,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteEntry {
    receipt_handle: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ChangeMessageVisibility {
    queue_url: String,
    #[serde(flatten)]
    entry: VisibilityEntry,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct VisibilityEntry {
    receipt_handle: String,
    visibility_timeout: u32,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PurgeQueue {
    queue_url: String,
}

/// An answer that says nothing more.
#[derive(Debug, Serialize)]
pub(super) struct Nothing {}

impl Sqs {
    pub(super) fn delete(&self, request: &DeleteMessage) -> Result<(), Fault> {
        let queue = self.queue(&request.queue_url)?;
        remove(&self.store(), queue, &request.entry.receipt_handle)
    }

    /// Deletes the messages of these receipts, from the queue of that name: all, or none where one fails.
    pub(crate) fn delete_all<'a>(
        &self,
        queue: &str,
        receipts: impl Iterator<Item = &'a str>,
    ) -> Result<(), Fault> {
        let queue = self.queue(queue)?;
        let mut connection = self.store();
        let transaction = connection.transaction()?;
        for receipt in receipts {
            remove(&transaction, queue, receipt)?;
        }
        Ok(transaction.commit()?)
    }

    pub(super) fn delete_batch(
        &self,
        request: &Batch<DeleteEntry>,
    ) -> Result<BatchAnswer<Nothing>, Fault> {
        let queue = self.queue(&request.queue_url)?;
        request.check()?;
        let connection = self.store();
        Ok(request
            .answer(|entry| remove(&connection, queue, &entry.receipt_handle).map(|()| Nothing {})))
    }

    pub(super) fn change_visibility(&self, request: &ChangeMessageVisibility) -> Result<(), Fault> {
        self.hide(self.queue(&request.queue_url)?, &request.entry)
    }

    pub(super) fn change_visibility_batch(
        &self,
        request: &Batch<VisibilityEntry>,
    ) -> Result<BatchAnswer<Nothing>, Fault> {
        let queue = self.queue(&request.queue_url)?;
        request.check()?;
        Ok(request.answer(|entry| self.hide(queue, entry).map(|()| Nothing {})))
    }

    pub(super) fn purge(&self, request: &PurgeQueue) -> Result<(), Fault> {
        let queue = self.queue(&request.queue_url)?;
        Ok(store::purge(&self.store(), &queue.name)?)
    }

    fn hide(&self, queue: &Queue, entry: &VisibilityEntry) -> Result<(), Fault> {
        if entry.visibility_timeout > VISIBILITY_LIMIT_SECONDS {
            return Err(Fault::invalid_value(
                "VisibilityTimeout",
                "it is at most 43200",
            ));
        }
        receipt::check(&entry.receipt_handle, &queue.name)?;
        let connection = self.store();
        let now_ms = self.now_ms();
        match store::visible_at_ms(&connection, &queue.name, &entry.receipt_handle)? {
            None => {
                return Err(Fault::invalid_value(
                    "ReceiptHandle",
                    "the message is not there any more",
                ));
            }
            Some(at_ms) if at_ms <= now_ms => {
                return Err(Fault::new(
                    FaultKind::MessageNotInflight,
                    "The message is not in flight.",
                ));
            }
            Some(_) => {}
        }
        let visible_at_ms = now_ms + i64::from(entry.visibility_timeout) * 1_000;
        store::set_visible_at(
            &connection,
            &queue.name,
            &entry.receipt_handle,
            visible_at_ms,
        )?;
        drop(connection);
        self.arrivals(queue).notify_waiters();
        Ok(())
    }
}

fn remove(connection: &Connection, queue: &Queue, receipt: &str) -> Result<(), Fault> {
    receipt::check(receipt, &queue.name)?;
    Ok(store::delete(connection, &queue.name, receipt)?)
}
