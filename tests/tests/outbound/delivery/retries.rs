//! The schedule of retries, and series of failures.

use super::*;

#[tokio::test]
async fn a_failed_delivery_is_retried_by_the_schedule_with_the_same_id() {
    let world = World::new().await;
    let receiver = Receiver::answering(500).await;
    subscribe(&world, &receiver.url, json!({})).await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    trigger(&world, &hook, &json!({})).await;
    assert_eq!(receiver.taken().len(), 1);
    advance(&world, 60_000).await;
    assert_eq!(receiver.taken().len(), 2, "after five seconds");
    advance(&world, 6 * 60_000).await;
    assert_eq!(receiver.taken().len(), 3, "after five minutes");
    advance(&world, 96 * HOUR_MS).await;
    let taken = receiver.taken();
    assert_eq!(taken.len(), 10);
    let ids: Vec<&String> = taken.iter().map(|one| &one.headers["webhook-id"]).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let listed = world.deliveries().await;
    let detail = delivery(&world, &listed[0]["id"]).await;
    assert_eq!(detail["status"], "exhausted");
    assert_eq!(detail["attempts"].as_array().unwrap().len(), 10);
    assert_eq!(detail["nextAttemptAt"], Value::Null);
    advance(&world, 2 * HOUR_MS).await;
    assert_eq!(receiver.taken().len(), 10, "it is over");
}

#[tokio::test]
async fn a_retry_after_header_delays_the_next_attempt() {
    let world = World::new().await;
    let receiver = Receiver::new(|number, _| match number {
        1 => Reply::Answer(429, vec![("retry-after", "7200".to_owned())], Vec::new()),
        _ => Reply::status(200),
    })
    .await;
    subscribe(&world, &receiver.url, json!({})).await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    trigger(&world, &hook, &json!({})).await;
    advance(&world, 2 * HOUR_MS - 120_000).await;
    assert_eq!(receiver.taken().len(), 1);
    advance(&world, 180_000).await;
    assert_eq!(receiver.taken().len(), 2);
    let listed = world.deliveries().await;
    assert_eq!(listed[0]["status"], "delivered");
}

/// TTL removes records late, so an expired failure record must not count.
#[tokio::test]
async fn a_failure_after_an_expired_one_starts_a_new_series() {
    let world = World::new().await;
    let receiver = Receiver::answering(503).await;
    let subscription = subscribe(&world, &receiver.url, json!({})).await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    trigger(&world, &hook, &json!({})).await;
    world.clock.advance(40 * 24 * HOUR_MS);
    trigger(&world, &hook, &json!({})).await;
    let path = format!("/v1/subscriptions/{}", subscription["id"].as_str().unwrap());
    let shown = world.call("GET", &path, None).await.expect(200);
    assert_eq!(shown["enabled"], true, "{shown}");
}
