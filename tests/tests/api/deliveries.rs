//! Deliveries over the API: lists and their filters, one more try, and the recovery of what was missed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::{Value, json};
use tests::World;
use tests::gate::Gate;
use tests::receiver::Receiver;

const LIST: &str = "/v1/deliveries";
const SUBSCRIPTIONS: &str = "/v1/subscriptions";

async fn subscribe(world: &World, url: &str) -> String {
    let body = json!({"url": url, "events": ["connection.created"]});
    let made = world.subscribe(body).await;
    made["id"].as_str().unwrap().to_owned()
}

async fn publish(world: &World) -> String {
    let body = json!({"type": "connection.created"});
    let made = world
        .call("POST", "/v1/events", Some(body))
        .await
        .expect(201);
    world.run().await;
    made["id"].as_str().unwrap().to_owned()
}

async fn act(world: &World, id: &str, action: &str) -> tests::Answer {
    let path = format!("{SUBSCRIPTIONS}/{id}/{action}");
    world.call("POST", &path, None).await
}

async fn listed(world: &World, query: &str) -> Vec<Value> {
    let path = format!("{LIST}?{query}");
    let list = world.call("GET", &path, None).await.expect(200);
    list["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn each_filter_of_the_list_finds_its_own() {
    let world = World::new().await;
    let gate = Gate::open().await;
    let sent = subscribe(&world, &gate.url).await;
    let missed = subscribe(&world, &gate.url).await;
    act(&world, &missed, "disable").await.expect(200);
    let first = publish(&world).await;
    world.clock.advance(60_000);
    let second = publish(&world).await;
    for (query, count) in [
        (String::new(), 4),
        (format!("subscriptionId={sent}"), 2),
        ("status=delivered".to_owned(), 2),
        ("status=cancelled".to_owned(), 2),
        ("status=exhausted".to_owned(), 0),
        (format!("eventId={first}"), 2),
        (format!("eventId={second}&subscriptionId={missed}"), 1),
        ("eventType=connection.created".to_owned(), 4),
        ("eventType=connection.deleted".to_owned(), 0),
        ("since=2026-06-16T12:18:00Z".to_owned(), 2),
        ("until=2026-06-16T12:18:00Z".to_owned(), 2),
    ] {
        assert_eq!(listed(&world, &query).await.len(), count, "{query}");
    }
    act(&world, &sent, "test").await.expect(202);
    let path = format!("{SUBSCRIPTIONS}/{sent}");
    world.call("DELETE", &path, None).await.expect(204);
    assert_eq!(
        listed(&world, &format!("subscriptionId={sent}"))
            .await
            .len(),
        3
    );
    for (query, status, code) in [
        ("status=lost", 400, "INVALID_PARAMETER"),
        ("nope=1", 400, "INVALID_PARAMETER"),
        (
            "subscriptionId=sub_00000000000000000000000000",
            404,
            "NOT_FOUND",
        ),
    ] {
        let refused = world.call("GET", &format!("{LIST}?{query}"), None).await;
        refused.expect_problem(status, code);
    }
}

#[tokio::test]
async fn what_waits_and_what_failed_are_found_by_their_status() {
    let world = World::new().await;
    let busy = Receiver::answering(503).await;
    let waiting = subscribe(&world, &busy.url).await;
    let body = json!({
        "url": busy.url, "events": ["connection.created"],
        "format": "custom", "template": "{{ event.data.nothing.of.it }}",
    });
    let failing = world.subscribe(body).await;
    publish(&world).await;
    for (status, expected) in [
        ("pending", vec![json!(waiting)]),
        ("exhausted", vec![failing["id"].clone()]),
        ("delivered", vec![]),
        ("cancelled", vec![]),
    ] {
        let found = listed(&world, &format!("status={status}")).await;
        let found: Vec<&Value> = found.iter().map(|one| &one["subscriptionId"]).collect();
        assert_eq!(found, expected.iter().collect::<Vec<_>>(), "{status}");
    }
}

#[tokio::test]
async fn a_retry_sends_it_once_more_while_its_subscription_is_there() {
    let world = World::new().await;
    let gate = Gate::open().await;
    let id = subscribe(&world, &gate.url).await;
    publish(&world).await;
    let delivery = listed(&world, "").await[0]["id"].clone();
    let path = format!("{LIST}/{}", delivery.as_str().unwrap());
    let retry = format!("{path}/retry");
    let begun = world.call("POST", &retry, None).await;
    assert_eq!(begun.header("location"), Some(path.as_str()));
    assert_eq!(begun.expect(202)["status"], "pending");
    world.run().await;
    assert_eq!(gate.calls(), 2);
    let delivery = world.call("GET", &path, None).await.expect(200);
    assert_eq!(delivery["status"], "delivered");
    assert_eq!(delivery["attemptCount"], 2);
    assert_eq!(delivery["attempts"].as_array().unwrap().len(), 2);
    act(&world, &id, "disable").await.expect(200);
    let refused = world.call("POST", &retry, None).await;
    refused.expect_problem(409, "SUBSCRIPTION_DISABLED");
    let gone = format!("{SUBSCRIPTIONS}/{id}");
    world.call("DELETE", &gone, None).await.expect(204);
    let refused = world.call("POST", &retry, None).await;
    refused.expect_problem(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_recovery_sends_what_was_missed_page_by_page() {
    let world = World::new().await;
    let gate = Gate::open().await;
    let id = subscribe(&world, &gate.url).await;
    act(&world, &id, "disable").await.expect(200);
    for _ in 0..3 {
        publish(&world).await;
        world.clock.advance(1_000);
    }
    let since = "since=2026-06-16T12:17:30.231Z";
    let action = format!("recover?{since}&limit=2");
    act(&world, &id, &action)
        .await
        .expect_problem(409, "SUBSCRIPTION_DISABLED");
    act(&world, &id, "enable").await.expect(200);
    act(&world, &id, "recover")
        .await
        .expect_problem(400, "INVALID_PARAMETER");
    let mut recovered = 0;
    let mut action = action;
    loop {
        let page = act(&world, &id, &action).await.expect(200);
        recovered += page["recovered"].as_u64().unwrap();
        let Some(cursor) = page["nextCursor"].as_str() else {
            break;
        };
        action = format!("recover?{since}&limit=2&cursor={cursor}");
    }
    assert_eq!(recovered, 3);
    world.run().await;
    assert_eq!(gate.calls(), 3);
    let again = act(&world, &id, &format!("recover?{since}"))
        .await
        .expect(200);
    assert_eq!(again, json!({"recovered": 0, "nextCursor": null}));
}

#[tokio::test]
async fn an_execution_names_the_deliveries_it_caused() {
    let world = World::new().await;
    let hook = world.hook(tests::echoes_the_event(), json!({})).await;
    let before = world.post(&hook, &[], &json!({})).await.expect(200);
    world.run().await;
    let before = before["executionId"].as_str().unwrap();
    assert_eq!(world.execution(before).await["deliveries"], json!([]));
    let gate = Gate::open().await;
    let body = json!({"url": gate.url, "events": ["workflow.started", "workflow.completed"]});
    let made = world.subscribe(body).await;
    let after = world.post(&hook, &[], &json!({})).await.expect(200);
    world.run().await;
    let shown = world
        .execution(after["executionId"].as_str().unwrap())
        .await;
    let listed = shown["deliveries"].as_array().unwrap();
    let mut types: Vec<&str> = listed
        .iter()
        .map(|delivery| delivery["eventType"].as_str().unwrap())
        .collect();
    types.sort_unstable();
    assert_eq!(types, ["workflow.completed", "workflow.started"]);
    for delivery in listed {
        assert_eq!(delivery["subscriptionId"], made["id"]);
        assert_eq!(delivery["status"], "delivered");
    }
}

#[tokio::test]
async fn another_orgs_ids_are_404_on_every_route() {
    let world = World::new().await;
    let gate = Gate::open().await;
    let id = subscribe(&world, &gate.url).await;
    let event = publish(&world).await;
    let delivery = listed(&world, "").await[0]["id"].clone();
    let delivery = format!("{LIST}/{}", delivery.as_str().unwrap());
    let subscription = format!("{SUBSCRIPTIONS}/{id}");
    let other = world.key_of("two").await;
    for (method, path) in [
        ("GET", subscription.clone()),
        ("PATCH", subscription.clone()),
        ("DELETE", subscription.clone()),
        ("POST", format!("{subscription}/enable")),
        ("POST", format!("{subscription}/disable")),
        ("POST", format!("{subscription}/test")),
        ("POST", format!("{subscription}/rotate-secret")),
        (
            "POST",
            format!("{subscription}/recover?since=2026-06-16T12:17:30Z"),
        ),
        ("GET", format!("/v1/events/{event}")),
        ("GET", delivery.clone()),
        ("POST", format!("{delivery}/retry")),
        ("GET", format!("{LIST}?subscriptionId={id}")),
    ] {
        let refused = world.call_as(&other, method, &path, None).await;
        refused.expect_problem(404, "NOT_FOUND");
    }
    let list = world.call_as(&other, "GET", LIST, None).await.expect(200);
    assert_eq!(list["items"], json!([]));
    world.call("GET", &subscription, None).await.expect(200);
}
