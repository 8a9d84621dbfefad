//! A batch as the event that Lambda makes of it ("Using Lambda with Amazon SQS"). Does not know the function.

use serde_json::{Map, Value, json};

use crate::sqs::{Attribute, Received};
use crate::template::DeploymentScope;

pub(super) fn build(batch: &[Received], queue: &str, scope: &DeploymentScope) -> Value {
    json!({ "Records": batch.iter().map(|message| record(message, queue, scope)).collect::<Vec<_>>() })
}

fn record(message: &Received, queue: &str, scope: &DeploymentScope) -> Value {
    let attributes: Map<String, Value> = message
        .message_attributes
        .iter()
        .map(|(name, attribute)| (name.clone(), message_attribute(attribute)))
        .collect();
    let mut record = json!({
        "messageId": message.message_id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": message.attributes,
        "messageAttributes": attributes,
        "md5OfBody": message.md5_of_body,
        "eventSource": "aws:sqs",
        "eventSourceARN": format!("arn:aws:sqs:{}:{}:{queue}", scope.region, scope.account_id),
        "awsRegion": scope.region,
    });
    if let Some(digest) = &message.md5_of_message_attributes {
        record["md5OfMessageAttributes"] = digest.as_str().into();
    }
    record
}

/// Lambda spells these in camel case, where SQS does not.
fn message_attribute(attribute: &Attribute) -> Value {
    let mut shown = json!({
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": attribute.data_type,
    });
    if let Some(text) = &attribute.string_value {
        shown["stringValue"] = text.as_str().into();
    }
    if let Some(bytes) = &attribute.binary_value {
        shown["binaryValue"] = bytes.as_str().into();
    }
    shown
}
