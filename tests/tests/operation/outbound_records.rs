//! The stored records of subscriptions, events and deliveries, which the next version must be able to read.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::receiver::{Receiver, Reply};
use tests::{World, echoes_the_event};

/// Deliveries that succeeded, failed and are pending, and a subscription with every optional attribute.
async fn every_kind() -> World {
    let world = World::new().await;
    let good = Receiver::answering(200).await;
    let bad = Receiver::new(|_, _| Reply::status(410)).await;
    let failing = Receiver::answering(500).await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let path = format!("/v1/workflows/{}", hook.workflow);
    let workflow = world.call("GET", &path, None).await.expect(200);
    let custom = json!({
        "url": good.url,
        "events": ["workflow.completed"],
        "slug": workflow["slug"],
        "format": "custom",
        "template": "{{ event }}",
        "headers": {"x-team": "payments"},
    });
    let declared = json!({"description": "Paid.", "schema": {"type": "object"}});
    let path = "/v1/event-types/invoice.paid";
    world.call("PUT", path, Some(declared)).await.expect(201);
    let made = world.subscribe(custom).await;
    let rotate = format!(
        "/v1/subscriptions/{}/rotate-secret",
        made["id"].as_str().unwrap()
    );
    world
        .call("POST", &rotate, Some(json!({})))
        .await
        .expect(200);
    for url in [&bad.url, &failing.url] {
        let body = json!({"url": url, "events": ["workflow.completed", "invoice.paid"]});
        world.subscribe(body).await;
    }
    world.post(&hook, &[], &json!({})).await.expect(200);
    world.run().await;
    let event = json!({"type": "invoice.paid", "data": {"amount": 7}});
    let published = world.call("POST", "/v1/events", Some(event)).await;
    published.expect(201);
    world.run().await;
    assert_eq!(good.taken().len(), 1);
    world
}

#[tokio::test]
async fn the_shape_of_stored_records_of_events_is_a_snapshot() {
    let world = every_kind().await;
    let variables = world.stack.variables("worker");
    let mut shapes = BTreeMap::<String, BTreeMap<String, String>>::new();
    for table in ["CONFIG_TABLE", "RUNS_TABLE"] {
        let body = json!({"TableName": variables[table]}).to_string();
        let found = tests::fault_proxy::ask(&world, "DynamoDB_20120810.Scan", body).await;
        for item in found["Items"].as_array().unwrap() {
            let Some(kind) = kind(item) else {
                continue;
            };
            let shape = shapes.entry(kind).or_default();
            for (name, value) in item.as_object().unwrap() {
                let of = value.as_object().unwrap().keys().next().unwrap();
                shape.insert(name.clone(), of.clone());
            }
        }
    }
    insta::assert_json_snapshot!(shapes);
}

/// `None` for items that do not belong to events.
fn kind(item: &Value) -> Option<String> {
    let text = |name: &str| item[name]["S"].as_str().unwrap_or_default();
    let (pk, sk) = (text("pk"), text("sk"));
    let partition = pk.split('#').next()?;
    let sort = sk.split('#').next()?;
    match (partition, sort) {
        ("TENANT", "SUB" | "EVENT") | ("EVT" | "SUB", _) => Some(format!("{partition} {sort}")),
        ("DLV", "A") => Some("DLV attempt".to_owned()),
        ("DLV", _) => Some(format!("DLV {}", text("status"))),
        _ => None,
    }
}
