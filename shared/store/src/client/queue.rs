//! The queues: of executions to run, and of events and deliveries.

use std::fmt::Display;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::QueueAttributeName;

use crate::{Count, Message, Metrics};

/// SQS delays a message by at most 15 minutes.
const MAX_DELAY_SECS: i32 = 900;
/// The longest wait that a delayed message covers.
pub const MAX_DELAY_MS: i64 = MAX_DELAY_SECS as i64 * 1000;

/// The two queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueName {
    /// Of executions to run: for `worker`.
    Executions,
    /// Of events and deliveries: for `deliver`.
    Deliveries,
}

impl QueueName {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Executions => "executions",
            Self::Deliveries => "deliveries",
        }
    }
}

/// The queue did not answer.
#[derive(Debug, thiserror::Error)]
#[error("the queue did not answer: {0}")]
pub struct QueueError(String);

/// One queue. Clones share its client.
#[derive(Clone)]
pub struct Queue {
    client: Client,
    url: String,
    name: QueueName,
    metrics: Metrics,
}

impl Queue {
    pub(crate) fn new(client: Client, url: String, name: QueueName, metrics: Metrics) -> Self {
        Self {
            client,
            url,
            name,
            metrics,
        }
    }

    /// Which of the two queues it is.
    pub fn name(&self) -> QueueName {
        self.name
    }

    /// Sends a message within a second, with two attempts. Where the answer of the first was lost, the message comes twice,
    /// and the second one finds nothing to do. Messages of one org, or to one subscription, form a group of their own, so
    /// that the backlog of one does not hold up the others (SQS fair queues).
    pub async fn send(
        &self,
        message: Message,
        group: impl Display,
        delay: Duration,
    ) -> Result<(), QueueError> {
        let delay_secs = i32::try_from(delay.as_millis().div_ceil(1000)).unwrap_or(MAX_DELAY_SECS);
        let mut send = self
            .client
            .send_message()
            .queue_url(&self.url)
            .message_body(message.body())
            .message_group_id(group.to_string());
        if delay_secs > 0 {
            send = send.delay_seconds(delay_secs.min(MAX_DELAY_SECS));
        }
        send.send().await.map(drop).map_err(|error| {
            self.metrics.count(Count::EnqueueFailures, 1);
            QueueError(DisplayErrorContext(error).to_string())
        })
    }

    /// Sends a message whose record is already due. Where the queue does not take it, that is only logged: a sweep finds
    /// the record and sends the message again.
    pub async fn send_or_leave_to_sweep(
        &self,
        message: Message,
        group: impl Display,
        delay: Duration,
    ) {
        if let Err(error) = self.send(message, group, delay).await {
            let queue = self.name.as_str();
            tracing::warn!(?message, queue, %error, "message not enqueued; a sweep will find its record in the due index");
        }
    }

    /// About how many messages have not been received yet.
    pub async fn visible_messages(&self) -> Result<u64, QueueError> {
        let name = QueueAttributeName::ApproximateNumberOfMessages;
        let answer = self
            .client
            .get_queue_attributes()
            .queue_url(&self.url)
            .attribute_names(name.clone())
            .send()
            .await
            .map_err(|error| QueueError(DisplayErrorContext(error).to_string()))?;
        let count = answer
            .attributes()
            .and_then(|attributes| attributes.get(&name));
        Ok(count.and_then(|count| count.parse().ok()).unwrap_or(0))
    }
}
