//! The queue of executions to run. A message carries an id and nothing else: what happens is
//! decided by the record.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::QueueAttributeName;
use domain::{EffectKey, ExecutionId, OrgId};
use serde::{Deserialize, Serialize};

use crate::{Count, Metrics};

/// SQS delays a message by at most 15 minutes.
const MAX_DELAY_SECS: i32 = 900;
/// The longest wait that a delayed message covers.
pub const MAX_DELAY_MS: i64 = MAX_DELAY_SECS as i64 * 1000;

/// What a worker is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    Run(ExecutionId),
    /// Something that it waits for may be over.
    Wake(ExecutionId),
}

/// A message on the wire: tagged and versioned.
#[derive(Serialize, Deserialize)]
struct Envelope {
    v: u32,
    #[serde(flatten)]
    content: Content,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Content {
    Run {
        #[serde(rename = "executionId")]
        execution_id: ExecutionId,
    },
    Wake {
        #[serde(rename = "executionId")]
        execution_id: ExecutionId,
    },
    /// What the template's rule makes of the end of a state machine's execution of this name.
    Ended { name: String },
}

/// A message that no version of this program sent.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableMessage {
    /// The parser's own words would quote it, and it may be anything.
    #[error("the message is not of a known form")]
    Form,
    #[error("version {0} of the message is unknown")]
    Version(u32),
}

/// The queue did not answer. Where it did not take a message, the due index brings the execution
/// back.
#[derive(Debug, thiserror::Error)]
#[error("the queue did not answer: {0}")]
pub struct QueueError(String);

impl Message {
    /// `None` for what concerns no execution here: others may name theirs as this program does.
    pub fn parse(body: &str) -> Result<Option<Self>, UnreadableMessage> {
        let envelope: Envelope = serde_json::from_str(body).map_err(|_| UnreadableMessage::Form)?;
        match (envelope.v, envelope.content) {
            (1, Content::Run { execution_id }) => Ok(Some(Self::Run(execution_id))),
            (1, Content::Wake { execution_id }) => Ok(Some(Self::Wake(execution_id))),
            (1, Content::Ended { name }) => Ok(EffectKey::execution_named(&name).map(Self::Wake)),
            (other, _) => Err(UnreadableMessage::Version(other)),
        }
    }

    pub fn body(self) -> String {
        let content = match self {
            Self::Run(execution_id) => Content::Run { execution_id },
            Self::Wake(execution_id) => Content::Wake { execution_id },
        };
        let envelope = Envelope { v: 1, content };
        serde_json::to_string(&envelope).expect("an envelope has nothing that JSON lacks")
    }
}

#[derive(Clone)]
pub struct Queue {
    client: Client,
    url: String,
    metrics: Metrics,
}

impl Queue {
    pub(crate) fn new(client: Client, url: String, metrics: Metrics) -> Self {
        Self {
            client,
            url,
            metrics,
        }
    }

    /// Sends once, within a second. Messages of one org form a group of their own, so that one
    /// org's backlog does not hold up the others (SQS fair queues).
    pub async fn send(
        &self,
        message: Message,
        org: OrgId,
        delay: Duration,
    ) -> Result<(), QueueError> {
        let delay_secs = i32::try_from(delay.as_millis().div_ceil(1000)).unwrap_or(MAX_DELAY_SECS);
        let mut send = self
            .client
            .send_message()
            .queue_url(&self.url)
            .message_body(message.body())
            .message_group_id(org.to_string());
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
        assert_eq!(read(&name), Some(Message::Wake(execution)));
        assert_eq!(read("sluice-of-others"), None);
        let wake = Message::Wake(execution);
        assert_eq!(Message::parse(&wake.body()).unwrap(), Some(wake));
    }

    #[test]
    fn a_message_reads_back_and_an_unknown_one_is_refused() {
        let message = Message::Run(ExecutionId::derived(&["x"]));
        assert_eq!(
            message.body(),
            format!(
                r#"{{"v":1,"kind":"run","executionId":"{}"}}"#,
                ExecutionId::derived(&["x"])
            )
        );
        assert_eq!(Message::parse(&message.body()).unwrap(), Some(message));
        let newer = message.body().replace("\"v\":1", "\"v\":2");
        assert!(matches!(
            Message::parse(&newer),
            Err(UnreadableMessage::Version(2))
        ));
        for bad in [
            "",
            "{}",
            "not json",
            r#"{"v":1,"kind":"walk","executionId":"exe_"}"#,
        ] {
            assert!(Message::parse(bad).is_err());
        }
    }
}
