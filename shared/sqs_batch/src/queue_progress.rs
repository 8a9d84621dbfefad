//! Records how far a queue has been worked off, from the send times of the messages that arrive. The sweep tells a backlog
//! from a lost message by that. It does not know what a message asks for.

use std::sync::{Mutex, PoisonError};

use domain::{Received, Timestamp};
use serde_json::Value;
use store::{AwsContext, Queue};

/// How often a container records it at most, which keeps its cost low.
const MIN_INTERVAL_MS: i64 = 30_000;

/// When this container last recorded the progress of its queue.
#[derive(Default)]
pub struct QueueProgress {
    recorded_at: Mutex<Option<Timestamp>>,
}

impl QueueProgress {
    /// Records the progress. A failure is only logged, because it only delays the sweep's recovery of lost messages.
    pub(crate) async fn record(&self, aws: &AwsContext, queue: &Queue, records: &[Value]) {
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
            tracing::warn!(%error, "the progress of the queue was not recorded; a lost message may be recovered later than usual");
        }
    }

    fn is_time(&self, now: Timestamp) -> bool {
        let mut recorded_at = self
            .recorded_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let is_time =
            recorded_at.is_none_or(|recorded_at| now.millis_since(recorded_at) >= MIN_INTERVAL_MS);
        if is_time {
            *recorded_at = Some(now);
        }
        is_time
    }
}

/// `SentTimestamp`, in milliseconds since the epoch.
fn sent_at(record: &Value) -> Option<Timestamp> {
    let millis = record["attributes"]["SentTimestamp"].as_str()?;
    millis.parse().ok().map(Timestamp::from_millis)
}
