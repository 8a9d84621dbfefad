//! Limits that a caller reaches only by many requests: what is accepted at the limit, and refused beyond it.

use serde_json::json;
use tests::{Answer, World};

async fn declare(world: &World, name: &str) -> Answer {
    let path = format!("/v1/event-types/{name}");
    world.call("PUT", &path, Some(json!({}))).await
}

#[tokio::test]
async fn an_org_declares_at_most_200_event_types() {
    let world = World::new().await;
    for number in 0..200 {
        declare(&world, &format!("limit.n{number}"))
            .await
            .expect(201);
    }
    let beyond = declare(&world, "limit.beyond").await;
    beyond.expect_problem(409, "LIMIT_REACHED");
    world.clock.advance(1_000);
    declare(&world, "limit.n7").await.expect(200);
    let path = "/v1/event-types/limit.n7";
    world.call("DELETE", path, None).await.expect(204);
    declare(&world, "limit.beyond").await.expect(201);
}
