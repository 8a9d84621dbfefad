//! An execution whose stored checkpoint cannot be read fails and says so, and other executions are not affected.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::{Value, json};
use tests::crash::recover;
use tests::fault_proxy::ask;
use tests::{Hook, World, waits};

#[tokio::test]
async fn an_execution_with_an_unreadable_checkpoint_fails_and_says_so() {
    let world = World::new().await;
    let hook = world.hook(waits(60), json!({})).await;
    let damaged = accepted(&world, &hook).await;
    let healthy = accepted(&world, &hook).await;
    world.stack.run_queue("worker").await.unwrap();
    damage_checkpoint(&world, &damaged).await;
    world.clock.advance(61_000);
    recover(&world).await;

    let shown = world.execution(&damaged).await;
    assert_eq!(shown["status"], "failed", "{shown}");
    let detail = shown["error"]["detail"].as_str().unwrap();
    assert!(detail.contains("cannot be read"), "{detail}");
    assert_eq!(world.execution(&healthy).await["status"], "succeeded");
}

async fn accepted(world: &World, hook: &Hook) -> String {
    let answer = world.post(hook, &[], &json!({})).await.expect(200);
    answer["executionId"].as_str().unwrap().to_owned()
}

/// Replaces the checkpoint by bytes that are not compressed.
async fn damage_checkpoint(world: &World, id: &str) {
    let variables = world.stack.variables("worker");
    let update = json!({
        "TableName": variables["RUNS_TABLE"],
        "Key": {"pk": {"S": format!("EXE#{id}")}, "sk": {"S": "S"}},
        "UpdateExpression": "SET checkpoint = :bytes REMOVE slot",
        "ExpressionAttributeValues": {":bytes": {"B": "AAECAwQF"}},
    });
    let answer = ask(world, "DynamoDB_20120810.UpdateItem", update.to_string()).await;
    assert_eq!(answer["__type"], Value::Null, "{answer}");
}
