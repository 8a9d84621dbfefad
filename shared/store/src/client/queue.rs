//! The queues: of executions to run, and of events to deliver. A message carries an id and nothing else: what happens
//! is decided by the record.

use std::fmt::Display;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::QueueAttributeName;
use domain::{DeliveryId, EffectKey, EventId, ExecutionId};
use serde::{Deserialize, Serialize};

use crate::{Count, Metrics};

/// SQS delays a message by at most 15 minutes.
const MAX_DELAY_SECS: i32 = 900;
/// The longest wait that a delayed message covers.
pub const MAX_DELAY_MS: i64 = MAX_DELAY_SECS as i64 * 1000;

/// What a worker, or whoever delivers, is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Message {
    /// Go on with an execution.
    #[serde(rename_all = "camelCase")]
    Run { execution_id: ExecutionId },
    /// Something that an execution waits for may be over.
    #[serde(rename_all = "camelCase")]
    Wake { execution_id: ExecutionId },
    /// Tell subscribers what an execution has come to.
    #[serde(rename_all = "camelCase")]
    Announce { execution_id: ExecutionId },
    /// Tell subscribers of an event.
    #[serde(rename_all = "camelCase")]
    FanOut { event_id: EventId },
    /// Make the next attempt at a delivery.
    #[serde(rename_all = "camelCase")]
    Deliver { delivery_id: DeliveryId },
}

/// A message on the wire: tagged and versioned.
#[derive(Serialize, Deserialize)]
struct Envelope {
    v: u32,
    #[serde(flatten)]
    content: Content,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Content {
    Own(Message),
    Others(Notice),
}

/// What the template's rules make of what happened elsewhere.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum Notice {
    /// A state machine's execution of this name has ended.
    Ended { name: String },
}

/// A message that no version of this program sent.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableMessage {
    /// The parser's own words would quote it, and it may be anything.
    #[error("the message is not of a known form")]
    Profile,
    #[error("version {0} of the message is unknown")]
    Version(u32),
}

/// Which queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueName {
    Executions,
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

/// The queue did not answer. Where it did not take a message, the due index brings the execution
/// back.
#[derive(Debug, thiserror::Error)]
#[error("the queue did not answer: {0}")]
pub struct QueueError(String);

impl Message {
    /// `None` for what concerns no execution here: others may name theirs as this program does.
    pub fn parse(body: &str) -> Result<Option<Self>, UnreadableMessage> {
        let envelope: Envelope =
            serde_json::from_str(body).map_err(|_| UnreadableMessage::Profile)?;
        match (envelope.v, envelope.content) {
            (1, Content::Own(message)) => Ok(Some(message)),
            (1, Content::Others(Notice::Ended { name })) => {
                let execution_id = EffectKey::execution_named(&name);
                Ok(execution_id.map(|execution_id| Self::Wake { execution_id }))
            }
            (other, _) => Err(UnreadableMessage::Version(other)),
        }
    }

    pub fn body(self) -> String {
        let envelope = Envelope {
            v: 1,
            content: Content::Own(self),
        };
        serde_json::to_string(&envelope).expect("an envelope has nothing that JSON lacks")
    }
}

/// One queue. Clones share its client.
#[derive(Clone)]
pub struct Queue {
    client: Client,
    url: String,
    /// Under which the sign of how far it has come is kept.
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

    pub fn name(&self) -> QueueName {
        self.name
    }

    /// Sends once, within a second. Messages of one org, or to one subscription, form a group of their own, so that the
    /// backlog of one does not hold up the others (SQS fair queues).
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
}

impl Queue {
    /// About how many messages nobody has received yet.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_what_an_execution_has_started_wakes_it() {
        let execution = ExecutionId::derived(&["x"]);
        let name = EffectKey::new(execution, "/do/0/night/1").name_outside();
        let read = |name: &str| {
            let body = format!(r#"{{"v":1,"kind":"ended","name":"{name}"}}"#);
            Message::parse(&body).unwrap()
        };
        assert_eq!(
            read(&name),
            Some(Message::Wake {
                execution_id: execution
            })
        );
        assert_eq!(read("sluice-of-others"), None);
        let wake = Message::Wake {
            execution_id: execution,
        };
        assert_eq!(Message::parse(&wake.body()).unwrap(), Some(wake));
    }

    #[test]
    fn a_message_reads_back_and_an_unknown_one_is_refused() {
        let execution_id = ExecutionId::derived(&["x"]);
        let run = Message::Run { execution_id };
        assert_eq!(
            run.body(),
            format!(r#"{{"v":1,"kind":"run","executionId":"{execution_id}"}}"#)
        );
        let messages = [
            run,
            Message::Wake { execution_id },
            Message::Announce { execution_id },
            Message::FanOut {
                event_id: EventId::derived(&["x"]),
            },
            Message::Deliver {
                delivery_id: DeliveryId::derived(&["x"]),
            },
        ];
        for message in messages {
            assert_eq!(Message::parse(&message.body()).unwrap(), Some(message));
        }
        let newer = run.body().replace("\"v\":1", "\"v\":2");
        assert!(matches!(
            Message::parse(&newer),
            Err(UnreadableMessage::Version(2))
        ));
        for bad in [
            "",
            "{}",
            "not json",
            r#"{"v":1,"kind":"walk","executionId":"exe_"}"#,
            r#"{"v":1,"kind":"deliver","executionId":"exe_"}"#,
        ] {
            assert!(Message::parse(bad).is_err());
        }
    }
}
