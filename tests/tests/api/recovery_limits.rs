//! How much one recovery restarts, and how long it may take.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use domain::limits::MAX_RECOVERED_DELIVERIES;
use domain::outbound::{Delivery, Event, EventType, Profile, Stage, Subject};
use domain::{EventId, SubscriptionId, Timestamp};
use serde_json::{Value, json};
use store::AwsContext;
use tests::World;
use tests::events::management;
use tests::fault_proxy::{Fault, FaultProxy};

/// When the clock of a world starts.
const START: &str = "2026-06-16T12:17:30.231Z";
/// Deliveries that a recovery reads at a time.
const PAGE: usize = 100;

/// The path of a subscription that so many deliveries of one event were exhausted for.
async fn with_exhausted(world: &World, count: usize) -> String {
    let body = json!({"url": "https://127.0.0.1:9/", "events": ["connection.created"]});
    let subscription = world.subscribe(body).await;
    let id = subscription["id"].as_str().unwrap();
    let aws = world.stack.environment("history").unwrap();
    let event = Event {
        id: EventId::derived(&["exhausted"]),
        tenant: world.tenant,
        event_type: EventType::parse(Profile::Native, "connection.created").unwrap(),
        at: world.clock.now(),
        subject: Subject::default(),
        hops: 0,
        data: json!({}),
    };
    aws.events.record(&event).await.unwrap();
    for number in 0..count {
        record_exhausted(&aws, &event, id.parse().unwrap(), number).await;
    }
    format!("/v1/subscriptions/{id}")
}

async fn record_exhausted(
    aws: &AwsContext,
    event: &Event,
    subscription: SubscriptionId,
    number: usize,
) {
    let at: Timestamp = event.at;
    let of_number = EventId::derived(&["exhausted", &number.to_string()]);
    let delivery = Delivery {
        id: Delivery::id_for(of_number, subscription),
        tenant: event.tenant,
        subscription_id: subscription,
        event_id: event.id,
        event_type: event.event_type.clone(),
        created_at: at,
        attempts: 10,
        tries: 10,
        stage: Stage::Exhausted { at },
    };
    let recorded = aws
        .deliveries
        .record(&delivery, at, &aws.random.nonce())
        .await;
    assert!(recorded.unwrap());
}

async fn recover(world: &World, subscription: &str, query: &str) -> Value {
    let path = format!("{subscription}/recover?since={START}{query}");
    world.call("POST", &path, None).await.expect(200)
}

#[tokio::test]
async fn one_request_restarts_at_most_1000_deliveries() {
    let world = World::new().await;
    let subscription = with_exhausted(&world, MAX_RECOVERED_DELIVERIES + 1).await;
    let path = format!("{subscription}/recover?since={START}&limit=1001");
    let refused = world.call("POST", &path, None).await;
    refused.expect_problem(400, "INVALID_PARAMETER");
    let most = recover(&world, &subscription, "&limit=1000").await;
    assert_eq!(most["recovered"], MAX_RECOVERED_DELIVERIES);
    let cursor = format!("&cursor={}", most["nextCursor"].as_str().unwrap());
    let rest = recover(&world, &subscription, &cursor).await;
    assert_eq!(rest, json!({"recovered": 1, "nextCursor": null}));
}

/// What a request answers whose first call to AWS takes so long.
async fn recovered_after(first_call_ms: i64) -> (World, String, Value) {
    let world = World::new().await;
    let subscription = with_exhausted(&world, PAGE + 20).await;
    let clock = world.clock.clone();
    let proxy = FaultProxy::new(&world, move |number, _| {
        if number == 1 {
            clock.advance(first_call_ms);
        }
        Fault::Pass
    });
    let app = history::App::new(proxy.await.environment(&world, "history"));
    let path = format!("{subscription}/recover?since={START}");
    let answer = tests::contract::history(&app, management("POST", &path, &world.key)).await;
    let answer = serde_json::from_slice(answer.body()).unwrap();
    (world, subscription, answer)
}

#[tokio::test]
async fn a_request_reads_pages_for_less_than_ten_seconds_and_says_where_to_go_on() {
    let (_, _, in_time) = recovered_after(9_999).await;
    assert_eq!(in_time, json!({"recovered": 120, "nextCursor": null}));
    let (world, subscription, late) = recovered_after(10_000).await;
    assert_eq!(late["recovered"], PAGE, "the page that it had begun");
    let cursor = format!("&cursor={}", late["nextCursor"].as_str().unwrap());
    let rest = recover(&world, &subscription, &cursor).await;
    assert_eq!(rest, json!({"recovered": 20, "nextCursor": null}));
}
