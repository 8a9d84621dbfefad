//! Lists of executions by several statuses and by parent, and how far a list of what has not ended looks back.

use serde_json::{Value, json};
use tests::{World, echoes_the_event, fails, waits};

async fn list(world: &World, query: &str) -> Value {
    let path = format!("/v1/executions?{query}");
    world.call("GET", &path, None).await.expect(200)
}

fn statuses(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().into_iter().flatten();
    items.filter_map(|item| item["status"].as_str()).collect()
}

#[tokio::test]
async fn executions_are_listed_by_several_statuses() {
    let world = World::new().await;
    for definition in [echoes_the_event(), fails(), waits(60)] {
        let hook = world.hook(definition, json!({})).await;
        world.post(&hook, &[], &json!({})).await.expect(200);
        world.clock.advance(1);
    }
    world.run().await;
    let found = list(&world, "status=failed,waiting").await;
    assert_eq!(statuses(&found), ["waiting", "failed"]);
    assert!(found.get("searchedUntil").is_none());
    let found = list(&world, "status=failed,rejected").await;
    assert_eq!(statuses(&found), ["failed"]);
    let found = list(&world, "status=succeeded,failed,waiting").await;
    assert_eq!(statuses(&found), ["waiting", "failed", "succeeded"]);
    let refused = world
        .call("GET", "/v1/executions?status=failed,", None)
        .await;
    refused.expect_problem(400, "INVALID_PARAMETER");
}

#[tokio::test]
async fn replays_are_found_by_what_they_replay() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let sent = world.post(&hook, &[], &json!({})).await.expect(200);
    world.run().await;
    let parent = sent["executionId"].as_str().expect("an id");
    let path = format!("/v1/executions/{parent}/replay");
    let replay = world.call("POST", &path, None).await.expect(201);
    let found = list(&world, &format!("parentId={parent}")).await;
    let items = found["items"].as_array().expect("a list");
    assert_eq!(items.len(), 1, "{found}");
    assert_eq!(items[0]["id"], replay["id"]);
}

#[tokio::test]
async fn what_has_not_ended_is_looked_for_a_day_back_unless_since_says_otherwise() {
    let world = World::new().await;
    let hook = world.hook(waits(864_000), json!({})).await;
    world.post(&hook, &[], &json!({})).await.expect(200);
    world.run().await;
    world.clock.advance(86_400_000);
    let found = list(&world, "status=waiting").await;
    assert_eq!(statuses(&found), ["waiting"]);
    assert_eq!(found["searchedUntil"], "2026-06-16T12:17:30.231Z");
    world.clock.advance(1);
    let found = list(&world, "status=queued,running,waiting").await;
    assert!(statuses(&found).is_empty(), "{found}");
    assert_eq!(found["searchedUntil"], "2026-06-16T12:17:30.232Z");
    let found = list(&world, "status=waiting&since=2026-06-01").await;
    assert_eq!(statuses(&found), ["waiting"]);
    assert!(found.get("searchedUntil").is_none());
}
