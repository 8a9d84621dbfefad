//! `ReceiveMessage`: hiding what is handed out, waiting for what is not there yet, and moving on what was received
//! too often. Does not know what a receiver does with it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};

use super::attribute::{Attributes, md5_of, md5_of_text};
use super::fault::Fault;
use super::store::{self, Stored};
use super::{Sqs, receipt, tally};
use crate::template::Queue;

const COUNT_LIMIT: u32 = 10;
const VISIBILITY_LIMIT_SECONDS: u32 = 43_200;
const WAIT_LIMIT_SECONDS: u32 = 20;
/// A clock that a test moves sends no notification, so a long poll reads it this often.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// A request for messages.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ReceiveMessage {
    pub(crate) queue_url: String,
    pub(crate) max_number_of_messages: Option<u32>,
    pub(crate) visibility_timeout: Option<u32>,
    pub(crate) wait_time_seconds: Option<u32>,
    #[serde(default)]
    pub(crate) attribute_names: Vec<String>,
    #[serde(default)]
    pub(crate) message_system_attribute_names: Vec<String>,
    #[serde(default)]
    pub(crate) message_attribute_names: Vec<String>,
}

/// A message as a receiver gets it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Received {
    pub(crate) message_id: String,
    pub(crate) receipt_handle: String,
    #[serde(rename = "MD5OfBody")]
    pub(crate) md5_of_body: String,
    pub(crate) body: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) attributes: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    pub(crate) message_attributes: Attributes,
    #[serde(
        rename = "MD5OfMessageAttributes",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) md5_of_message_attributes: Option<String>,
}

impl ReceiveMessage {
    fn check(&self) -> Result<(), Fault> {
        if !(1..=COUNT_LIMIT).contains(&self.max_number_of_messages.unwrap_or(1)) {
            return Err(Fault::invalid_value("MaxNumberOfMessages", "it is 1 to 10"));
        }
        if self
            .visibility_timeout
            .is_some_and(|seconds| seconds > VISIBILITY_LIMIT_SECONDS)
        {
            return Err(Fault::invalid_value(
                "VisibilityTimeout",
                "it is at most 43200",
            ));
        }
        if self
            .wait_time_seconds
            .is_some_and(|seconds| seconds > WAIT_LIMIT_SECONDS)
        {
            return Err(Fault::invalid_value("WaitTimeSeconds", "it is at most 20"));
        }
        Ok(())
    }

    fn wants_system_attribute(&self, name: &str) -> bool {
        let mut asked = self
            .attribute_names
            .iter()
            .chain(&self.message_system_attribute_names);
        asked.any(|asked| asked == "All" || asked == name)
    }

    fn wants_attribute(&self, name: &str) -> bool {
        self.message_attribute_names.iter().any(|asked| {
            asked == "All"
                || asked == name
                || asked
                    .strip_suffix(".*")
                    .is_some_and(|prefix| name.starts_with(prefix))
        })
    }
}

impl Sqs {
    /// Waits, up to the time that the request or else the queue gives, until there is a message.
    pub(crate) async fn receive(&self, request: &ReceiveMessage) -> Result<Vec<Received>, Fault> {
        request.check()?;
        let queue = self.queue(&request.queue_url)?;
        let wait_seconds = request
            .wait_time_seconds
            .unwrap_or(queue.receive_wait_seconds);
        let deadline = Instant::now() + Duration::from_secs(wait_seconds.into());
        loop {
            // Registered before the query, so that no message arrives unnoticed between the two.
            let mut arrival = std::pin::pin!(self.arrivals(queue).notified());
            arrival.as_mut().enable();
            let received = self.receive_now(queue, request)?;
            if !received.is_empty() || Instant::now() >= deadline {
                return Ok(received);
            }
            let look_again = Instant::now() + self.until_next_visible(queue)?;
            // After a notification and after the time alike, query again.
            timeout_at(look_again.min(deadline), arrival).await.ok();
        }
    }

    /// The same without waiting.
    fn receive_now(&self, queue: &Queue, request: &ReceiveMessage) -> Result<Vec<Received>, Fault> {
        let now_ms = self.now_ms();
        let visibility_seconds = request
            .visibility_timeout
            .unwrap_or(queue.visibility_timeout_seconds);
        let visible_at_ms = now_ms + i64::from(visibility_seconds) * 1_000;
        let mut connection = self.store_without_expired(queue)?;
        let transaction = connection.transaction()?;
        let mut received = Vec::new();
        let mut seen = Vec::new();
        while received.len() < request.max_number_of_messages.unwrap_or(1) as usize {
            let Some(mut message) = store::first_visible(&transaction, &queue.name, now_ms)? else {
                break;
            };
            // With a visibility timeout of 0 the first one handed out is the first visible again.
            if seen.contains(&message.number) {
                break;
            }
            if let Some(redrive) = &queue.redrive
                && message.receive_count >= redrive.max_receive_count
            {
                store::move_to(
                    &transaction,
                    message.number,
                    &redrive.dead_letter_queue,
                    now_ms,
                )?;
                continue;
            }
            let handle = receipt::issue(&queue.name, &message.id);
            store::hand_out(&transaction, message.number, &handle, now_ms, visible_at_ms)?;
            message.receive_count += 1;
            message.first_received_at_ms.get_or_insert(now_ms);
            seen.push(message.number);
            received.push(self.shown(message, handle, request)?);
        }
        transaction.commit()?;
        Ok(received)
    }

    fn shown(
        &self,
        message: Stored,
        receipt_handle: String,
        request: &ReceiveMessage,
    ) -> Result<Received, Fault> {
        let mut attributes = self.system_attributes(&message);
        attributes.retain(|name, _| request.wants_system_attribute(name));
        let mut message_attributes = message.attributes;
        message_attributes.retain(|name, _| request.wants_attribute(name));
        Ok(Received {
            receipt_handle,
            md5_of_body: md5_of_text(&message.body),
            md5_of_message_attributes: md5_of(&message_attributes)?,
            attributes,
            message_attributes,
            message_id: message.id,
            body: message.body,
        })
    }

    fn system_attributes(&self, message: &Stored) -> BTreeMap<String, String> {
        // "Across all queues", as the API reference has it.
        let receive_count = message.earlier_receive_count + message.receive_count;
        let trace_header = message.system_attributes.get("AWSTraceHeader");
        [
            ("SenderId", Some(self.scope.account_id.clone())),
            ("SentTimestamp", Some(message.sent_at_ms.to_string())),
            ("ApproximateReceiveCount", Some(receive_count.to_string())),
            (
                "ApproximateFirstReceiveTimestamp",
                message.first_received_at_ms.map(|at_ms| at_ms.to_string()),
            ),
            ("MessageGroupId", message.group.clone()),
            (
                "AWSTraceHeader",
                trace_header.and_then(|attribute| attribute.string_value.clone()),
            ),
            (
                "DeadLetterQueueSourceArn",
                message
                    .source_queue
                    .as_deref()
                    .map(|name| self.arn_of(name)),
            ),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
    }

    fn until_next_visible(&self, queue: &Queue) -> Result<Duration, Fault> {
        let now_ms = self.now_ms();
        let next_ms = tally::next_visible_at_ms(&self.store(), &queue.name, now_ms)?;
        let wait = next_ms
            .and_then(|at_ms| u64::try_from(at_ms - now_ms).ok())
            .map(Duration::from_millis);
        Ok(wait.unwrap_or(LOOK_AGAIN).min(LOOK_AGAIN))
    }
}
