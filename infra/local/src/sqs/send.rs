//! `SendMessage`, alone and within a batch. Does not know who receives.

use serde::{Deserialize, Serialize};

use super::attribute::{Attribute, Attributes, checked_size_bytes, md5_of, md5_of_text};
use super::batch::{Batch, BatchAnswer};
use super::fault::{Fault, FaultKind};
use super::store::{self, New};
use super::{SIZE_LIMIT_BYTES, Sqs};
use crate::random;
use crate::recursion::{Lineage, TRACE_HEADER};
use crate::template::Queue;

const DELAY_LIMIT_SECONDS: u32 = 900;

/// One message and where it goes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SendMessage {
    queue_url: String,
    #[serde(flatten)]
    message: Outgoing,
}

/// What a message is made of; the rest of a batch's entry too.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Outgoing {
    message_body: String,
    delay_seconds: Option<u32>,
    #[serde(default)]
    message_attributes: Attributes,
    #[serde(default)]
    message_system_attributes: Attributes,
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
}

/// What a sender learns.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Sent {
    message_id: String,
    #[serde(rename = "MD5OfMessageBody")]
    md5_of_message_body: String,
    #[serde(
        rename = "MD5OfMessageAttributes",
        skip_serializing_if = "Option::is_none"
    )]
    md5_of_message_attributes: Option<String>,
    #[serde(
        rename = "MD5OfMessageSystemAttributes",
        skip_serializing_if = "Option::is_none"
    )]
    md5_of_message_system_attributes: Option<String>,
}

impl Outgoing {
    /// The size that counts against the limit, in bytes.
    fn checked_size_bytes(&self) -> Result<usize, Fault> {
        self.check_body()?;
        if self
            .delay_seconds
            .is_some_and(|seconds| seconds > DELAY_LIMIT_SECONDS)
        {
            return Err(Fault::invalid_value("DelaySeconds", "it is at most 900"));
        }
        if self.message_deduplication_id.is_some() {
            return Err(Fault::invalid_value(
                "MessageDeduplicationId",
                "standard queues do not have it",
            ));
        }
        if self
            .message_group_id
            .as_deref()
            .is_some_and(|group| !is_valid_group(group))
        {
            return Err(Fault::invalid_value(
                "MessageGroupId",
                "it is 1 to 128 letters, digits and punctuation",
            ));
        }
        if let Some(name) = self
            .message_system_attributes
            .keys()
            .find(|name| *name != "AWSTraceHeader")
        {
            return Err(Fault::invalid_value(
                name,
                "the only system attribute is AWSTraceHeader",
            ));
        }
        // System attributes do not count against the size (SQS API reference, SendMessage).
        checked_size_bytes(&self.message_system_attributes)?;
        Ok(self.message_body.len() + checked_size_bytes(&self.message_attributes)?)
    }

    fn check_body(&self) -> Result<(), Fault> {
        if self.message_body.is_empty() {
            return Err(Fault::missing("MessageBody"));
        }
        if !self.message_body.chars().all(is_allowed) {
            return Err(Fault::new(
                FaultKind::InvalidMessageContents,
                "The body has characters that XML 1.0 does not allow.",
            ));
        }
        Ok(())
    }
}

/// With the lineage of the invocation that sends the message, as AWS passes it along in the header of a trace.
fn with_lineage(attributes: &Attributes) -> Attributes {
    let mut attributes = attributes.clone();
    let lineage = Lineage::current();
    if !lineage.is_empty() {
        let trace_header = Attribute {
            data_type: "String".to_owned(),
            string_value: Some(lineage.to_string()),
            binary_value: None,
        };
        attributes
            .entry(TRACE_HEADER.to_owned())
            .or_insert(trace_header);
    }
    attributes
}

/// The characters of XML 1.0, which SQS allows in a body.
fn is_allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn is_valid_group(group: &str) -> bool {
    (1..=128).contains(&group.len()) && group.bytes().all(|byte| byte.is_ascii_graphic())
}

impl Sqs {
    /// Sends a text to a queue, by its name or URL.
    ///
    /// # Errors
    /// When there is no such queue, or the text is no body.
    pub fn send_text(&self, queue: &str, body: &str) -> Result<(), Fault> {
        let message = Outgoing {
            message_body: body.to_owned(),
            delay_seconds: None,
            message_attributes: Attributes::new(),
            message_system_attributes: Attributes::new(),
            message_group_id: None,
            message_deduplication_id: None,
        };
        self.send(&SendMessage {
            queue_url: queue.to_owned(),
            message,
        })
        .map(|_| ())
    }

    pub(super) fn send(&self, request: &SendMessage) -> Result<Sent, Fault> {
        let queue = self.queue(&request.queue_url)?;
        let sent = self.put(queue, &request.message)?;
        self.arrivals(queue).notify_waiters();
        Ok(sent)
    }

    pub(super) fn send_batch(&self, request: &Batch<Outgoing>) -> Result<BatchAnswer<Sent>, Fault> {
        let queue = self.queue(&request.queue_url)?;
        request.check()?;
        let size_bytes: usize = request
            .entries
            .iter()
            .filter_map(|entry| entry.content.checked_size_bytes().ok())
            .sum();
        if size_bytes > SIZE_LIMIT_BYTES {
            return Err(Fault::new(
                FaultKind::BatchRequestTooLong,
                "The messages of a batch together are at most 1048576 bytes.",
            ));
        }
        let answer = request.answer(|message| self.put(queue, message));
        self.arrivals(queue).notify_waiters();
        Ok(answer)
    }

    fn put(&self, queue: &Queue, message: &Outgoing) -> Result<Sent, Fault> {
        if message.checked_size_bytes()? > SIZE_LIMIT_BYTES {
            return Err(Fault::invalid_value(
                "MessageBody",
                "a message is at most 1048576 bytes",
            ));
        }
        let sent = Sent {
            message_id: random::uuid(),
            md5_of_message_body: md5_of_text(&message.message_body),
            md5_of_message_attributes: md5_of(&message.message_attributes)?,
            md5_of_message_system_attributes: md5_of(&message.message_system_attributes)?,
        };
        let now_ms = self.now_ms();
        let delay_seconds = message.delay_seconds.unwrap_or(queue.delay_seconds);
        let new = New {
            id: &sent.message_id,
            body: &message.message_body,
            attributes: &message.message_attributes,
            system_attributes: &with_lineage(&message.message_system_attributes),
            group: message.message_group_id.as_deref(),
            sent_at_ms: now_ms,
            visible_at_ms: now_ms + i64::from(delay_seconds) * 1_000,
        };
        store::insert(&self.store(), &queue.name, &new)?;
        Ok(sent)
    }
}
