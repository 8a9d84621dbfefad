//! What this version stored, every later one reads: the items of `stored/v1.json`, put into empty tables, are answered by the
//! API as they were when they were written, and an execution that waited goes on from its checkpoint. Does not know what the
//! attributes mean. `ACCEPT_STORED=1` writes the file anew: only a new kind of record is a reason for that, and a version whose
//! records an older one cannot read has a new `v`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::path::PathBuf;

use domain::{DeliveryId, EventId, ExecutionId};
use serde_json::{Value, json};
use store::Message;
use tests::fault_proxy::ask;
use tests::{World, waits};

use crate::stored_kinds::everything;

const WAIT_SECONDS: u32 = 3_600;

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/operation/stored/v1.json")
}

/// What a reader sees: everything that has a page of its own, but for what the passing of time changes.
async fn answers(world: &World, key: &str, paths: &[String]) -> Value {
    let mut answers = serde_json::Map::new();
    for path in paths {
        let answer = world.call_as(key, "GET", path, None).await.expect(200);
        answers.insert(path.clone(), answer);
    }
    answers.into()
}

/// Every list, a file, and every execution with its request.
async fn paths(world: &World, [workflow, file, trigger]: &[String; 3]) -> Vec<String> {
    let mut paths: Vec<String> = [
        "/v1/org",
        "/v1/org/usage",
        "/v1/workflows",
        "/v1/secrets",
        "/v1/subscriptions",
        "/v1/event-types",
        "/v1/deliveries",
        "/v1/executions?limit=100",
    ]
    .map(str::to_owned)
    .to_vec();
    let workflow = format!("/v1/workflows/{workflow}");
    for rest in ["", "/triggers", "/versions"] {
        paths.push(format!("{workflow}{rest}"));
    }
    for rest in ["", "/sample", "/capture"] {
        paths.push(format!("{workflow}/triggers/{trigger}{rest}"));
    }
    paths.push(format!("/v1/files/{file}"));
    let list = world.call("GET", "/v1/executions?limit=100", None).await;
    for execution in list.expect(200)["items"].as_array().unwrap() {
        let path = format!("/v1/executions/{}", execution["id"].as_str().unwrap());
        paths.push(format!("{path}/request"));
        paths.push(path);
    }
    paths
}

/// One of every kind, as it is sent.
fn messages() -> Vec<String> {
    let execution_id = ExecutionId::derived(&["stored"]);
    let messages = [
        Message::Run { execution_id },
        Message::Wake { execution_id },
        Message::Announce { execution_id },
        Message::FanOut {
            event_id: EventId::derived(&["stored"]),
        },
        Message::Deliver {
            delivery_id: DeliveryId::derived(&["stored"]),
        },
    ];
    messages.map(Message::body).to_vec()
}

/// The file.
pub(crate) fn stored() -> Value {
    serde_json::from_str(&std::fs::read_to_string(file()).unwrap()).unwrap()
}

/// Writes the file.
async fn store() {
    let world = World::new().await;
    let ids = everything(&world).await;
    let hook = world.hook(waits(WAIT_SECONDS), json!({})).await;
    let waiting = world.post(&hook, &[], &json!({"n": 1})).await.expect(200);
    world.run().await;
    let mut tables = serde_json::Map::new();
    for table in &world.stack.template().tables {
        let body = json!({"TableName": table.name}).to_string();
        let page = ask(&world, "DynamoDB_20120810.Scan", body).await;
        tables.insert(table.name.clone(), page["Items"].clone());
    }
    let paths = paths(&world, &ids).await;
    let stored = json!({
        "key": world.key,
        "waiting": waiting["executionId"],
        "tables": tables,
        "messages": messages(),
        "answers": answers(&world, &world.key, &paths).await,
    });
    std::fs::create_dir_all(file().parent().unwrap()).unwrap();
    std::fs::write(file(), format!("{stored:#}\n")).unwrap();
}

/// A later version may say more of an item, but says the same of what there was.
fn has(found: &Value, expected: &Value, path: &str) {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            for (key, expected) in expected {
                let path = format!("{path} {key}");
                has(found.get(key).expect(&path), expected, &path);
            }
        }
        (Value::Array(found), Value::Array(expected)) => {
            assert_eq!(found.len(), expected.len(), "{path}");
            for (found, expected) in found.iter().zip(expected) {
                has(found, expected, path);
            }
        }
        _ => assert_eq!(found, expected, "{path}"),
    }
}

#[tokio::test]
async fn what_the_first_version_stored_is_read_and_goes_on() {
    if std::env::var_os("ACCEPT_STORED").is_some() {
        store().await;
    }
    let stored = stored();
    let world = World::new().await;
    let mut count = 0;
    for (table, items) in stored["tables"].as_object().unwrap() {
        for item in items.as_array().unwrap() {
            let body = json!({"TableName": table, "Item": item}).to_string();
            ask(&world, "DynamoDB_20120810.PutItem", body).await;
            count += 1;
        }
    }
    assert!(count > 30, "{count} items");
    let key = stored["key"].as_str().unwrap();
    let expected = stored["answers"].as_object().unwrap();
    let paths: Vec<String> = expected.keys().cloned().collect();
    let found = answers(&world, key, &paths).await;
    for (path, expected) in expected {
        has(&found[path], expected, path);
    }
    // The queue is empty: the sweep has to find it.
    world.clock.advance((i64::from(WAIT_SECONDS) + 120) * 1_000);
    world.stack.invoke("sweep", json!({})).await.unwrap();
    world.run().await;
    let path = format!("/v1/executions/{}", stored["waiting"].as_str().unwrap());
    let ended = world.call_as(key, "GET", &path, None).await.expect(200);
    assert_eq!(ended["status"], "succeeded", "{ended}");
    assert_eq!(ended["output"], json!({"rested": true}));
}
