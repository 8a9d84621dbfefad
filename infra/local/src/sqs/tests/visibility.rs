//! The life of a message: hidden, delayed, received again, deleted, dead or forgotten.

use super::*;

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
    let count = attribute(
        &dead[0],
        MessageSystemAttributeName::ApproximateReceiveCount,
    );
    assert_eq!(count, Some("3"), "across both queues");
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
