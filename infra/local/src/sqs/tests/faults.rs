//! Refusals, as the SDK types them.

use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::MessageAttributeValue;

use super::*;

#[tokio::test]
async fn a_queue_that_is_not_there_is_named_so() {
    let at = endpoint().await;
    let send = at
        .client
        .send_message()
        .queue_url(format!("{}-not", at.work))
        .message_body("m");
    let error = send.send().await.unwrap_err().into_service_error();
    assert!(error.is_queue_does_not_exist(), "{error:?}");
    let url = at
        .client
        .get_queue_url()
        .queue_name("no-such-queue")
        .send()
        .await
        .unwrap_err();
    assert!(url.into_service_error().is_queue_does_not_exist());
    let receive = at
        .client
        .receive_message()
        .queue_url("http://127.0.0.1/x/no-such-queue")
        .send()
        .await
        .unwrap_err();
    assert!(receive.into_service_error().is_queue_does_not_exist());
}

#[tokio::test]
async fn a_receipt_that_never_was_is_invalid() {
    let at = endpoint().await;
    let delete = at
        .client
        .delete_message()
        .queue_url(&at.work)
        .receipt_handle("nonsense")
        .send()
        .await
        .unwrap_err();
    assert!(delete.into_service_error().is_receipt_handle_is_invalid());
    at.send("m").await;
    let receipt = at.receive().await[0].receipt_handle().unwrap().to_owned();
    let elsewhere = at
        .client
        .delete_message()
        .queue_url(&at.dead)
        .receipt_handle(&receipt)
        .send()
        .await
        .unwrap_err();
    assert!(
        elsewhere
            .into_service_error()
            .is_receipt_handle_is_invalid()
    );
}

#[tokio::test]
async fn the_visibility_of_a_visible_message_cannot_be_changed() {
    let at = endpoint().await;
    at.send("m").await;
    let receipt = at.receive().await[0].receipt_handle().unwrap().to_owned();
    at.clock.advance(30_000);
    let change = || {
        at.client
            .change_message_visibility()
            .queue_url(&at.work)
            .receipt_handle(&receipt)
            .visibility_timeout(5)
    };
    assert!(
        change()
            .send()
            .await
            .unwrap_err()
            .into_service_error()
            .is_message_not_inflight()
    );
    at.client
        .delete_message()
        .queue_url(&at.work)
        .receipt_handle(&receipt)
        .send()
        .await
        .unwrap();
    let gone = change().send().await.unwrap_err().into_service_error();
    assert_eq!(gone.code(), Some("InvalidParameterValue"));
}

#[tokio::test]
async fn a_body_is_at_most_one_mebibyte_with_its_attributes() {
    let at = endpoint().await;
    let send = |body: String| {
        at.client
            .send_message()
            .queue_url(&at.work)
            .message_body(body)
    };
    send("x".repeat(SIZE_LIMIT_BYTES)).send().await.unwrap();
    let value = MessageAttributeValue::builder()
        .data_type("String")
        .string_value("v")
        .build()
        .unwrap();
    let over = send("x".repeat(SIZE_LIMIT_BYTES - 7))
        .message_attributes("n", value)
        .send()
        .await
        .unwrap_err();
    assert_eq!(
        over.into_service_error().code(),
        Some("InvalidParameterValue")
    );
    let control = send("\u{b}".to_owned())
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(control.is_invalid_message_contents());
    assert_eq!(
        send(String::new())
            .send()
            .await
            .unwrap_err()
            .into_service_error()
            .code(),
        Some("MissingParameter")
    );
}

#[tokio::test]
async fn numbers_out_of_range_are_refused() {
    let at = endpoint().await;
    let receive = || at.client.receive_message().queue_url(&at.work);
    for wrong in [
        receive().max_number_of_messages(11),
        receive().max_number_of_messages(0),
        receive().visibility_timeout(43_201),
        receive().wait_time_seconds(21),
    ] {
        assert_eq!(
            wrong.send().await.unwrap_err().into_service_error().code(),
            Some("InvalidParameterValue")
        );
    }
    let send = at
        .client
        .send_message()
        .queue_url(&at.work)
        .message_body("m");
    for wrong in [
        send.clone().delay_seconds(901),
        send.clone().message_group_id("ü"),
        send.message_deduplication_id("d"),
    ] {
        assert_eq!(
            wrong.send().await.unwrap_err().into_service_error().code(),
            Some("InvalidParameterValue")
        );
    }
}

#[tokio::test]
async fn what_the_template_decides_cannot_be_done_over_the_wire() {
    let at = endpoint().await;
    let create = at
        .client
        .create_queue()
        .queue_name("new")
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(create.is_unsupported_operation());
    let tags = at
        .client
        .list_queue_tags()
        .queue_url(&at.work)
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert_eq!(tags.code(), Some("UnknownOperationException"));
}
