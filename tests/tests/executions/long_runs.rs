//! Executions with many steps, with many workers, or with exact timing.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use domain::Timestamp;
use serde_json::{Value, json};
use tests::World;
use tests::crash::{receive, run_batch};
use tests::gate::Gate;
use tests::invariants::scan;

fn document(tasks: Value) -> Value {
    json!({
        "document": {"dsl": "1.0.0", "namespace": "tests", "name": "long", "version": "1.0.0"},
        "do": tasks,
    })
}

async fn start(world: &World, definition: Value) -> String {
    let hook = world.hook(definition, json!({})).await;
    let accepted = world.post(&hook, &[], &json!({})).await.expect(200);
    accepted["executionId"].as_str().unwrap().to_owned()
}

/// A counter passes through all steps. The stored state does not grow, and the steps are stored in pages.
#[tokio::test]
async fn ten_thousand_steps_are_run_stored_and_listed() {
    let world = World::new().await;
    let each = json!({"count": {"set": {"n": "${ (.n // 0) + 1 }"}}});
    let definition = document(json!([
        {"all": {"for": {"each": "i", "in": "${ [range(9998)] }"}, "do": [each]}},
        {"last": {"set": {"total": "${ .n }"}}},
    ]));
    let id = start(&world, definition).await;
    world.run().await;
    let execution = world.execution(&id).await;
    assert_eq!(execution["status"], "succeeded", "{}", execution["error"]);
    assert_eq!(execution["output"], json!({"total": 9_998}));
    let steps = execution["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 10_000);
    let visits: Vec<&Value> = steps
        .iter()
        .filter(|step| step["name"] == "count")
        .map(|step| &step["output"]["n"])
        .collect();
    assert!(visits.iter().zip(1..).all(|(seen, n)| **seen == json!(n)));
    let items = scan(&world).await;
    let of = |kind: &str| {
        let items = items
            .iter()
            .filter(|item| item["sk"]["S"].as_str().unwrap().contains(kind));
        items
            .map(|item| json!(item).to_string().len())
            .collect::<Vec<usize>>()
    };
    let (pages, checkpoints) = (of("#P"), of("#C"));
    assert!(pages.len() > 3, "{pages:?}");
    assert!(pages.iter().all(|bytes| *bytes < 400_000), "{pages:?}");
    // The state holds the list that the loop iterates over, and none of its results.
    assert!(
        checkpoints.iter().all(|bytes| *bytes < 100_000),
        "{checkpoints:?}"
    );
}

/// Polls the execution every tenth of a second.
#[tokio::test]
async fn a_short_wait_ends_within_a_second_of_its_time() {
    for (wait, ms) in [
        (json!({"seconds": 2}), 2_000),
        (json!({"milliseconds": 1_100}), 1_100),
        (json!({"seconds": 899}), 899_000),
    ] {
        let world = World::new().await;
        let id = start(&world, document(json!([{"rest": {"wait": wait}}]))).await;
        world.run().await;
        world.clock.advance(ms - 100);
        world.run().await;
        assert_eq!(world.execution(&id).await["status"], "waiting", "{ms}");
        for _ in 0..11 {
            world.clock.advance(100);
            world.run().await;
        }
        let execution = world.execution(&id).await;
        assert_eq!(execution["status"], "succeeded", "{execution}");
        let at = |name: &str| Timestamp::parse(execution[name].as_str().unwrap()).unwrap();
        let took_ms = at("finishedAt").millis_since(at("startedAt"));
        assert!((ms..=ms + 1_000).contains(&took_ms), "{took_ms}");
    }
}

/// The queue delays by whole seconds only, so that the worker itself waits for less.
#[tokio::test]
async fn retry_delays_of_less_than_a_second_are_kept_to_the_millisecond_by_one_worker() {
    let world = World::new().await;
    let gate = Gate::open().await;
    let definition = document(json!([{"attempt": {
        "try": [
            {"ask": {"call": "http", "with": {"method": "get", "endpoint": gate.url}}},
            {"judge": {
                "if": "${ .call < 3 }",
                "raise": {"error": {"type": "https://example.com/wanting", "status": 503}},
            }},
        ],
        "catch": {"retry": {"delay": "PT0.02S", "limit": {"attempt": {"count": 2}}}},
    }}]));
    let id = start(&world, definition).await;
    let worker = worker::App::new(world.stack.environment("worker").unwrap());
    run_batch(&world, &worker).await;
    let execution = world.execution(&id).await;
    assert_eq!(execution["status"], "succeeded", "{execution}");
    assert_eq!(execution["output"], json!({"call": 3}));
    assert_eq!(gate.calls(), 3);
    let at = |name: &str| Timestamp::parse(execution[name].as_str().unwrap()).unwrap();
    assert_eq!(at("finishedAt").millis_since(at("startedAt")), 40);
    assert!(
        receive(&world).await.is_empty(),
        "no other worker is needed"
    );
}

/// Each attempt is made by another worker.
#[tokio::test]
async fn the_count_of_retries_is_kept_across_workers() {
    let world = World::new().await;
    let gate = Gate::open().await;
    // The call succeeds, and the output schema then rejects its response.
    let definition = document(json!([{"attempt": {
        "try": [
            {"ask": {"call": "http", "with": {"method": "get", "endpoint": gate.url}}},
            {"judge": {"raise": {"error": {"type": "https://example.com/wanting", "status": 503}}}},
        ],
        "catch": {
            "errors": {"with": {"type": "https://example.com/wanting"}},
            "retry": {
                "delay": {"seconds": 10}, "backoff": {"exponential": {}},
                "limit": {"attempt": {"count": 4}},
            },
        },
    }}]));
    let id = start(&world, definition).await;
    let mut seen = Vec::new();
    for _ in 0..12 {
        let worker = worker::App::new(world.stack.environment("worker").unwrap());
        run_batch(&world, &worker).await;
        if seen.last() != Some(&gate.calls()) {
            seen.push(gate.calls());
        }
        world.clock.advance(200_000);
        world.stack.invoke("sweep", json!({})).await.unwrap();
    }
    let execution = world.execution(&id).await;
    assert_eq!(execution["status"], "failed", "{execution}");
    assert_eq!(execution["error"]["type"], "https://example.com/wanting");
    assert_eq!(seen, [1, 2, 3, 4, 5], "the first attempt, and four more");
}

/// Each wait is a message of the worker to its own queue. Lambda stops such a chain after 16 invocations, unless the
/// template allows it.
#[tokio::test]
async fn a_workflow_of_a_hundred_waits_leaves_no_dead_letter() {
    let world = World::new().await;
    let rest = json!([{"rest": {"wait": {"seconds": 1}}}]);
    let definition = document(json!([
        {"all": {"for": {"each": "i", "in": "${ [range(100)] }"}, "do": rest}},
    ]));
    let id = start(&world, definition).await;
    for _ in 0..101 {
        world.run().await;
        world.clock.advance(1_000);
    }
    let execution = world.execution(&id).await;
    assert_eq!(execution["status"], "succeeded", "{execution}");
    for queue in &world.stack.template().queues {
        let left = world.stack.sqs().counts(&queue.name).unwrap();
        assert_eq!((left.visible, left.in_flight), (0, 0), "{}", queue.name);
    }
    for function in &world.stack.template().functions {
        let sends_to_itself = ["worker", "deliver"].contains(&function.package.as_str());
        assert_eq!(
            function.allows_recursion, sends_to_itself,
            "{}",
            function.name
        );
    }
}
