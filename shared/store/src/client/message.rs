//! Messages: each carries an id and nothing else. The record with that id decides what happens.

use domain::{DeliveryId, EffectKey, EventId, ExecutionId};
use serde::{Deserialize, Serialize};

/// What `worker` or `deliver` is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Message {
    /// Run an execution, from its last checkpoint.
    #[serde(rename_all = "camelCase")]
    Run {
        /// The execution.
        execution_id: ExecutionId,
    },
    /// Something that an execution waits for may have ended.
    #[serde(rename_all = "camelCase")]
    Wake {
        /// The execution.
        execution_id: ExecutionId,
    },
    /// Publish the pending events of an execution.
    #[serde(rename_all = "camelCase")]
    Announce {
        /// The execution.
        execution_id: ExecutionId,
    },
    /// Record the deliveries of an event.
    #[serde(rename_all = "camelCase")]
    FanOut {
        /// The event.
        event_id: EventId,
    },
    /// Make the next attempt at a delivery.
    #[serde(rename_all = "camelCase")]
    Deliver {
        /// The delivery.
        delivery_id: DeliveryId,
    },
}

/// A message as it is sent: tagged and versioned.
#[derive(Serialize, Deserialize)]
struct Envelope {
    v: u32,
    #[serde(flatten)]
    content: Content,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Content {
    Message(Message),
    Notice(Notice),
}

/// What the EventBridge rules of the template send.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum Notice {
    /// A state machine's execution of this name has ended.
    Ended { name: String },
}

/// The body is no message of this program.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableMessage {
    /// It cannot be parsed. The parser's error would quote it, and it may be anything.
    #[error("the message is malformed")]
    Malformed,
    /// Its version is unknown.
    #[error("version {0} of the message is unknown")]
    Version(u32),
}

impl Message {
    /// `None` for the notice of a state machine's execution that no workflow started.
    pub fn parse(body: &str) -> Result<Option<Self>, UnreadableMessage> {
        let envelope: Envelope =
            serde_json::from_str(body).map_err(|_| UnreadableMessage::Malformed)?;
        match (envelope.v, envelope.content) {
            (1, Content::Message(message)) => Ok(Some(message)),
            (1, Content::Notice(Notice::Ended { name })) => {
                let execution_id = EffectKey::execution_named(&name);
                Ok(execution_id.map(|execution_id| Self::Wake { execution_id }))
            }
            (other, _) => Err(UnreadableMessage::Version(other)),
        }
    }

    /// The body that [`Self::parse`] reads.
    pub fn body(self) -> String {
        let envelope = Envelope {
            v: 1,
            content: Content::Message(self),
        };
        serde_json::to_string(&envelope).expect("an envelope has nothing that JSON lacks")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_state_machine_wakes_the_execution_that_started_it() {
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
