//! `aws.sqs`: sends a message to a queue. It does not check which queues a workflow may use.

use std::collections::BTreeMap;

use integrations::SqsMessage;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Outcome, Reply, arguments, faults};
use crate::App;
use crate::http_call::Caller;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Arguments {
    queue_url: String,
    /// A text is sent as it is, anything else as JSON.
    body: Value,
    delay_seconds: Option<i32>,
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

pub(super) async fn perform(app: &App, caller: &Caller, arguments: Value) -> Outcome {
    let arguments: Arguments = arguments::read(arguments)?;
    let body = match arguments.body {
        Value::String(text) => text,
        other => other.to_string(),
    };
    let message = SqsMessage {
        queue_url: &arguments.queue_url,
        body: &body,
        delay_seconds: arguments.delay_seconds,
        group_id: arguments.message_group_id.as_deref(),
        deduplication_id: arguments.message_deduplication_id.as_deref(),
        attributes: &arguments.attributes,
        effect: &caller.effect,
    };
    let sent = app.integrations.send_message(&message).await;
    let sent = sent.map_err(faults::of_failure)?;
    let mut answer = json!({"messageId": sent.message_id});
    if let Some(number) = sent.sequence_number {
        answer["sequenceNumber"] = number.into();
    }
    Ok(Reply::Returned(answer))
}
