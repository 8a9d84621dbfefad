//! The first page: what is in flight, and what failed.

use serde_json::json;
use tests::{World, fails, waits};

use super::browser::Browser;

#[tokio::test]
async fn home_counts_what_is_in_flight_and_what_failed_today_and_yesterday() {
    let world = World::new().await;
    let failing = world.hook(fails(), json!({})).await;
    let waiting = world.hook(waits(86_400 * 3), json!({})).await;
    for _ in 0..2 {
        world.post(&failing, &[], &json!({})).await.expect(200);
    }
    world.post(&waiting, &[], &json!({})).await.expect(200);
    world.run().await;
    let mut browser = Browser::with_key(&world, &world.key).await;
    let home = browser.open("/console").await;
    let figure =
        |figure: u32, label: &str| format!(">{figure}</span><span class=\"label\">{label}</span>");
    assert!(home.contains(&figure(1, "In flight")), "{home}");
    assert!(home.contains(&figure(2, "Failed today (UTC)")), "{home}");
    assert!(home.contains("Yesterday: 0"), "{home}");

    // The worker has counted this one, and not written it yet.
    world.post(&failing, &[], &json!({})).await.expect(200);
    world.run().await;
    let home = browser.open("/console").await;
    assert!(home.contains(&figure(3, "Failed today (UTC)")), "{home}");

    world.clock.advance(86_400_000);
    world.post(&failing, &[], &json!({})).await.expect(200);
    world.run().await;
    let mut browser = Browser::with_key(&world, &world.key).await;
    let home = browser.open("/console").await;
    assert!(home.contains(&figure(1, "In flight")), "{home}");
    assert!(home.contains(&figure(1, "Failed today (UTC)")), "{home}");
    assert!(home.contains("Yesterday: 3"), "{home}");
}
