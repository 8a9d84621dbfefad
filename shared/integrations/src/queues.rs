//! Sends messages to queues. It does not know what is in them.

use std::collections::BTreeMap;

use aws_sdk_sqs::types::MessageAttributeValue;
use aws_sdk_sqs::{Client, config};
use aws_smithy_types::retry::RetryConfig;
use domain::EffectKey;

use crate::arn::Arn;
use crate::{Failure, Reach, short};

const SERVICE: &str = "SQS";

pub struct SqsMessage<'a> {
    pub queue_url: &'a str,
    pub body: &'a str,
    pub delay_seconds: Option<i32>,
    pub group_id: Option<&'a str>,
    /// For a FIFO queue; else it follows from the effect, so that a repeat is no second message.
    pub deduplication_id: Option<&'a str>,
    /// Strings.
    pub attributes: &'a BTreeMap<String, String>,
    pub effect: &'a EffectKey,
}

/// What SQS made of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub message_id: String,
    /// Of a FIFO queue.
    pub sequence_number: Option<String>,
}

impl Reach {
    pub async fn send_letter(&self, letter: &SqsMessage<'_>) -> Result<Sent, Failure> {
        let queue = self.queue_arn(letter.queue_url)?;
        self.permitted.check(&queue)?;
        let mut send = self
            .queues()
            .send_message()
            .queue_url(letter.queue_url)
            .message_body(letter.body)
            .set_delay_seconds(letter.delay_seconds)
            .set_message_group_id(letter.group_id.map(str::to_owned));
        if queue.resource.ends_with(".fifo") {
            let id = letter.deduplication_id.map(str::to_owned);
            send = send.message_deduplication_id(id.unwrap_or_else(|| letter.effect.digest()));
        } else {
            send = send.set_message_deduplication_id(letter.deduplication_id.map(str::to_owned));
        }
        for (name, value) in letter.attributes {
            send = send.message_attributes(name, attribute(value));
        }
        let sent = send.send().await;
        let sent = sent.map_err(|error| Failure::of(SERVICE, error))?;
        Ok(Sent {
            message_id: sent.message_id.unwrap_or_default(),
            sequence_number: sent.sequence_number,
        })
    }

    /// The ARN of a queue of this region; a URL that leads anywhere else would carry our signature
    /// there.
    fn queue_arn(&self, url: &str) -> Result<Arn, Failure> {
        let malformed = |base: &str| {
            Failure::Malformed(format!(
                "{url:?} is not the URL of a queue: {base}/<account>/<name>"
            ))
        };
        let usual = self.place.sqs_url();
        let base = self.connection.endpoints().sqs.as_ref().unwrap_or(&usual);
        let path = url.strip_prefix(base).and_then(|p| p.strip_prefix('/'));
        let (account, name) = path
            .and_then(|path| path.split_once('/'))
            .filter(|(account, name)| is_account(account) && is_queue_name(name))
            .ok_or_else(|| malformed(base))?;
        self.place.arn_in(account, "sqs", name)
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
