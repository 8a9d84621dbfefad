//! Debits of credits: crashes at every AWS call, lost answers, and transactions that conflict. Whatever happens, as many
//! credits are used as there are executions.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::{Value, json};
use tests::at_every_crash_point;
use tests::events::{request, webhook};
use tests::fault_proxy::{Fault, FaultProxy};
use tests::{Hook, World, echoes_the_event};

/// Either item of the transaction may be the one that another transaction is changing.
const CONFLICTS: [&[&str]; 2] = [
    &["TransactionConflict", "None"],
    &["None", "TransactionConflict"],
];

async fn hook_with_credits(world: &World, credits: u64) -> Hook {
    let hook = world.hook(echoes_the_event(), json!({})).await;
    world.set_credits(credits).await;
    hook
}

async fn deliver(app: &trigger::App, hook: &Hook) -> (u16, Value) {
    let sent = webhook(&hook.path, &[("webhook-id", "1")], &json!({"n": 1}));
    let response = trigger::handle(app, sent).await;
    let status = response.status().as_u16();
    (status, serde_json::from_slice(response.body()).unwrap())
}

async fn executions(world: &World) -> usize {
    let list = world.call("GET", "/v1/executions?limit=100", None).await;
    list.expect(200)["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn every_crash_of_a_trigger_leaves_one_execution_and_one_debit() {
    at_every_crash_point!(
        world,
        proxy,
        hook_with_credits(&world, 1),
        async |hook: &Hook| {
            let app = trigger::App::new(proxy.environment(&world, "trigger"));
            deliver(&app, hook).await
        },
        async |world: &World, hook: Hook, answered: Option<(u16, Value)>| {
            if let Some((status, body)) = answered {
                assert_eq!(status, 200, "{body}");
            }
            // The sender repeats the delivery, whose only credit may be used already.
            let headers = [("webhook-id", "1")];
            world
                .post(&hook, &headers, &json!({"n": 1}))
                .await
                .expect(200);
            assert_eq!(executions(world).await, 1);
            assert_eq!(world.used_credits().await, 1);
        }
    );
}

#[tokio::test]
async fn every_crash_at_the_last_credit_leaves_the_announcement_to_the_next_request() {
    at_every_crash_point!(
        world,
        proxy,
        async {
            world
                .subscribe(json!({"url": "https://127.0.0.1:9/", "events": ["credits.exhausted"]}))
                .await;
            hook_with_credits(&world, 0).await
        },
        async |hook: &Hook| {
            let app = trigger::App::new(proxy.environment(&world, "trigger"));
            deliver(&app, hook).await
        },
        async |world: &World, hook: Hook, answered: Option<(u16, Value)>| {
            if let Some((status, body)) = answered {
                assert_eq!(status, 402, "{body}");
            }
            world.post(&hook, &[], &json!({})).await.expect(402);
            tests::crash::recover(world).await;
            assert_eq!(world.deliveries().await.len(), 1);
            assert_eq!(executions(world).await, 0);
        }
    );
}

#[tokio::test]
async fn a_lost_answer_is_no_duplicate_and_costs_one_credit() {
    let world = World::new().await;
    let hook = hook_with_credits(&world, 5).await;
    let proxy = FaultProxy::new(&world, |number, operation| match (number, operation) {
        (4, "TransactWriteItems") => Fault::LoseAnswer,
        _ => Fault::Pass,
    })
    .await;
    let app = trigger::App::new(proxy.environment(&world, "trigger"));
    let (status, body) = deliver(&app, &hook).await;
    assert_eq!((status, body.get("deduplicated")), (200, None), "{body}");
    let transactions = proxy.calls();
    let transactions = transactions
        .iter()
        .filter(|call| *call == "TransactWriteItems");
    assert_eq!(transactions.count(), 2);
    assert_eq!(world.used_credits().await, 1);
}

#[tokio::test]
async fn a_transaction_that_conflicts_is_tried_again() {
    for reasons in CONFLICTS {
        let world = World::new().await;
        let hook = hook_with_credits(&world, 5).await;
        let proxy = FaultProxy::new(&world, move |number, _| match number {
            4..=6 => Fault::Cancel { reasons },
            _ => Fault::Pass,
        })
        .await;
        let app = trigger::App::new(proxy.environment(&world, "trigger"));
        let (status, body) = deliver(&app, &hook).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(proxy.calls()[3..7], ["TransactWriteItems"; 4]);
        assert_eq!(world.used_credits().await, 1);
    }
}

#[tokio::test]
async fn one_that_conflicts_at_each_attempt_is_503_and_leaves_nothing() {
    let world = World::new().await;
    let hook = hook_with_credits(&world, 5).await;
    let limit = json!({"rateLimit": {"capacity": 1, "refillPerSecond": 0.0001}});
    let path = format!("/v1/workflows/{}", hook.workflow);
    world.call("PATCH", &path, Some(limit)).await.expect(200);
    let proxy = FaultProxy::new(&world, |_, operation| match operation {
        "TransactWriteItems" => Fault::Cancel {
            reasons: CONFLICTS[1],
        },
        _ => Fault::Pass,
    })
    .await;
    let app = trigger::App::new(proxy.environment(&world, "trigger"));
    let (status, body) = deliver(&app, &hook).await;
    assert_eq!((status, &body["code"]), (503, &json!("UNAVAILABLE")));
    let calls = proxy.calls();
    assert_eq!(calls[3..10], ["TransactWriteItems"; 7]);
    assert_eq!(calls[10..], ["UpdateItem"], "the token is given back");
    assert_eq!(world.used_credits().await, 0);
    assert_eq!(executions(&world).await, 0);
    // The only token of the bucket is there again.
    world
        .post(&hook, &[("webhook-id", "1")], &json!({}))
        .await
        .expect(200);
    assert_eq!(world.used_credits().await, 1);
}

/// Sends a replay to a history function of its own, under one idempotency key.
async fn replay(app: &history::App, world: &World, parent: &str) -> u16 {
    let authorization = format!("Bearer {}", world.key);
    let headers = [
        ("authorization", authorization.as_str()),
        ("idempotency-key", "once"),
    ];
    let path = format!("/v1/executions/{parent}/replay");
    let sent = request("POST", &path, &headers, &json!({}));
    tests::contract::history(app, sent).await.status().as_u16()
}

#[tokio::test]
async fn every_crash_of_a_replay_leaves_one_replay_and_one_debit() {
    at_every_crash_point!(
        world,
        proxy,
        async {
            let hook = hook_with_credits(&world, 2).await;
            let accepted = world.post(&hook, &[], &json!({})).await.expect(200);
            world.run().await;
            accepted["executionId"].as_str().unwrap().to_owned()
        },
        async |parent: &String| {
            let app = history::App::new(proxy.environment(&world, "history"));
            replay(&app, &world, parent).await
        },
        async |world: &World, parent: String, answered: Option<u16>| {
            assert!(matches!(answered, None | Some(201)), "{answered:?}");
            let app = history::App::new(world.stack.environment("history").unwrap());
            assert_eq!(replay(&app, world, &parent).await, 201);
            assert_eq!(executions(world).await, 2);
            assert_eq!(world.used_credits().await, 2);
        }
    );
}

/// Runs the workflow that echoes the event as a child.
fn runs_a_child() -> Value {
    json!({
        "document": {"dsl": "1.0.0", "namespace": "tests", "name": "parent", "version": "1.0.0"},
        "do": [{"child": {"run": {"workflow": {
            "namespace": "tests", "name": "test", "version": "latest", "input": {}
        }}}}],
    })
}

#[tokio::test]
async fn every_crash_of_a_worker_that_runs_a_child_leaves_one_child_and_one_debit() {
    at_every_crash_point!(
        world,
        proxy,
        async {
            world.hook(echoes_the_event(), json!({})).await;
            let parent = world.hook(runs_a_child(), json!({})).await;
            world.set_credits(2).await;
            let accepted = world.post(&parent, &[], &json!({})).await.expect(200);
            accepted["executionId"].as_str().unwrap().to_owned()
        },
        async |_: &String| {
            let app = worker::App::new(proxy.environment(&world, "worker"));
            tests::crash::run_batch(&world, &app).await;
        },
        async |world: &World, parent: String, _: Option<()>| {
            assert_eq!(world.execution(&parent).await["status"], "succeeded");
            assert_eq!(executions(world).await, 2);
            assert_eq!(world.used_credits().await, 2);
        }
    );
}
