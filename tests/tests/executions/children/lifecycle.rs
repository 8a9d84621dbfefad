//! Replays, cancels, rate limits, wakes and crashes of child executions.

use super::*;

/// A replay of a child is an execution of its own, with the same input.
#[tokio::test]
async fn a_child_can_be_replayed_and_cancelled_like_any_other() {
    let world = World::new().await;
    let child = register(&world, doubles(600)).await;
    let hook = world.hook(runs("double", "latest"), json!({})).await;
    let id = start(&world, &hook).await;
    world.run().await;
    let first = executions(&world, &child).await[0]["id"].clone();
    let path = format!("/v1/executions/{}", first.as_str().unwrap());
    let replay = world
        .call("POST", &format!("{path}/replay"), None)
        .await
        .expect(201);
    assert_eq!(replay["parentId"], first);
    world
        .call("POST", &format!("{path}/cancel"), None)
        .await
        .expect(200);
    world.run().await;
    let parent = world.execution(&id).await;
    assert_error(&parent, "runtime", 500, "is cancelled");
    world.clock.advance(600_000);
    world.run().await;
    let replay = world.execution(replay["id"].as_str().unwrap()).await;
    assert_eq!(replay["output"]["twice"], 42, "{replay}");
}

/// Cancelling a parent does not cancel its children, as it stops no other action that was started.
#[tokio::test]
async fn a_child_goes_on_when_its_parent_is_cancelled() {
    let world = World::new().await;
    let child = register(&world, doubles(60)).await;
    let hook = world.hook(runs("double", "latest"), json!({})).await;
    let id = start(&world, &hook).await;
    world.run().await;
    let path = format!("/v1/executions/{id}/cancel");
    world.call("POST", &path, None).await.expect(200);
    world.clock.advance(60_000);
    world.run().await;
    assert_eq!(executions(&world, &child).await[0]["status"], "succeeded");
    assert_eq!(world.execution(&id).await["status"], "cancelled");
}

#[tokio::test]
async fn a_child_waits_for_a_rate_limit_token_of_its_workflow() {
    let world = World::new().await;
    let child = register(&world, doubles(1)).await;
    let slow = json!({"rateLimit": {"capacity": 1, "refillPerSecond": 0.1}});
    let path = format!("/v1/workflows/{child}");
    world.call("PATCH", &path, Some(slow)).await.expect(200);
    let branches =
        json!([{"a": run_task("double", "latest")}, {"b": run_task("double", "latest")}]);
    let both = json!([{"both": {"fork": {"branches": branches}}}]);
    let hook = world
        .hook(document("parent", "1.0.0", both), json!({}))
        .await;
    let id = start(&world, &hook).await;
    world.run().await;
    assert_eq!(executions(&world, &child).await.len(), 1);
    for _ in 0..4 {
        world.clock.advance(10_000);
        world.run().await;
    }
    assert_eq!(executions(&world, &child).await.len(), 2);
    let parent = world.execution(&id).await;
    assert_eq!(parent["status"], "succeeded", "{parent}");
}

#[tokio::test]
async fn a_wake_of_an_ended_or_unknown_execution_changes_nothing() {
    let world = World::new().await;
    let unknown = domain::ExecutionId::derived(&["unknown"]);
    let ended = run(&world, tests::echoes_the_event()).await;
    let name = domain::EffectKey::new(unknown, "/do/0/x/1").name_outside();
    for body in [
        json!({"v": 1, "kind": "wake", "executionId": unknown}),
        json!({"v": 1, "kind": "wake", "executionId": ended["id"]}),
        json!({"v": 1, "kind": "ended", "name": name}),
        json!({"v": 1, "kind": "ended", "name": "sluice-exe_of-others"}),
    ] {
        ask(
            &world,
            "SendMessage",
            json!({"MessageBody": body.to_string()}),
        )
        .await;
    }
    world.run().await;
    let attributes = json!({"AttributeNames": ["All"]});
    let left = ask(&world, "GetQueueAttributes", attributes).await;
    assert_eq!(left["Attributes"]["ApproximateNumberOfMessages"], "0");
    assert_eq!(
        left["Attributes"]["ApproximateNumberOfMessagesNotVisible"],
        "0"
    );
    assert_eq!(world.execution(ended["id"].as_str().unwrap()).await, ended);
}

/// The process crashes at every AWS call of parent and child, and of the wake between them.
#[tokio::test]
async fn after_every_crash_there_is_one_child_and_one_end() {
    at_every_crash_point!(
        world,
        proxy,
        async {
            let child = register(&world, doubles(1)).await;
            let hook = world.hook(runs("double", "latest"), json!({})).await;
            (child, start(&world, &hook).await)
        },
        async |_: &(String, String)| {
            let app = worker::App::new(proxy.environment(&world, "worker"));
            for _ in 0..4 {
                run_batch(&world, &app).await;
                world.clock.advance(1_000);
            }
        },
        async |world: &World, (child, id): (String, String), _: Option<()>| {
            let parent = world.execution(&id).await;
            assert_eq!(parent["status"], "succeeded", "{parent}");
            assert_eq!(parent["output"]["twice"], 42, "{parent}");
            let children = executions(world, &child).await;
            assert_eq!(children.len(), 1, "{children:?}");
            tests::invariants::hold(world, &[id]).await;
        }
    );
}
