//! The three batch actions.

use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry,
    SendMessageBatchRequestEntry,
};

use super::*;

fn entry(id: &str, body: &str) -> SendMessageBatchRequestEntry {
    SendMessageBatchRequestEntry::builder()
        .id(id)
        .message_body(body)
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_batch_is_sent_and_each_bad_entry_fails_alone() {
    let at = endpoint().await;
    let batch = at.client.send_message_batch().queue_url(&at.work);
    let answer = batch
        .entries(entry("a", "one"))
        .entries(entry("b", "\u{1}"))
        .entries(entry("c", ""))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.successful()[0].id(), "a");
    assert_eq!(
        answer.successful()[0].md5_of_message_body(),
        "f97c5d29941bfb1b2fdab0874906ab82"
    );
    let failed: Vec<_> = answer
        .failed()
        .iter()
        .map(|failure| (failure.id(), failure.code(), failure.sender_fault()))
        .collect();
    assert_eq!(
        failed,
        [
            ("b", "InvalidMessageContents", true),
            ("c", "MissingParameter", true)
        ]
    );
    assert_eq!(bodies(&at.receive().await), ["one"]);
}

#[tokio::test]
async fn a_batch_is_deleted() {
    let at = endpoint().await;
    at.send("one").await;
    at.send("two").await;
    let mut delete = at.client.delete_message_batch().queue_url(&at.work);
    for (index, message) in at.receive().await.iter().enumerate() {
        let receipt = message.receipt_handle().unwrap();
        let entry = DeleteMessageBatchRequestEntry::builder()
            .id(index.to_string())
            .receipt_handle(receipt);
        delete = delete.entries(entry.build().unwrap());
    }
    let nonsense = DeleteMessageBatchRequestEntry::builder()
        .id("x")
        .receipt_handle("nonsense")
        .build()
        .unwrap();
    let answer = delete.entries(nonsense).send().await.unwrap();
    assert_eq!(answer.successful().len(), 2);
    assert_eq!(answer.failed()[0].code(), "ReceiptHandleIsInvalid");
    assert_eq!(at.sqs.counts("work").unwrap(), Counts::default());
}

#[tokio::test]
async fn the_visibility_of_a_batch_is_changed() {
    let at = endpoint().await;
    at.send("one").await;
    let receipt = at.receive().await[0].receipt_handle().unwrap().to_owned();
    let entry = ChangeMessageVisibilityBatchRequestEntry::builder()
        .id("1")
        .receipt_handle(receipt)
        .visibility_timeout(0);
    let change = at
        .client
        .change_message_visibility_batch()
        .queue_url(&at.work);
    let answer = change.entries(entry.build().unwrap()).send().await.unwrap();
    assert_eq!(answer.successful().len(), 1);
    assert_eq!(at.receive().await.len(), 1);
}

#[tokio::test]
async fn a_wrong_batch_is_refused_whole() {
    let at = endpoint().await;
    let send = |entries: Vec<SendMessageBatchRequestEntry>| {
        at.client
            .send_message_batch()
            .queue_url(&at.work)
            .set_entries(Some(entries))
            .send()
    };
    let refusal = |entries| async { send(entries).await.unwrap_err().into_service_error() };
    assert!(refusal(vec![]).await.is_empty_batch_request());
    let eleven = (0..11)
        .map(|index| entry(&index.to_string(), "m"))
        .collect();
    assert!(refusal(eleven).await.is_too_many_entries_in_batch_request());
    assert!(
        refusal(vec![entry("a", "m"), entry("a", "n")])
            .await
            .is_batch_entry_ids_not_distinct()
    );
    assert!(
        refusal(vec![entry("no spaces", "m")])
            .await
            .is_invalid_batch_entry_id()
    );
    let half = "x".repeat(SIZE_LIMIT_BYTES / 2);
    assert!(
        refusal(vec![entry("a", &half), entry("b", &half), entry("c", "m")])
            .await
            .is_batch_request_too_long()
    );
    assert_eq!(at.sqs.counts("work").unwrap(), Counts::default());
    send(vec![entry("a", &half), entry("b", &half)])
        .await
        .unwrap();
    assert_eq!(at.sqs.counts("work").unwrap().visible, 2);
}
