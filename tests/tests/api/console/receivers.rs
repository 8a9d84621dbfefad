//! Receivers that get nothing for now, as the console shows them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use domain::SubscriptionId;
use domain::outbound::OpenUntil;
use serde_json::json;
use tests::World;

use super::browser::{Browser, text};

/// A subscription whose circuit is open for half a minute.
async fn paused(world: &World, url: &str) -> String {
    let body = json!({"url": url, "events": ["workflow.failed"]});
    let id = text(&world.subscribe(body).await, "id");
    let aws = world.stack.environment("deliver").unwrap();
    let (subscription, now) = (SubscriptionId::parse(&id).unwrap(), world.clock.now());
    let health = &aws.endpoint_health;
    let failing = health.record_failure(subscription, now, true).await;
    let open = OpenUntil {
        until: now.plus_secs(30),
        openings: 1,
    };
    let opened = health.open_circuit(subscription, failing.unwrap().open, open);
    assert!(opened.await.unwrap());
    id
}

#[tokio::test]
async fn home_the_list_and_its_own_page_say_that_a_receiver_is_paused_or_disabled() {
    let world = World::new().await;
    let id = paused(&world, "http://127.0.0.1:9/paused").await;
    let body =
        json!({"url": "http://127.0.0.1:9/off", "events": ["workflow.failed"], "enabled": false});
    world.subscribe(body).await;
    let body = json!({"url": "http://127.0.0.1:9/works", "events": ["workflow.failed"]});
    world.subscribe(body).await;
    let mut browser = Browser::with_key(&world, &world.key).await;
    let home = browser.open("/console").await;
    assert!(home.contains("2 of 3") && home.contains("127.0.0.1:9/paused"));
    assert!(home.contains("127.0.0.1:9/off") && !home.contains("127.0.0.1:9/works"));
    let until = "datetime=\"2026-06-16T12:18:00.231Z\"";
    let page = format!("/console/subscriptions/{id}");
    for path in ["/console", "/console/subscriptions", &page] {
        let shown = browser.open(path).await;
        assert!(shown.contains("</svg>paused</span>"), "{path}: {shown}");
        assert!(shown.contains(until), "{path}");
    }

    world.clock.advance(30_000);
    for path in ["/console", "/console/subscriptions", &page] {
        let shown = browser.open(path).await;
        assert!(!shown.contains("</svg>paused</span>"), "{path}: {shown}");
        assert!(shown.contains("</svg>failing</span>"), "{path}: {shown}");
    }
    browser.submit(&format!("{page}/disable"), &[]).await;
    assert!(browser.page.contains("</svg>disabled</span>"));
    browser.submit(&format!("{page}/enable"), &[]).await;
    assert!(browser.page.contains("</svg>enabled</span>"));
}
