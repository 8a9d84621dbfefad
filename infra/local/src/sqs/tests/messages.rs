//! What a message carries, in which order messages come, and what outlives the process.

use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{
    MessageAttributeValue, MessageSystemAttributeNameForSends, MessageSystemAttributeValue,
};

use super::*;

#[tokio::test]
async fn a_message_is_received_with_all_that_was_sent() {
    let at = endpoint().await;
    let text = MessageAttributeValue::builder()
        .data_type("String.trace")
        .string_value("00-abc")
        .build()
        .unwrap();
    let bytes = MessageAttributeValue::builder()
        .data_type("Binary")
        .binary_value(Blob::new([0, 255]))
        .build()
        .unwrap();
    let trace = MessageSystemAttributeValue::builder()
        .data_type("String")
        .string_value("Root=1")
        .build()
        .unwrap();
    let sent = at
        .client
        .send_message()
        .queue_url(&at.work)
        .message_body("hello ✓")
        .message_group_id("org_1")
        .message_attributes("trace", text.clone())
        .message_attributes("bytes", bytes.clone())
        .message_system_attributes(MessageSystemAttributeNameForSends::AwsTraceHeader, trace)
        .send()
        .await
        .unwrap();
    at.clock.advance(1_500);
    let received = at.receive().await;
    let [message] = &received[..] else {
        panic!("{received:?}")
    };
    assert_eq!(message.body(), Some("hello ✓"));
    assert_eq!(message.message_id(), sent.message_id());
    assert_eq!(message.md5_of_body(), sent.md5_of_message_body());
    assert_eq!(
        message.md5_of_message_attributes(),
        sent.md5_of_message_attributes()
    );
    let attributes = message.message_attributes().unwrap();
    assert_eq!(
        (&attributes["trace"], &attributes["bytes"]),
        (&text, &bytes)
    );
    let is = |name, value: &str| assert_eq!(attribute(message, name), Some(value));
    is(
        MessageSystemAttributeName::SentTimestamp,
        &START_MS.to_string(),
    );
    is(
        MessageSystemAttributeName::ApproximateFirstReceiveTimestamp,
        &(START_MS + 1_500).to_string(),
    );
    is(MessageSystemAttributeName::ApproximateReceiveCount, "1");
    is(MessageSystemAttributeName::MessageGroupId, "org_1");
    is(MessageSystemAttributeName::AwsTraceHeader, "Root=1");
}

/// The values come from an independent implementation of the developer guide's recipe (Python's hashlib).
#[tokio::test]
async fn the_digests_are_those_that_clients_compute() {
    let at = endpoint().await;
    let value = |kind: &str, text: &str| {
        MessageAttributeValue::builder()
            .data_type(kind)
            .string_value(text)
            .build()
            .unwrap()
    };
    let bytes = MessageAttributeValue::builder()
        .data_type("Binary")
        .binary_value(Blob::new([1, 2, 3]))
        .build()
        .unwrap();
    let sent = at
        .client
        .send_message()
        .queue_url(&at.work)
        .message_body("hello")
        .message_attributes("b", value("String", "text"))
        .message_attributes("a", value("Number", "42"))
        .message_attributes("c", bytes)
        .send()
        .await
        .unwrap();
    assert_eq!(
        sent.md5_of_message_body(),
        Some("5d41402abc4b2a76b9719d911017c592")
    );
    assert_eq!(
        sent.md5_of_message_attributes(),
        Some("3b3797dd6f931d7225fe7077983e9175")
    );
}

#[tokio::test]
async fn only_the_attributes_asked_for_come() {
    let at = endpoint().await;
    let value = MessageAttributeValue::builder()
        .data_type("String")
        .string_value("x")
        .build()
        .unwrap();
    let send = at
        .client
        .send_message()
        .queue_url(&at.work)
        .message_body("m");
    send.message_attributes("a.one", value.clone())
        .message_attributes("b", value)
        .send()
        .await
        .unwrap();
    let received = at
        .client
        .receive_message()
        .queue_url(&at.work)
        .message_attribute_names("a.*")
        .send()
        .await
        .unwrap();
    let message = &received.messages()[0];
    assert_eq!(
        message
            .message_attributes()
            .unwrap()
            .keys()
            .collect::<Vec<_>>(),
        ["a.one"]
    );
    assert!(message.attributes().is_none());
}

#[tokio::test]
async fn messages_come_in_the_order_in_which_they_became_visible() {
    let at = endpoint().await;
    at.client
        .send_message()
        .queue_url(&at.work)
        .message_body("third")
        .delay_seconds(5)
        .send()
        .await
        .unwrap();
    at.send("first").await;
    at.send("second").await;
    at.clock.advance(5_000);
    assert_eq!(bodies(&at.receive().await), ["first", "second", "third"]);
}

#[tokio::test]
async fn one_message_goes_to_one_of_many_receivers() {
    let at = endpoint().await;
    at.send("m").await;
    let receives = (0..8).map(|_| at.receive());
    let received: usize = futures::future::join_all(receives)
        .await
        .iter()
        .map(Vec::len)
        .sum();
    assert_eq!(received, 1);
}

#[tokio::test]
async fn what_was_sent_outlives_the_process_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sqs.sqlite");
    let at = endpoint_over(Some(&file)).await;
    at.send("kept").await;
    at.send("in flight").await;
    let first = at
        .client
        .receive_message()
        .queue_url(&at.work)
        .send()
        .await
        .unwrap();
    let receipt = first.messages()[0].receipt_handle().unwrap().to_owned();
    // Nothing is closed or flushed: the copy is what a killed process would have left.
    let left = tempfile::tempdir().unwrap();
    for name in ["sqs.sqlite", "sqs.sqlite-wal"] {
        std::fs::copy(folder.path().join(name), left.path().join(name)).unwrap();
    }
    let again = endpoint_over(Some(&left.path().join("sqs.sqlite"))).await;
    assert_eq!(
        again.sqs.counts("work").unwrap(),
        Counts {
            visible: 1,
            in_flight: 1,
            delayed: 0
        }
    );
    assert_eq!(bodies(&again.receive().await), ["in flight"]);
    again
        .client
        .delete_message()
        .queue_url(&again.work)
        .receipt_handle(&receipt)
        .send()
        .await
        .unwrap();
    assert_eq!(again.sqs.counts("work").unwrap().in_flight, 1);
}
