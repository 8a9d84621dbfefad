//! A long backlog of one tenant in the due index does not hide the overdue records of others.

use futures::stream::{self, StreamExt as _};
use serde_json::{Value, json};
use tests::fault_proxy::{ask, due_entries};
use tests::{World, echoes_the_event, waits};

/// Two pages of the index more than a sweep handles in one shard.
const BACKLOG: usize = 12_000;
/// What one `BatchWriteItem` takes.
const BATCH: usize = 25;

#[tokio::test]
async fn an_overdue_wait_behind_a_long_backlog_is_recovered() {
    let world = World::new().await;
    let hook = world.hook(waits(1_000), json!({})).await;
    let answer = world.post(&hook, &[], &json!({})).await.expect(200);
    let id = answer["executionId"].as_str().unwrap();
    world.stack.run_queue("worker").await.unwrap();
    assert_eq!(world.execution(id).await["status"], "waiting");
    let shard = due_entries(&world).await[0]["due_shard"].clone();
    // Another tenant's message is in the queue, and no worker receives it.
    world.clock.advance(1_100_000);
    let busy = world.hook(echoes_the_event(), json!({})).await;
    world.post(&busy, &[], &json!({})).await.expect(200);
    queue_rows(&world, &shard).await;

    let swept = world.stack.invoke("sweep", json!({})).await.unwrap();
    assert_eq!(swept["sent"], 1, "{swept}");
    assert!(
        swept["inBacklog"].as_u64().unwrap() >= BACKLOG as u64,
        "{swept}"
    );
    world.stack.run_queue("worker").await.unwrap();
    assert_eq!(world.execution(id).await["status"], "succeeded");
}

/// Rows of queued executions that have been due for long, as far as the index shows them.
async fn queue_rows(world: &World, shard: &Value) {
    let variables = world.stack.variables("sweep");
    let table = variables["RUNS_TABLE"].clone();
    let row = |number: usize| {
        json!({"PutRequest": {"Item": {
            "pk": {"S": format!("EXE#backlog-{number}")},
            "sk": {"S": "S"},
            "due_shard": shard,
            "due_at": {"N": "1000"},
            "sent_at": {"N": "1000"},
        }}})
    };
    let numbers: Vec<usize> = (0..BACKLOG).collect();
    stream::iter(numbers.chunks(BATCH))
        .for_each_concurrent(8, async |numbers| {
            let rows: Vec<Value> = numbers.iter().copied().map(row).collect();
            let body = json!({"RequestItems": {table.as_str(): rows}}).to_string();
            let answer = ask(world, "DynamoDB_20120810.BatchWriteItem", body).await;
            assert_eq!(answer["UnprocessedItems"], json!({}), "{answer}");
        })
        .await;
}
