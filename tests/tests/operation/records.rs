//! Stored records: the next version must be able to read them, and their size decides the cost.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use tests::fault_proxy::{Fault, FaultProxy};
use tests::{World, echoes_the_event, fails, waits};

/// Every item of a table, as DynamoDB's own JSON.
async fn scan(world: &World, table: &str) -> Vec<Map<String, Value>> {
    let variables = world.stack.variables("worker");
    let body = json!({"TableName": variables[table]}).to_string();
    let answer = tests::fault_proxy::ask(world, "DynamoDB_20120810.Scan", body).await;
    let items = answer["Items"].as_array().unwrap().clone();
    items
        .into_iter()
        .map(|item| item.as_object().unwrap().clone())
        .collect()
}

/// The size that DynamoDB bills, as its developer guide defines it.
fn bytes(item: &Map<String, Value>) -> usize {
    item.iter()
        .map(|(name, value)| name.len() + value_bytes(value))
        .sum()
}

fn value_bytes(value: &Value) -> usize {
    let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
    let text = value.as_str().unwrap_or_default();
    match kind.as_str() {
        "S" => text.len(),
        "N" => text.len().div_ceil(2) + 2,
        "B" => text.len() / 4 * 3,
        _ => 1,
    }
}

fn states(items: Vec<Map<String, Value>>) -> Vec<Map<String, Value>> {
    items
        .into_iter()
        .filter(|item| item["sk"]["S"] == "S")
        .collect()
}

/// A world with an execution in each state, with the longest delivery id that there can be, and one that uses a file.
async fn every_state() -> World {
    let world = World::new().await;
    let id = "d".repeat(255);
    let headers = [
        ("webhook-id", id.as_str()),
        ("user-agent", "GitHub-Hookshot/7c1b2e4"),
    ];
    let event = json!({"action": "opened", "number": 7, "text": "x".repeat(300)});
    for definition in [echoes_the_event(), fails(), waits(3_600)] {
        let hook = world.hook(definition, json!({})).await;
        world.post(&hook, &headers, &event).await.expect(200);
        world.post(&hook, &[], &event).await.expect(200);
    }
    let file = world.file("a.txt", "text/plain", b"hello").await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let named = json!({"variables": {"report": file}});
    world.post(&hook, &[], &named).await.expect(200);
    world.run().await;
    let secret = json!({"value": "s"});
    let stored = world.call("PUT", "/v1/secrets/token", Some(secret)).await;
    stored.expect(201);
    let queued = world.hook(echoes_the_event(), json!({})).await;
    let signed = json!({"authentication": {"scheme": "github"}});
    world.trigger(&queued.workflow, signed).await;
    world.post(&queued, &headers, &event).await.expect(200);
    let path = format!("/v1/workflows/{}/deactivate", queued.workflow);
    world.call("POST", &path, None).await.expect(200);
    world.clock.advance(6_000);
    world.post(&queued, &headers, &event).await.expect(403);
    world
}

#[tokio::test]
async fn the_state_item_stays_under_1024_bytes_in_every_state() {
    let world = every_state().await;
    let states = states(scan(&world, "RUNS_TABLE").await);
    let mut seen = BTreeMap::<String, usize>::new();
    for state in &states {
        let status = state["status"]["S"].as_str().unwrap().to_owned();
        let size = bytes(state);
        assert!(size <= 1_024, "{status}: {size} bytes: {state:?}");
        let largest = seen.entry(status).or_default();
        *largest = size.max(*largest);
    }
    let statuses: Vec<&str> = seen.keys().map(String::as_str).collect();
    assert_eq!(
        statuses,
        ["failed", "queued", "rejected", "succeeded", "waiting"]
    );
}

#[tokio::test]
async fn only_records_that_need_a_later_action_are_in_the_due_index() {
    let world = every_state().await;
    for state in states(scan(&world, "RUNS_TABLE").await) {
        let is_due = state.contains_key("due_at") && state.contains_key("due_shard");
        let has_ended = state.contains_key("ended");
        assert_eq!(is_due, !has_ended, "{state:?}");
        assert_eq!(state.contains_key("expires_at"), has_ended, "{state:?}");
    }
}

/// The attributes of each kind of record and their types, which the next version must be able to read.
#[tokio::test]
async fn the_shape_of_stored_records_is_a_snapshot() {
    let world = every_state().await;
    let mut shapes = BTreeMap::<String, BTreeMap<String, String>>::new();
    for table in ["CONFIG_TABLE", "RUNS_TABLE"] {
        for item in scan(&world, table).await {
            let shape = shapes.entry(kind(&item)).or_default();
            for (name, value) in &item {
                // Whether it is stored inline depends on how well it compresses.
                if ["checkpoint", "slot", "request"].contains(&name.as_str()) {
                    continue;
                }
                let of = value.as_object().unwrap().keys().next().unwrap().clone();
                shape.insert(name.clone(), of);
            }
        }
    }
    insta::assert_json_snapshot!(shapes);
}

fn kind(item: &Map<String, Value>) -> String {
    let (pk, sk) = (
        item["pk"]["S"].as_str().unwrap(),
        item["sk"]["S"].as_str().unwrap(),
    );
    let partition = pk.split('#').next().unwrap();
    let sort = match (partition, sk.split_once('#')) {
        ("EXE", Some((_generation, child))) => &child[..1],
        ("EXE", None) => "state",
        ("USAGE", _) => "day",
        (_, Some((prefix, _))) => prefix,
        (_, None) => sk,
    };
    let status = item.get("status").and_then(|status| status["S"].as_str());
    match status {
        Some(status) => format!("{partition} {sort} {status}"),
        None => format!("{partition} {sort}"),
    }
}

/// After a lost response the SDK repeats the write, and the nonce shows that the first attempt had succeeded.
#[tokio::test]
async fn a_lost_response_is_not_reported_as_a_duplicate() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let proxy = FaultProxy::new(&world, |number, operation| {
        if operation == "PutItem" && number == 3 {
            Fault::LoseAnswer
        } else {
            Fault::Pass
        }
    })
    .await;
    let app = trigger::App::new(proxy.environment(&world, "trigger"));
    let request = tests::events::webhook(&hook.path, &[("webhook-id", "1")], &json!({}));
    let response = trigger::handle(&app, request).await;
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(
        proxy.calls(),
        ["Query", "UpdateItem", "PutItem", "PutItem", "SendMessage"]
    );
    assert_eq!(body.get("deduplicated"), None, "{body}");
    assert_eq!(body["success"], true, "{body}");
}

#[tokio::test]
async fn an_unavailable_table_is_503_with_retry_after_and_an_unavailable_queue_does_not_matter() {
    let world = World::new().await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    for (operation, status) in [
        ("Query", 503),
        ("UpdateItem", 503),
        ("PutItem", 503),
        ("SendMessage", 200),
    ] {
        let proxy = FaultProxy::new(&world, move |_, called| {
            if called == operation {
                Fault::Answer {
                    status: 500,
                    error: "InternalServerError",
                }
            } else {
                Fault::Pass
            }
        })
        .await;
        let app = trigger::App::new(proxy.environment(&world, "trigger"));
        let request = tests::events::webhook(&hook.path, &[], &json!({}));
        let response = trigger::handle(&app, request).await;
        assert_eq!(response.status(), status, "{operation}");
        let retries = response.headers().contains_key("retry-after");
        assert_eq!(retries, status == 503, "{operation}");
    }
}
