//! A subscription whose template takes `n` from an event, and fails where that is not there.

use serde_json::json;
use tests::World;

/// Its path.
pub(crate) async fn subscribe(world: &World, url: &str) -> String {
    let made = world
        .subscribe(json!({
            "url": url, "events": ["connection.created"],
            "format": "custom", "template": r#"{"n": {{ event.data.n }}}"#,
        }))
        .await;
    format!("/v1/subscriptions/{}", made["id"].as_str().expect("an id"))
}

/// From now on it takes `another` instead.
pub(crate) async fn mend(world: &World, subscription: &str) {
    let fitting = json!({"template": r#"{"n": {{ event.data.another }}}"#});
    let patched = world.call("PATCH", subscription, Some(fitting)).await;
    patched.expect(200);
}
