//! The limits of the refly profile, a minute and a day, and the headers that say what is left of them.

use admin::OrgChange;
use serde_json::json;
use tests::fault_proxy::ask;
use tests::{Answer, Hook, World, echoes_the_event};

const DAY_MS: i64 = 86_400_000;

async fn refly_hook(world: &World) -> Hook {
    world
        .hook(echoes_the_event(), json!({"profile": "refly"}))
        .await
}

async fn run(world: &World, hook: &Hook, delivery: &str, body: &'static str) -> Answer {
    let headers = [("webhook-id", delivery)];
    world.send("POST", &hook.path, &headers, body).await
}

/// The headers, in the order of the limits: a minute, left of it, a day, left of it.
fn limits(answer: &Answer) -> Option<[u32; 4]> {
    let mut shown = [0; 4];
    let names = [
        "limit-rpm",
        "remaining-rpm",
        "limit-daily",
        "remaining-daily",
    ];
    for (shown, name) in shown.iter_mut().zip(names) {
        let header = answer.header(&format!("x-ratelimit-{name}"))?;
        *shown = header.parse().ok()?;
    }
    Some(shown)
}

/// A spent limit is 429 in the product's envelope.
fn assert_limited(answer: &Answer, retry_after_secs: i64) {
    let json = answer.json();
    assert_eq!(answer.status, 429, "{json}");
    assert_eq!(json["success"], false);
    assert_eq!(json["errCode"], "WEBHOOK_RATE_LIMITED");
    assert_eq!(json["errMsg"], "Webhook rate limited");
    let retry_after = retry_after_secs.to_string();
    assert_eq!(answer.header("retry-after"), Some(retry_after.as_str()));
}

/// Says that so many webhooks came today.
async fn count_for_today(world: &World, hook: &Hook, taken: u32) {
    let update = json!({
        "TableName": world.stack.variables("trigger")["RUNS_TABLE"],
        "Key": {"pk": {"S": format!("BKT#{}", hook.workflow)}, "sk": {"S": "B"}},
        "UpdateExpression": "SET day_taken = :taken",
        "ConditionExpression": "attribute_exists(bucket_day)",
        "ExpressionAttributeValues": {":taken": {"N": taken.to_string()}},
    });
    let answer = ask(world, "DynamoDB_20120810.UpdateItem", update.to_string()).await;
    assert!(answer.get("__type").is_none(), "{answer}");
}

fn ms_of_today(world: &World) -> i64 {
    world.clock.now().as_millis() % DAY_MS
}

#[tokio::test]
async fn answers_say_what_is_left_of_the_minute_and_of_the_day() {
    let world = World::new().await;
    let hook = refly_hook(&world).await;
    let unreadable = run(&world, &hook, "0", "{").await;
    assert_eq!(
        (unreadable.status, limits(&unreadable)),
        (400, None),
        "nobody has asked yet"
    );
    let first = run(&world, &hook, "1", "{}").await;
    assert_eq!(
        (first.status, limits(&first)),
        (200, Some([100, 99, 10_000, 9_999]))
    );
    let second = run(&world, &hook, "2", "{}").await;
    assert_eq!(limits(&second), Some([100, 98, 10_000, 9_998]));
    let duplicate = run(&world, &hook, "2", "{}").await;
    assert_eq!(
        (duplicate.status, limits(&duplicate)),
        (200, Some([100, 98, 10_000, 9_998]))
    );
    let unreadable = run(&world, &hook, "3", "{").await;
    assert_eq!(
        (unreadable.status, limits(&unreadable)),
        (400, Some([100, 98, 10_000, 9_998]))
    );
    world.clock.advance(60_000);
    let later = run(&world, &hook, "4", "{}").await;
    assert_eq!(limits(&later), Some([100, 99, 10_000, 9_997]));
    let native = world.hook(echoes_the_event(), json!({})).await;
    let native = world.post(&native, &[], &json!({})).await;
    assert_eq!(limits(&native), None);
}

#[tokio::test]
async fn the_hundred_and_first_of_a_minute_is_429() {
    let world = World::new().await;
    let hook = refly_hook(&world).await;
    for n in 0..100 {
        assert_eq!(run(&world, &hook, &n.to_string(), "{}").await.status, 200);
    }
    let limited = run(&world, &hook, "100", "{}").await;
    assert_limited(&limited, 1);
    assert_eq!(limits(&limited), Some([100, 0, 10_000, 9_900]));
}

#[tokio::test]
async fn the_ten_thousandth_of_a_day_runs_and_the_next_waits_for_midnight() {
    let world = World::new().await;
    let hook = refly_hook(&world).await;
    assert_eq!(run(&world, &hook, "1", "{}").await.status, 200);
    count_for_today(&world, &hook, 9_999).await;
    let last = run(&world, &hook, "2", "{}").await;
    assert_eq!(
        (last.status, limits(&last)),
        (200, Some([100, 98, 10_000, 0]))
    );
    let midnight_ms = DAY_MS - ms_of_today(&world);
    let limited = run(&world, &hook, "3", "{}").await;
    assert_limited(&limited, (midnight_ms + 999) / 1_000);
    assert_eq!(limits(&limited), Some([100, 98, 10_000, 0]));
    world.clock.advance(midnight_ms);
    let tomorrow = run(&world, &hook, "3", "{}").await;
    assert_eq!(
        (tomorrow.status, limits(&tomorrow)),
        (200, Some([100, 99, 10_000, 9_999]))
    );
}

#[tokio::test]
async fn limits_of_the_org_take_the_place_of_the_profiles_and_answer_alike() {
    let world = World::new().await;
    let change = OrgChange {
        webhooks_per_minute: Some(Some(3)),
        webhooks_per_day: Some(Some(2)),
        ..OrgChange::default()
    };
    world.set_org(&change).await;
    let hook = refly_hook(&world).await;
    let first = run(&world, &hook, "1", "{}").await;
    assert_eq!((first.status, limits(&first)), (200, Some([3, 2, 2, 1])));
    assert_eq!(run(&world, &hook, "2", "{}").await.status, 200);
    let limited = run(&world, &hook, "3", "{}").await;
    assert_limited(&limited, (DAY_MS - ms_of_today(&world) + 999) / 1_000);
    assert_eq!(limits(&limited), Some([3, 1, 2, 0]));
}
