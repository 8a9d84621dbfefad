//! The life of a message: sent, delayed, received, hidden, received again, deleted or dead.

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
async fn a_received_message_is_hidden_until_its_timeout_and_then_counts_again() {
    let at = endpoint().await;
    at.send("m").await;
    assert_eq!(at.receive().await.len(), 1);
    at.clock.advance(29_999);
    assert!(at.receive().await.is_empty());
    at.clock.advance(1);
    let again = at.receive().await;
    assert_eq!(
        attribute(
            &again[0],
            MessageSystemAttributeName::ApproximateReceiveCount
        ),
        Some("2")
    );
}

#[tokio::test]
async fn a_deleted_message_never_comes_back() {
    let at = endpoint().await;
    at.send("m").await;
    let receipt = at.receive().await[0].receipt_handle().unwrap().to_owned();
    for _ in 0..2 {
        at.client
            .delete_message()
            .queue_url(&at.work)
            .receipt_handle(&receipt)
            .send()
            .await
            .unwrap();
    }
    at.clock.advance(60_000);
    assert!(at.receive().await.is_empty());
}

#[tokio::test]
async fn an_older_receipt_deletes_nothing() {
    let at = endpoint().await;
    at.send("m").await;
    let first = at.receive().await[0].receipt_handle().unwrap().to_owned();
    at.clock.advance(30_000);
    let second = at.receive().await[0].receipt_handle().unwrap().to_owned();
    assert_ne!(first, second);
    at.client
        .delete_message()
        .queue_url(&at.work)
        .receipt_handle(&first)
        .send()
        .await
        .unwrap();
    assert_eq!(
        at.sqs.counts("work").unwrap(),
        Counts {
            visible: 0,
            in_flight: 1,
            delayed: 0
        }
    );
    at.client
        .delete_message()
        .queue_url(&at.work)
        .receipt_handle(&second)
        .send()
        .await
        .unwrap();
    assert_eq!(at.sqs.counts("work").unwrap(), Counts::default());
}

#[tokio::test]
async fn a_late_delete_works_while_nobody_received_the_message_again() {
    let at = endpoint().await;
    at.send("m").await;
    let receipt = at.receive().await[0].receipt_handle().unwrap().to_owned();
    at.clock.advance(31_000);
    at.client
        .delete_message()
        .queue_url(&at.work)
        .receipt_handle(&receipt)
        .send()
        .await
        .unwrap();
    assert!(at.receive().await.is_empty());
}

#[tokio::test]
async fn a_delayed_message_comes_when_its_delay_is_over() {
    let at = endpoint().await;
    at.client
        .send_message()
        .queue_url(&at.work)
        .message_body("later")
        .delay_seconds(900)
        .send()
        .await
        .unwrap();
    assert_eq!(
        at.sqs.counts("work").unwrap(),
        Counts {
            visible: 0,
            in_flight: 0,
            delayed: 1
        }
    );
    at.clock.advance(899_999);
    assert!(at.receive().await.is_empty());
    at.clock.advance(1);
    assert_eq!(bodies(&at.receive().await), ["later"]);
}

#[tokio::test]
async fn a_visibility_can_be_shortened_and_lengthened() {
    let at = endpoint().await;
    at.send("m").await;
    let receipt = at.receive().await[0].receipt_handle().unwrap().to_owned();
    let change = |seconds| {
        let change = at.client.change_message_visibility().queue_url(&at.work);
        change
            .receipt_handle(&receipt)
            .visibility_timeout(seconds)
            .send()
    };
    change(100).await.unwrap();
    at.clock.advance(99_999);
    assert!(at.receive().await.is_empty());
    change(0).await.unwrap();
    assert_eq!(at.receive().await.len(), 1);
}

#[tokio::test]
async fn a_message_received_too_often_moves_to_the_dead_letter_queue() {
    let at = endpoint().await;
    at.send("poison").await;
    at.send("poison too").await;
    for _ in 0..2 {
        assert_eq!(at.receive().await.len(), 2);
        at.clock.advance(30_000);
    }
    assert!(at.receive().await.is_empty());
    assert_eq!(at.sqs.counts("dead").unwrap().visible, 2);
    assert_eq!(
        at.sqs.age_of_oldest_message_ms("dead").unwrap(),
        Some(60_000)
    );
    let dead = at.receive_from(&at.dead).await;
    assert_eq!(bodies(&dead), ["poison", "poison too"]);
    let source = attribute(
        &dead[0],
        MessageSystemAttributeName::DeadLetterQueueSourceArn,
    );
    assert_eq!(source, Some("arn:aws:sqs:eu-central-1:000000000000:work"));
}

#[tokio::test]
async fn a_message_is_forgotten_after_its_retention() {
    let at = endpoint().await;
    at.send("m").await;
    at.clock.advance(3_599_999);
    assert_eq!(
        at.sqs.age_of_oldest_message_ms("work").unwrap(),
        Some(3_599_999)
    );
    at.clock.advance(1);
    assert_eq!(at.sqs.age_of_oldest_message_ms("work").unwrap(), None);
    assert!(at.receive().await.is_empty());
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
    // Nothing is closed or flushed: the second opening sees what a killed process would have left.
    let again = endpoint_over(Some(&file)).await;
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
