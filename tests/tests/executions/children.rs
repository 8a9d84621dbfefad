//! Workflows that run workflows: the child's output or error becomes the task's, in spite of crashes, and the child's end
//! wakes its parent at once.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod lifecycle;

use serde_json::{Value, json};
use tests::crash::{ask, run_batch};
use tests::fault_proxy::{Fault, FaultProxy};
use tests::{Hook, World, at_every_crash_point};

fn document(name: &str, version: &str, tasks: Value) -> Value {
    json!({
        "document": {"dsl": "1.0.0", "namespace": "shop", "name": name, "version": version},
        "do": tasks,
    })
}

/// Doubles `.n` after a wait.
fn doubles(seconds: u32) -> Value {
    document(
        "double",
        "1.0.0",
        json!([
            {"rest": {"wait": {"seconds": seconds}}},
            {"double": {"set": {"twice": "${ $workflow.input.n * 2 }", "input": "${ $workflow.input }"}}},
        ]),
    )
}

fn run_task(name: &str, version: &str) -> Value {
    let workflow = json!({
        "namespace": "shop", "name": name, "version": version, "input": {"n": "${ .n }"},
    });
    json!({"run": {"workflow": workflow}})
}

fn runs(name: &str, version: &str) -> Value {
    document(
        "parent",
        "1.0.0",
        json!([{"child": run_task(name, version)}]),
    )
}

async fn register(world: &World, definition: Value) -> String {
    world.hook(definition, json!({})).await.workflow
}

async fn start(world: &World, hook: &Hook) -> String {
    let accepted = world.post(hook, &[], &json!({"n": 21})).await.expect(200);
    accepted["executionId"].as_str().unwrap().to_owned()
}

async fn run(world: &World, parent: Value) -> Value {
    let hook = world.hook(parent, json!({})).await;
    let id = start(world, &hook).await;
    world.run().await;
    world.execution(&id).await
}

/// The executions of a workflow, newest first.
async fn executions(world: &World, workflow: &str) -> Vec<Value> {
    let path = format!("/v1/executions?workflowId={workflow}");
    let list = world.call("GET", &path, None).await.expect(200);
    list["items"].as_array().unwrap().clone()
}

fn assert_error(execution: &Value, kind: &str, status: u16, detail: &str) {
    let error = &execution["error"];
    assert_eq!(execution["status"], "failed", "{execution}");
    let suffix = format!("/errors/{kind}");
    assert!(
        error["type"].as_str().unwrap().ends_with(&suffix),
        "{error}"
    );
    assert_eq!(error["status"], status, "{error}");
    assert!(
        error["detail"].as_str().unwrap().contains(detail),
        "{error}"
    );
    assert_eq!(error["instance"], "/do/0/child", "{error}");
}

/// The clock advances only by the child's own wait, so the parent is woken and does not wait for its next check.
#[tokio::test]
async fn a_childs_output_becomes_the_tasks_as_soon_as_the_child_ends() {
    let world = World::new().await;
    let child = register(&world, doubles(60)).await;
    let hook = world.hook(runs("double", "latest"), json!({})).await;
    let id = start(&world, &hook).await;
    world.run().await;
    assert_eq!(world.execution(&id).await["status"], "waiting");
    world.clock.advance(60_000);
    world.run().await;
    let parent = world.execution(&id).await;
    assert_eq!(parent["status"], "succeeded", "{parent}");
    assert_eq!(parent["output"], json!({"twice": 42, "input": {"n": 21}}));
    assert_eq!(parent["finishedAt"], "2026-06-16T12:18:30.231Z");
    let children = executions(&world, &child).await;
    assert_eq!(children.len(), 1);
    assert_eq!(children[0]["parentId"], json!(id));
    let shown = world.execution(children[0]["id"].as_str().unwrap()).await;
    assert_eq!(shown["input"], json!({"n": 21}), "{shown}");
}

/// The child ends while the parent is still writing its wait.
#[tokio::test]
async fn a_child_that_ends_before_its_parents_checkpoint_wakes_the_parent() {
    let world = World::new().await;
    register(
        &world,
        document(
            "quick",
            "1.0.0",
            json!([{"done": {"set": {"quick": true}}}]),
        ),
    )
    .await;
    let hook = world.hook(runs("quick", "latest"), json!({})).await;
    let id = start(&world, &hook).await;
    let slow = FaultProxy::new(&world, |number, operation| match operation {
        // The parent writes its wait after it has sent the child's message.
        "UpdateItem" if number > 8 => Fault::Slow { millis: 1_000 },
        _ => Fault::Pass,
    });
    let slow = slow.await;
    let parent = worker::App::new(slow.environment(&world, "worker"));
    let others = worker::App::new(world.stack.environment("worker").unwrap());
    let quicker = async {
        while !slow.calls().contains(&"SendMessage".to_owned()) {
            tokio::task::yield_now().await;
        }
        // The child runs, and then the message of its end arrives.
        run_batch(&world, &others).await;
        run_batch(&world, &others).await;
    };
    tokio::join!(run_batch(&world, &parent), quicker);
    world.run().await;
    let parent = world.execution(&id).await;
    assert_eq!(parent["status"], "succeeded", "{parent}");
    assert_eq!(parent["output"], json!({"quick": true}));
}

#[tokio::test]
async fn the_parent_goes_on_without_a_child_that_is_not_awaited() {
    let world = World::new().await;
    let child = register(&world, doubles(60)).await;
    let mut task = run_task("double", "latest");
    task["run"]["await"] = json!(false);
    let parent = run(
        &world,
        document("parent", "1.0.0", json!([{"child": task}])),
    )
    .await;
    assert_eq!(parent["status"], "succeeded", "{parent}");
    assert_eq!(parent["output"]["n"], 21, "its input is its output");
    world.clock.advance(60_000);
    world.run().await;
    assert_eq!(executions(&world, &child).await[0]["status"], "succeeded");
}

#[tokio::test]
async fn a_childs_error_becomes_the_tasks_and_can_be_caught() {
    let world = World::new().await;
    let error = json!({"type": "https://example.com/no-stock", "status": 409, "title": "No stock"});
    let broken = document(
        "broken",
        "1.0.0",
        json!([{"break": {"raise": {"error": error}}}]),
    );
    register(&world, broken).await;
    let parent = run(&world, runs("broken", "latest")).await;
    assert_eq!(parent["status"], "failed", "{parent}");
    assert_eq!(parent["error"]["type"], "https://example.com/no-stock");
    assert_eq!(parent["error"]["status"], 409);
    assert_eq!(parent["error"]["instance"], "/do/0/child");
    let caught = json!([{"safe": {
        "try": [{"child": run_task("broken", "latest")}],
        "catch": {
            "errors": {"with": {"type": "https://example.com/no-stock"}},
            "as": "e",
            "do": [{"report": {"set": {"status": "${ $e.status }"}}}],
        },
    }}]);
    let parent = run(&world, document("parent", "1.0.0", caught)).await;
    assert_eq!(parent["output"], json!({"status": 409}), "{parent}");
}

#[tokio::test]
async fn a_child_is_found_by_its_exact_version_or_as_the_latest() {
    let world = World::new().await;
    let of = |version: &str| {
        document(
            "named",
            version,
            json!([{"say": {"set": {"version": version}}}]),
        )
    };
    let workflow = register(&world, of("1.0.0")).await;
    let path = format!("/v1/workflows/{workflow}");
    let change = json!({"definition": of("1.1.0")});
    world.call("PATCH", &path, Some(change)).await.expect(200);
    for (asked, expected) in [("latest", "1.1.0"), ("1.1.0", "1.1.0"), ("1.0.0", "1.0.0")] {
        let parent = run(&world, runs("named", asked)).await;
        assert_eq!(parent["output"], json!({"version": expected}), "{parent}");
    }
    let parent = run(&world, runs("named", "2.0.0")).await;
    assert_error(&parent, "configuration", 404, "shop/named of version 2.0.0");
    world
        .call("POST", &format!("{path}/deactivate"), None)
        .await
        .expect(200);
    let parent = run(&world, runs("named", "latest")).await;
    assert_error(&parent, "configuration", 404, "no active workflow");
    world.call("DELETE", &path, None).await.expect(204);
    let parent = run(&world, runs("named", "latest")).await;
    assert_error(&parent, "configuration", 404, "no active workflow");
}

#[tokio::test]
async fn workflows_of_another_tenant_are_not_found() {
    let world = World::new().await;
    let stranger = world.key_of("two").await;
    let body = json!({"name": "x", "active": true, "definition": doubles(1)});
    let made = world
        .call_as(&stranger, "POST", "/v1/workflows", Some(body))
        .await;
    made.expect(201);
    let parent = run(&world, runs("double", "latest")).await;
    assert_error(&parent, "configuration", 404, "no active workflow");
}

#[tokio::test]
async fn a_workflow_that_runs_itself_is_stopped_at_the_ninth_run() {
    let world = World::new().await;
    let hook = world.hook(runs("parent", "latest"), json!({})).await;
    let id = start(&world, &hook).await;
    world.run().await;
    let parent = world.execution(&id).await;
    assert_error(&parent, "runtime", 508, "this is a loop");
    assert_eq!(executions(&world, &hook.workflow).await.len(), 9);
}
