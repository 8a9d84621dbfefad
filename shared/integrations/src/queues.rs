//! Sends messages to SQS queues. It does not know what a message holds.

use std::collections::BTreeMap;

use aws_sdk_sqs::types::MessageAttributeValue;
use aws_sdk_sqs::{Client, config};
use aws_smithy_types::retry::RetryConfig;
use domain::EffectKey;

use crate::arn::Arn;
use crate::{Failure, Integrations, short};

const SERVICE: &str = "SQS";

/// A message to send; the options are those of SQS's `SendMessage`.
pub struct SqsMessage<'a> {
    /// The queue, in this region and of any account.
    pub queue_url: &'a str,
    /// The body, as it is.
    pub body: &'a str,
    /// How long SQS holds the message back.
    pub delay_seconds: Option<i32>,
    /// The message group.
    pub group_id: Option<&'a str>,
    /// By default derived from the effect for a FIFO queue, so that a repeat is not a second message.
    pub deduplication_id: Option<&'a str>,
    /// Message attributes, all of the type String.
    pub attributes: &'a BTreeMap<String, String>,
    /// The effect that sends it.
    pub effect: &'a EffectKey,
}

/// A message that SQS has accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentMessage {
    /// SQS's id of the message.
    pub message_id: String,
    /// Only for a FIFO queue.
    pub sequence_number: Option<String>,
}

impl Integrations {
    /// Sends a message to a queue that workflows may call.
    pub async fn send_message(&self, message: &SqsMessage<'_>) -> Result<SentMessage, Failure> {
        let queue = self.queue_arn(message.queue_url)?;
        self.allowlist.check(&queue)?;
        let mut send = self
            .queues()
            .send_message()
            .queue_url(message.queue_url)
            .message_body(message.body)
            .set_delay_seconds(message.delay_seconds)
            .set_message_group_id(message.group_id.map(str::to_owned));
        if queue.resource.ends_with(".fifo") {
            let id = message.deduplication_id.map(str::to_owned);
            send = send.message_deduplication_id(id.unwrap_or_else(|| message.effect.digest()));
        } else {
            send = send.set_message_deduplication_id(message.deduplication_id.map(str::to_owned));
        }
        for (name, value) in message.attributes {
            send = send.message_attributes(name, attribute(value));
        }
        let sent = send.send().await;
        let sent = sent.map_err(|error| Failure::of(SERVICE, error))?;
        Ok(SentMessage {
            message_id: sent.message_id.unwrap_or_default(),
            sequence_number: sent.sequence_number,
        })
    }

    /// The ARN of a queue of this region. Any other URL is refused, because the request with our signature would go
    /// there.
    fn queue_arn(&self, url: &str) -> Result<Arn, Failure> {
        let malformed = |base: &str| {
            Failure::Malformed(format!(
                "{url:?} is not the URL of a queue: {base}/<account>/<name>"
            ))
        };
        let usual = self.scope.url("sqs");
        let base = self.connection.endpoints().sqs.as_ref().unwrap_or(&usual);
        let path = url.strip_prefix(base).and_then(|p| p.strip_prefix('/'));
        let (account, name) = path
            .and_then(|path| path.split_once('/'))
            .filter(|(account, name)| is_account(account) && is_queue_name(name))
            .ok_or_else(|| malformed(base))?;
        self.scope.arn_in(account, "sqs", name)
    }

    fn queues(&self) -> &Client {
        self.queues.get_or_init(|| {
            let mut config = config::Builder::from(&self.connection.sdk_config())
                .retry_config(RetryConfig::standard().with_max_attempts(3))
                .timeout_config(short());
            config.set_endpoint_url(self.connection.endpoints().sqs.clone());
            Client::from_conf(config.build())
        })
    }
}

fn attribute(value: &str) -> MessageAttributeValue {
    MessageAttributeValue::builder()
        .data_type("String")
        .string_value(value)
        .build()
        .expect("its type is given")
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_queue_name(text: &str) -> bool {
    let name = text.strip_suffix(".fifo").unwrap_or(text);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=80).contains(&text.len()) && !name.is_empty() && name.bytes().all(is_plain)
}
