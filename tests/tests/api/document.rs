//! The document of the API, as the API serves it.

use serde_json::{Value, json};

use crate::caller::Edge;

#[tokio::test]
async fn the_document_is_served_without_a_key_as_it_is_committed() {
    let edge = Edge::start().await;
    let served = edge.send("GET", "/openapi.json", &[], b"").await;
    assert_eq!(served.status, 200);
    assert_eq!(served.header("content-type"), "application/json");
    assert_eq!(served.header("cache-control"), "public, max-age=300");
    let committed = include_str!("../../../docs/openapi.json");
    let committed: Value = serde_json::from_str(committed).unwrap_or_default();
    assert_eq!(served.json, committed);
    assert_eq!(served.json["openapi"], "3.1.0");
}

#[tokio::test]
async fn the_webhooks_of_an_org_are_described_without_their_tokens() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let workflow = admin.workflow("Orders").await;
    let first = admin.trigger(&workflow).await;
    let settings = json!({"profile": "hap", "parameters": [{"name": "id", "required": true}]});
    let path = format!("{workflow}/triggers");
    admin.post(&path, &settings).await;
    let off = admin.post(&path, &json!({"enabled": false})).await;
    let document = admin.get("/v1/openapi.json").await;
    assert_eq!(document.status, 200, "{document:?}");
    let paths = document.json["paths"].as_object().map(serde_json::Map::len);
    assert_eq!(paths, Some(2), "{document:?}");
    let text = document.json.to_string();
    let token = first.text("url").split("token=").nth(1).unwrap_or("none");
    assert!(text.contains(first.text("id")) && !text.contains(off.text("id")));
    assert!(!text.contains(token));
    let other = edge.admin_of("other").await;
    assert_eq!(other.get("/v1/openapi.json").await.json["paths"], json!({}));
    let refused = admin.get("/v1/openapi.json?x=1").await;
    assert_eq!(refused.refusal(), (400, "INVALID_PARAMETER"));
}
