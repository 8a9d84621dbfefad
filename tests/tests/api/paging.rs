//! Lists over HTTP, page by page: everything once, in its order, whatever is filtered.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::{Value, json};
use tests::World;
use tests::receiver::Receiver;

/// One field of all items, page by page, and how many pages there were. No page has more than `limit`.
async fn walk(world: &World, path: &str, query: &str, limit: usize, field: &str) -> Walk {
    let mut items = Vec::new();
    let mut pages = 0;
    let mut cursor = String::new();
    loop {
        let path = format!("{path}?limit={limit}&{query}{cursor}");
        let page = world.call("GET", &path, None).await.expect(200);
        let shown = page["items"].as_array().unwrap();
        assert!(shown.len() <= limit, "{page}");
        items.extend(shown.iter().map(|item| item[field].clone()));
        pages += 1;
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Walk { items, pages },
        }
    }
}

struct Walk {
    items: Vec<Value>,
    pages: usize,
}

async fn subscribe(world: &World, url: &str) -> Value {
    let body = json!({"url": url, "events": ["connection.created", "connection.deleted"]});
    let made = world.subscribe(body).await;
    made["id"].clone()
}

async fn publish(world: &World, event: &str) {
    let made = world
        .call("POST", "/v1/events", Some(json!({"type": event})))
        .await;
    made.expect(201);
    world.run().await;
    world.clock.advance(1_000);
}

#[tokio::test]
async fn deliveries_are_paged_newest_first_over_all_subscriptions_and_filters() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let first = subscribe(&world, &receiver.url).await;
    for _ in 0..2 {
        subscribe(&world, &receiver.url).await;
    }
    for number in 0..6 {
        let kind = if number % 2 == 0 {
            "created"
        } else {
            "deleted"
        };
        publish(&world, &format!("connection.{kind}")).await;
    }
    let first = first.as_str().unwrap();
    let between = "since=2026-06-16T12:17:31.231Z&until=2026-06-16T12:17:34.231Z";
    for (query, count) in [
        (String::new(), 18),
        (format!("subscriptionId={first}"), 6),
        ("eventType=connection.created".to_owned(), 9),
        ("status=delivered".to_owned(), 18),
        ("status=exhausted".to_owned(), 0),
        (between.to_owned(), 9),
        (
            format!("{between}&subscriptionId={first}&eventType=connection.deleted"),
            2,
        ),
    ] {
        let found = walk(&world, "/v1/deliveries", &query, 4, "id").await;
        let mut ids: Vec<&str> = found.items.iter().map(|id| id.as_str().unwrap()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!((ids.len(), found.items.len()), (count, count), "{query}");
        assert!(found.pages >= count.div_ceil(4), "{query}");
        let times = walk(&world, "/v1/deliveries", &query, 4, "createdAt").await;
        let times: Vec<&str> = times.items.iter().map(|at| at.as_str().unwrap()).collect();
        assert!(times.is_sorted_by(|newer, older| newer >= older), "{query}");
    }
}

#[tokio::test]
async fn a_cursor_does_not_lead_beyond_the_time_that_is_asked_for() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    subscribe(&world, &receiver.url).await;
    for _ in 0..4 {
        publish(&world, "connection.created").await;
    }
    let newest = world.call("GET", "/v1/deliveries?limit=1", None).await;
    let newest = newest.expect(200);
    let cursor = newest["nextCursor"].as_str().unwrap();
    let early = format!("until=2026-06-16T12:17:32Z&cursor={cursor}");
    let early = format!("/v1/deliveries?{early}");
    let early = world.call("GET", &early, None).await.expect(200);
    let items = early["items"].as_array().unwrap();
    let times: Vec<&Value> = items.iter().map(|item| &item["createdAt"]).collect();
    assert_eq!(
        times,
        ["2026-06-16T12:17:31.231Z", "2026-06-16T12:17:30.231Z"]
    );
}

#[tokio::test]
async fn subscriptions_and_event_types_are_paged_in_their_order() {
    let world = World::new().await;
    let mut made = Vec::new();
    for _ in 0..7 {
        made.push(subscribe(&world, "https://127.0.0.1:9/").await);
        world.clock.advance(1_000);
    }
    let found = walk(&world, "/v1/subscriptions", "", 3, "id").await;
    assert_eq!((found.items, found.pages), (made, 3));
    for name in ["invoice.paid", "app.opened", "zebra.seen"] {
        let path = format!("/v1/event-types/{name}");
        world.call("PUT", &path, Some(json!({}))).await.expect(201);
    }
    let whole = world.call("GET", "/v1/event-types", None).await.expect(200);
    let whole = whole["items"].as_array().unwrap();
    let whole: Vec<Value> = whole.iter().map(|known| known["name"].clone()).collect();
    assert!(
        whole.is_sorted_by(|a, b| a.as_str() < b.as_str()),
        "{whole:?}"
    );
    let found = walk(&world, "/v1/event-types", "", 5, "name").await;
    assert_eq!((found.items, found.pages), (whole, 3));
}

#[tokio::test]
async fn copyais_webhooks_are_paged_by_size_and_number() {
    let world = World::new().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        let body = json!({"url": "https://127.0.0.1:9/", "eventType": "workflowRun.failed"});
        let one = world.call("POST", "/api/webhook", Some(body)).await;
        let mut one = one.expect(200)["data"].clone();
        // Where an answer to create has an empty text, the document prints null in lists.
        one["workflowId"] = Value::Null;
        made.push(one);
        world.clock.advance(1_000);
    }
    for (query, shown) in [
        ("", &made[..]),
        ("size=2", &made[..2]),
        ("size=2&page=1", &made[2..4]),
        ("size=2&page=2", &made[4..]),
        ("size=2&page=3", &[]),
    ] {
        let path = format!("/api/webhook?{query}");
        let page = world.call("GET", &path, None).await.expect(200);
        assert_eq!(page, json!({"total": 5, "data": shown}), "{query}");
    }
}
