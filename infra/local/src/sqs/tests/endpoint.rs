//! What can be asked about queues, long polls, and purging.

use std::time::Duration;

use aws_sdk_sqs::types::QueueAttributeName;
use tokio::time::Instant;

use super::*;

#[tokio::test]
async fn queues_are_found_and_listed() {
    let at = endpoint().await;
    let url = at
        .client
        .get_queue_url()
        .queue_name("work")
        .send()
        .await
        .unwrap();
    assert_eq!(url.queue_url(), Some(at.work.as_str()));
    let listed = at
        .client
        .list_queues()
        .queue_name_prefix("d")
        .send()
        .await
        .unwrap();
    assert_eq!(listed.queue_urls(), std::slice::from_ref(&at.dead));
    assert_eq!(
        at.client
            .list_queues()
            .send()
            .await
            .unwrap()
            .queue_urls()
            .len(),
        2
    );
}

#[tokio::test]
async fn attributes_show_settings_and_counts() {
    let at = endpoint().await;
    for _ in 0..3 {
        at.send("m").await;
    }
    at.client
        .send_message()
        .queue_url(&at.work)
        .message_body("later")
        .delay_seconds(9)
        .send()
        .await
        .unwrap();
    at.client
        .receive_message()
        .queue_url(&at.work)
        .send()
        .await
        .unwrap();
    let all = at
        .client
        .get_queue_attributes()
        .queue_url(&at.work)
        .attribute_names(QueueAttributeName::All);
    let answer = all.send().await.unwrap();
    let shown = answer.attributes().unwrap();
    let is = |name: QueueAttributeName, value: &str| {
        assert_eq!(shown.get(&name).map(String::as_str), Some(value))
    };
    is(QueueAttributeName::ApproximateNumberOfMessages, "2");
    is(
        QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        "1",
    );
    is(QueueAttributeName::ApproximateNumberOfMessagesDelayed, "1");
    is(QueueAttributeName::VisibilityTimeout, "30");
    is(
        QueueAttributeName::QueueArn,
        "arn:aws:sqs:eu-central-1:000000000000:work",
    );
    assert!(shown[&QueueAttributeName::RedrivePolicy].contains("\"maxReceiveCount\":2"));
    let none = at
        .client
        .get_queue_attributes()
        .queue_url(&at.work)
        .send()
        .await
        .unwrap();
    assert!(
        none.attributes()
            .is_none_or(|attributes| attributes.is_empty())
    );
    let wrong = at
        .client
        .get_queue_attributes()
        .queue_url(&at.work)
        .attribute_names("Nonsense".into());
    assert!(
        wrong
            .send()
            .await
            .unwrap_err()
            .into_service_error()
            .is_invalid_attribute_name()
    );
}

#[tokio::test]
async fn a_long_poll_ends_with_the_message_it_waited_for() {
    let at = endpoint().await;
    let started = Instant::now();
    let poll = at
        .client
        .receive_message()
        .queue_url(&at.work)
        .wait_time_seconds(20)
        .send();
    let (polled, ()) = tokio::join!(poll, async {
        // Lets the poll reach the server first; whichever comes first, the message is received.
        tokio::time::sleep(Duration::from_millis(50)).await;
        at.send("m").await;
    });
    assert_eq!(polled.unwrap().messages().len(), 1);
    assert!(started.elapsed() < Duration::from_secs(15));
}

#[tokio::test]
async fn a_long_poll_sees_a_message_that_time_makes_visible() {
    let at = endpoint().await;
    at.client
        .send_message()
        .queue_url(&at.work)
        .message_body("later")
        .delay_seconds(60)
        .send()
        .await
        .unwrap();
    let poll = at
        .client
        .receive_message()
        .queue_url(&at.work)
        .wait_time_seconds(20)
        .send();
    let (polled, ()) = tokio::join!(poll, async { at.clock.advance(60_000) });
    assert_eq!(polled.unwrap().messages().len(), 1);
}

#[tokio::test]
async fn a_long_poll_of_an_empty_queue_ends_empty() {
    let at = endpoint().await;
    let started = Instant::now();
    let poll = at
        .client
        .receive_message()
        .queue_url(&at.work)
        .wait_time_seconds(1)
        .send()
        .await
        .unwrap();
    assert!(poll.messages().is_empty());
    assert!(started.elapsed() >= Duration::from_millis(900));
}

#[tokio::test]
async fn a_purge_leaves_nothing() {
    let at = endpoint().await;
    at.send("seen").await;
    at.receive().await;
    at.send("unseen").await;
    at.client
        .purge_queue()
        .queue_url(&at.work)
        .send()
        .await
        .unwrap();
    assert_eq!(at.sqs.counts("work").unwrap(), Counts::default());
}

#[tokio::test]
async fn the_endpoint_serves_only_while_its_stack_runs() {
    let stop = Stop::new();
    let at = endpoint().await;
    let listener = any_port().await.unwrap();
    let address = listener.local_addr().unwrap();
    assert_ne!(address, at.address);
    let served = tokio::spawn(serve(listener, router(at.sqs.clone()), stop.clone()));
    client(&format!("http://{address}"))
        .list_queues()
        .send()
        .await
        .unwrap();
    stop.now();
    served.await.unwrap();
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
