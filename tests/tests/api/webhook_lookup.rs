//! `GET /v1/workflows?webhook=…` through the gateway.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use serde_json::{Value, json};
use tests::{World, echoes_the_event};

/// The ids of the workflows that are found for a webhook.
async fn found(world: &World, key: &str, webhook: &str) -> Vec<Value> {
    let encoded: String = form_urlencoded(webhook);
    let path = format!("/v1/workflows?webhook={encoded}");
    let listed = world.call_as(key, "GET", &path, None).await.expect(200);
    assert_eq!(listed["nextCursor"], Value::Null);
    let items = listed["items"].as_array().unwrap();
    items.iter().map(|item| item["id"].clone()).collect()
}

fn form_urlencoded(text: &str) -> String {
    let escaped = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(escaped).collect()
}

#[tokio::test]
async fn a_workflow_is_found_by_the_url_or_an_id_of_its_webhook() {
    let world = World::new().await;
    let key = world.key.clone();
    let other = world.hook(echoes_the_event(), json!({})).await;
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let triggers = format!("/v1/workflows/{}/triggers", hook.workflow);
    let refly = json!({"profile": "refly"});
    let refly = world.call("POST", &triggers, Some(refly)).await.expect(201);
    let url = refly["url"].as_str().unwrap();
    let hook_id = url.rsplit('/').nth(1).unwrap();
    let expected = [json!(hook.workflow)];
    let native = format!("/hooks/{}", hook.workflow);
    for webhook in [
        hook.workflow.as_str(),
        hook.trigger.as_str(),
        hook.path.as_str(),
        &native,
        &format!("https://edge.example{}", hook.path),
        url,
        hook_id,
    ] {
        assert_eq!(found(&world, &key, webhook).await, expected, "{webhook}");
    }
    assert_ne!(other.workflow, hook.workflow);
    let stranger = world.key_of("other").await;
    for webhook in [hook.workflow.as_str(), &hook.trigger, url] {
        assert!(
            found(&world, &stranger, webhook).await.is_empty(),
            "{webhook}"
        );
    }
    let unknown = "wh_00000000000000000000000000000000";
    assert!(found(&world, &key, unknown).await.is_empty());
    let nothing = world.call("GET", "/v1/workflows?webhook=", None).await;
    nothing.expect_problem(400, "INVALID_PARAMETER");
}

#[tokio::test]
async fn a_hook_id_that_was_reset_or_whose_workflow_is_gone_finds_nothing() {
    let world = World::new().await;
    let key = world.key.clone();
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let triggers = format!("/v1/workflows/{}/triggers", hook.workflow);
    let refly = json!({"profile": "refly"});
    let made = world.call("POST", &triggers, Some(refly)).await.expect(201);
    let old = made["url"].as_str().unwrap();
    let rotate = format!("{triggers}/{}/rotate", made["id"].as_str().unwrap());
    let rotated = world.call("POST", &rotate, None).await.expect(200);
    let new = rotated["url"].as_str().unwrap();
    assert!(found(&world, &key, old).await.is_empty());
    assert_eq!(found(&world, &key, new).await, [json!(hook.workflow)]);
    let path = format!("/v1/workflows/{}", hook.workflow);
    world.call("DELETE", &path, None).await.expect(204);
    for webhook in [new, hook.workflow.as_str(), &hook.trigger] {
        assert!(found(&world, &key, webhook).await.is_empty(), "{webhook}");
    }
}
