//! `GET /v1/org/usage`: what an org used, by day. Containers count in memory and write once a minute.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use domain::{Day, UsageKind};
use serde_json::{Value, json};
use tests::crash::run_batch;
use tests::events::webhook;
use tests::fault_proxy::{Fault, FaultProxy};
use tests::receiver::Receiver;
use tests::{World, echoes_the_event, fails, tenant};

const DAY_MS: i64 = 86_400_000;

async fn days(world: &World, key: &str) -> Vec<Value> {
    let usage = world.call_as(key, "GET", "/v1/org/usage", None).await;
    let usage = usage.expect(200);
    usage["days"].as_array().unwrap().clone()
}

/// Executions, failures, deliveries and refusals of a day, counted back from today.
async fn used(world: &World, days_ago: usize) -> [u64; 4] {
    of(&days(world, &world.key).await[30 - days_ago])
}

fn of(day: &Value) -> [u64; 4] {
    ["executions", "failures", "deliveries", "refusals"].map(|name| day[name].as_u64().unwrap())
}

#[tokio::test]
async fn an_org_sees_its_executions_deliveries_and_refusals_of_31_days() {
    let world = World::new().await;
    let receiver = Receiver::answering(200).await;
    let wanted = json!({"url": receiver.url, "events": ["workflow.completed"]});
    world.subscribe(wanted).await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    world.post(&hook, &[], &json!({})).await.expect(200);
    world
        .send(
            "POST",
            &hook.path,
            &[("content-type", "application/json")],
            "{",
        )
        .await
        .expect(400);
    world.run().await;
    assert_eq!(used(&world, 0).await, [1, 0, 1, 1]);

    let listed = days(&world, &world.key).await;
    let dates: Vec<&str> = listed
        .iter()
        .map(|day| day["day"].as_str().unwrap())
        .collect();
    assert_eq!(
        (dates.len(), dates[0], dates[30]),
        (31, "2026-05-17", "2026-06-16")
    );
    assert!(
        listed[..30].iter().all(|day| of(day) == [0, 0, 0, 0]),
        "{listed:?}"
    );

    let stranger = world.key_of("two").await;
    let others = days(&world, &stranger).await;
    assert!(
        others.iter().all(|day| of(day) == [0, 0, 0, 0]),
        "{others:?}"
    );

    world.clock.advance(DAY_MS);
    world.post(&hook, &[], &json!({})).await.expect(200);
    world.run().await;
    assert_eq!(used(&world, 0).await, [1, 0, 1, 0]);
    assert_eq!(used(&world, 1).await, [1, 0, 1, 1]);
    world.clock.advance(29 * DAY_MS);
    assert_eq!(used(&world, 30).await, [1, 0, 1, 1]);
    world.clock.advance(DAY_MS);
    assert_eq!(
        used(&world, 30).await,
        [1, 0, 1, 0],
        "the earliest day is gone"
    );
}

#[tokio::test]
async fn a_failure_counts_on_the_day_on_which_the_execution_ends() {
    let world = World::new().await;
    let hook = world.hook(fails(), json!({})).await;
    world.post(&hook, &[], &json!({})).await.expect(200);
    world.run().await;
    assert_eq!(used(&world, 0).await, [1, 1, 0, 0]);
    // A repeated message finds that it has ended.
    world.run().await;
    assert_eq!(used(&world, 0).await, [1, 1, 0, 0]);
}

#[tokio::test]
async fn an_item_of_a_day_expires_once_it_cannot_be_asked_for() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    world.post(&hook, &[], &json!({})).await.expect(200);
    world.run().await;
    let items = tests::invariants::scan(&world).await;
    let is_usage = |item: &&serde_json::Map<String, Value>| {
        item["pk"]["S"].as_str().unwrap().starts_with("USAGE#")
    };
    let item = items.iter().find(is_usage).unwrap();
    let expires_at: i64 = item["expires_at"]["N"].as_str().unwrap().parse().unwrap();
    let day: Day = item["sk"]["S"].as_str().unwrap().parse().unwrap();
    assert_eq!(expires_at, day.plus(32).begins_at().as_millis() / 1_000);
}

/// An app of its own is a container of its own.
fn container(world: &World) -> worker::App {
    worker::App::new(world.settings("worker").environment())
}

async fn run_one(world: &World, hook: &tests::Hook, app: &worker::App) {
    world.post(hook, &[], &json!({})).await.expect(200);
    run_batch(world, app).await;
}

#[tokio::test]
async fn the_counts_of_several_containers_add_up() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    for app in [container(&world), container(&world), container(&world)] {
        run_one(&world, &hook, &app).await;
    }
    assert_eq!(used(&world, 0).await, [3, 0, 0, 0]);
}

#[tokio::test]
async fn a_container_that_ends_loses_what_it_counted_since_its_last_write() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let app = container(&world);
    for _ in 0..3 {
        run_one(&world, &hook, &app).await;
    }
    assert_eq!(
        used(&world, 0).await,
        [1, 0, 0, 0],
        "the others wait for the minute"
    );
    world.clock.advance(60_000);
    run_one(&world, &hook, &app).await;
    assert_eq!(used(&world, 0).await, [4, 0, 0, 0]);
    run_one(&world, &hook, &app).await;
    drop(app);
    world.clock.advance(60_000);
    run_one(&world, &hook, &container(&world)).await;
    assert_eq!(used(&world, 0).await, [5, 0, 0, 0], "one of six is lost");
}

#[tokio::test]
async fn a_write_that_fails_loses_its_minute_and_no_execution() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let proxy = FaultProxy::new(&world, |number, operation| match operation {
        "TransactWriteItems" if number < 20 => Fault::Answer {
            status: 400,
            error: "AccessDeniedException",
        },
        _ => Fault::Pass,
    })
    .await;
    let app = worker::App::new(proxy.environment(&world, "worker"));
    let accepted = world.post(&hook, &[], &json!({})).await.expect(200);
    run_batch(&world, &app).await;
    let id = accepted["executionId"].as_str().unwrap();
    assert_eq!(world.execution(id).await["status"], "succeeded");
    assert!(proxy.calls().contains(&"TransactWriteItems".to_owned()));
    assert_eq!(used(&world, 0).await, [0, 0, 0, 0]);
    world.clock.advance(60_000);
    for _ in 0..9 {
        run_one(&world, &hook, &app).await;
        world.clock.advance(60_000);
    }
    let [executions, ..] = used(&world, 0).await;
    assert!((1..9).contains(&executions), "{executions}");
}

#[tokio::test]
async fn a_lost_answer_of_a_write_counts_nothing_twice() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let proxy = FaultProxy::new(&world, |_, operation| match operation {
        "TransactWriteItems" => Fault::LoseAnswer,
        _ => Fault::Pass,
    })
    .await;
    let app = worker::App::new(proxy.environment(&world, "worker"));
    run_one(&world, &hook, &app).await;
    let repeats = proxy
        .calls()
        .iter()
        .filter(|call| *call == "TransactWriteItems")
        .count();
    assert!(repeats > 1, "the SDK sends it again");
    assert_eq!(used(&world, 0).await, [1, 0, 0, 0]);
}

#[tokio::test]
async fn refusals_of_a_minute_are_written_with_the_next_one() {
    let world = World::new().await;
    let hook = world
        .hook(echoes_the_event(), json!({"enabled": false}))
        .await;
    let app = trigger::App::new(world.settings("trigger").environment());
    for _ in 0..5 {
        trigger::handle(&app, webhook(&hook.path, &[], &json!({}))).await;
    }
    assert_eq!(used(&world, 0).await, [0, 0, 0, 1]);
    world.clock.advance(60_000);
    trigger::handle(&app, webhook(&hook.path, &[], &json!({}))).await;
    assert_eq!(used(&world, 0).await, [0, 0, 0, 6]);
}

#[tokio::test]
async fn fifty_orgs_of_one_container_are_written_in_one_call() {
    let world = World::new().await;
    let proxy = FaultProxy::new(&world, |_, _| Fault::Pass).await;
    let aws = proxy.environment(&world, "worker");
    for n in 0..50 {
        let org = tenant(&n.to_string()).org;
        aws.usage.count(org, UsageKind::Execution, aws.now());
    }
    aws.usage.flush(aws.now()).await;
    assert_eq!(proxy.calls(), ["TransactWriteItems"]);
    let of_one = aws.usage.days(tenant("7").org, aws.now()).await.unwrap();
    assert_eq!(of_one[30].1.executions, 1);
}

#[tokio::test]
async fn midnight_keeps_the_days_of_a_container_apart() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let app = container(&world);
    run_one(&world, &hook, &app).await;
    run_one(&world, &hook, &app).await;
    world.clock.advance(DAY_MS);
    run_one(&world, &hook, &app).await;
    assert_eq!(
        (used(&world, 1).await, used(&world, 0).await),
        ([2, 0, 0, 0], [1, 0, 0, 0])
    );
}
