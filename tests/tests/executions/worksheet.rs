//! `records.*` in workflows: rows that one webhook writes and another reads, with crashes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::{Value, json};
use tests::{Hook, World, at_every_crash_point};

fn document(tasks: Value) -> Value {
    json!({
        "document": {"dsl": "1.0.0", "namespace": "tests", "name": "rows", "version": "1.0.0"},
        "do": tasks,
    })
}

async fn run(world: &World, tasks: Value, event: &Value) -> Value {
    let hook = world.hook(document(tasks), json!({})).await;
    let accepted = world.post(&hook, &[], event).await.expect(200);
    world.run().await;
    world
        .execution(accepted["executionId"].as_str().unwrap())
        .await
}

#[tokio::test]
async fn a_row_written_for_one_webhook_is_read_by_another() {
    let world = World::new().await;
    let put = json!([{"keep": {"call": "records.put", "with": {
        "table": "orders", "key": "${ .id }", "item": {"total": "${ .total }"}
    }}}]);
    let execution = run(&world, put.clone(), &json!({"id": 7, "total": 12})).await;
    let expected = json!({"table": "orders", "key": "7", "version": 1, "created": true});
    assert_eq!(execution["output"], expected, "{execution}");
    assert_eq!(execution["steps"][0]["type"], "call:records.put");
    run(&world, put, &json!({"id": "8", "total": 13})).await;

    let get = json!([{"look": {"call": "records.get", "with": {"table": "orders", "key": "7"}}}]);
    let execution = run(&world, get, &json!({})).await;
    let row = &execution["output"];
    assert_eq!(row["item"], json!({"total": 12}), "{execution}");
    assert_eq!(row["version"], 1);
    assert!(
        row["updatedAt"]
            .as_str()
            .unwrap()
            .starts_with("2026-06-16T")
    );

    let query = json!([
        {"first": {"call": "records.query", "with": {"table": "orders", "limit": 1}}},
        {"second": {"call": "records.query", "with": {
            "table": "orders", "limit": 1, "cursor": "${ .nextCursor }"
        }}}
    ]);
    let execution = run(&world, query, &json!({})).await;
    assert_eq!(execution["output"]["items"][0]["key"], "8", "{execution}");
    assert_eq!(execution["output"]["nextCursor"], Value::Null);

    let delete = json!([
        {"forget": {"call": "records.delete", "with": {"table": "orders", "key": "7"}}},
        {"look": {"call": "records.get", "with": {"table": "orders", "key": "7"}}}
    ]);
    let execution = run(&world, delete, &json!({})).await;
    assert_eq!(execution["steps"][0]["output"], json!({"deleted": true}));
    assert_eq!(execution["output"], Value::Null, "{execution}");
}

#[tokio::test]
async fn a_conflict_can_be_caught_by_its_status() {
    let world = World::new().await;
    let put = |with: Value| json!({"call": "records.put", "with": with});
    let tasks = json!([
        {"make": put(json!({"table": "t", "key": "k", "item": {}, "ifAbsent": true}))},
        {"again": {
            "try": [{"make": put(json!({"table": "t", "key": "k", "item": {}, "expectedVersion": 9}))}],
            "catch": {
                "errors": {"with": {"status": 409}},
                "as": "problem",
                "do": [{"tell": {"set": {"why": "${ $problem.detail }"}}}]
            }
        }}
    ]);
    let execution = run(&world, tasks, &json!({})).await;
    let why = json!({"why": "the row is there, at version 1"});
    assert_eq!(execution["output"], why, "{execution}");
}

#[tokio::test]
async fn another_orgs_workflow_does_not_see_the_row() {
    let world = World::new().await;
    let put =
        json!([{"keep": {"call": "records.put", "with": {"table": "t", "key": "k", "item": {}}}}]);
    run(&world, put, &json!({})).await;
    let other = World {
        key: world.key_of("two").await,
        tenant: tests::tenant("two"),
        ..world
    };
    let get = json!([{"look": {"call": "records.get", "with": {"table": "t", "key": "k"}}}]);
    let execution = run(&other, get, &json!({})).await;
    assert_eq!(execution["status"], "succeeded", "{execution}");
    assert_eq!(execution["output"], Value::Null, "{execution}");
}

/// Wherever the worker crashes, the row is written once, as its version shows.
#[tokio::test]
async fn after_every_crash_of_a_worker_the_row_is_written_once() {
    let tasks = json!([
        {"keep": {"call": "records.put", "with": {"table": "t", "key": "k", "item": {"n": 1}}}},
        {"look": {"call": "records.get", "with": {"table": "t", "key": "k"}}}
    ]);
    at_every_crash_point!(
        world,
        proxy,
        async {
            let hook = world.hook(document(tasks.clone()), json!({})).await;
            let sent = [("webhook-id", "1")];
            world.post(&hook, &sent, &json!({})).await.expect(200);
            hook
        },
        async |_: &Hook| {
            let app = worker::App::new(proxy.environment(&world, "worker"));
            tests::crash::run_batch(&world, &app).await;
        },
        async |world: &World, _: Hook, _: Option<()>| {
            let list = world.call("GET", "/v1/executions", None).await.expect(200);
            let id = list["items"][0]["id"].as_str().unwrap().to_owned();
            let execution = world.execution(&id).await;
            assert_eq!(execution["status"], "succeeded", "{execution}");
            assert_eq!(execution["output"]["version"], 1, "{execution}");
        }
    );
}
