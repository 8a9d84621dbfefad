//! How far the queue has come, told by the messages that arrive: the sweep's only way to tell a
//! backlog from a loss. It does not know what the messages ask for.

use std::sync::{Mutex, PoisonError};

use domain::{Received, Timestamp};
use serde_json::Value;
use store::{AwsContext, Queue};

/// A container tells this often at the most, so that it costs next to nothing.
const INTERVAL_MS: i64 = 30_000;

/// Told of one queue, by one container.
#[derive(Default)]
pub struct QueueProgress {
    told_at: Mutex<Option<Timestamp>>,
}

impl QueueProgress {
    /// Nothing depends on it but how soon a loss is told from a backlog, so a failure is only
    /// logged.
    pub(crate) async fn note(&self, aws: &AwsContext, queue: &Queue, records: &[Value]) {
        let now = aws.now();
        let Some(sent_at) = records.iter().filter_map(sent_at).min() else {
            return;
        };
        if !self.is_time(now) {
            return;
        }
        let received = Received {
            sent_at,
            received_at: now,
        };
        let noted = aws.queue_progress.record(queue.name(), received);
        if let Err(error) = noted.await {
            tracing::warn!(%error, "how far the queue has come was not noted");
        }
    }

    fn is_time(&self, now: Timestamp) -> bool {
        let mut told_at = self.told_at.lock().unwrap_or_else(PoisonError::into_inner);
        let is_time = told_at.is_none_or(|told_at| now.millis_since(told_at) >= INTERVAL_MS);
        if is_time {
            *told_at = Some(now);
        }
        is_time
    }
}

/// `SentTimestamp`, in milliseconds since the epoch.
fn sent_at(record: &Value) -> Option<Timestamp> {
    let millis = record["attributes"]["SentTimestamp"].as_str()?;
    millis.parse().ok().map(Timestamp::from_millis)
}
