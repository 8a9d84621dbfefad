//! Subscriptions that are disabled because of their receiver, and the recovery of what they missed.

use super::*;

#[tokio::test]
async fn a_subscription_whose_receiver_answers_410_is_disabled_and_announced() {
    let world = World::new().await;
    let gone = Receiver::answering(410).await;
    let other = Receiver::answering(200).await;
    let subscription = subscribe(&world, &gone.url, json!({})).await;
    let notices = json!({"events": ["subscription.disabled"]});
    subscribe(&world, &other.url, notices).await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let third = [("sluice-hops", "3")];
    world.post(&hook, &third, &json!({})).await.expect(200);
    world.run().await;
    let path = format!("/v1/subscriptions/{}", subscription["id"].as_str().unwrap());
    let shown = world.call("GET", &path, None).await.expect(200);
    assert_eq!(shown["enabled"], false);
    assert_eq!(shown["disabledReason"], "gone");
    let taken = other.taken();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].json()["type"], "subscription.disabled");
    assert_eq!(
        taken[0].headers["sluice-hops"], "4",
        "as for the event itself"
    );
    assert_eq!(
        taken[0].json()["data"]["subscriptionId"],
        subscription["id"]
    );
    // Events of that time are recorded, and sent once they are recovered.
    trigger(&world, &hook, &json!({})).await;
    assert_eq!(gone.taken().len(), 1);
    let listed = world.deliveries().await;
    let missed = listed.iter().filter(|one| one["status"] == "cancelled");
    assert_eq!(missed.count(), 1, "{listed:?}");
}

#[tokio::test]
async fn events_missed_while_disabled_can_be_recovered() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let subscription = subscribe(&world, &receiver.url, json!({})).await;
    let path = format!("/v1/subscriptions/{}", subscription["id"].as_str().unwrap());
    let disable = format!("{path}/disable");
    world.call("POST", &disable, None).await.expect(200);
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let since = world.clock.now();
    for _ in 0..3 {
        trigger(&world, &hook, &json!({})).await;
    }
    assert!(receiver.taken().is_empty());
    let enable = format!("{path}/enable");
    world.call("POST", &enable, None).await.expect(200);
    let recover = format!("{path}/recover?since={since}");
    let recovered = world.call("POST", &recover, None).await;
    assert_eq!(recovered.json()["recovered"], 3, "{recovered:?}");
    world.run().await;
    assert_eq!(receiver.taken().len(), 3);
}

#[tokio::test]
async fn a_subscription_whose_receiver_fails_for_five_days_is_disabled() {
    let world = World::new().await;
    let receiver = Receiver::answering(503).await;
    let subscription = subscribe(&world, &receiver.url, json!({})).await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let path = format!("/v1/subscriptions/{}", subscription["id"].as_str().unwrap());
    for _ in 0..6 {
        let shown = world.call("GET", &path, None).await.expect(200);
        assert_eq!(shown["enabled"], true);
        trigger(&world, &hook, &json!({})).await;
        world.clock.advance(23 * HOUR_MS);
    }
    trigger(&world, &hook, &json!({})).await;
    let shown = world.call("GET", &path, None).await.expect(200);
    assert_eq!(shown["enabled"], false, "{shown}");
    assert_eq!(shown["disabledReason"], "failing");
}
