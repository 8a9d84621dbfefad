//! The workflows under load, registered over the API: one that ends at once, one that waits, one that calls the receiver.

use serde_json::{Value, json};

use crate::Outcome;
use crate::api::Api;

/// A workflow and the URL of its webhooks.
#[derive(Clone, Debug)]
pub(crate) struct Hook {
    pub(crate) workflow: String,
    /// Path and query of the webhook URL; the port changes with every start.
    pub(crate) path: String,
    /// Whether a succeeded execution of it has called the receiver.
    pub(crate) calls_out: bool,
}

pub(crate) async fn make(api: &Api, receiver: &str) -> Outcome<Vec<Hook>> {
    let call = json!({"method": "post", "endpoint": receiver, "body": {"event": "${ . }"}});
    let kinds = [
        ("Trivial", json!([{"echo": {"set": {"event": "${ . }"}}}])),
        (
            "Waiting",
            json!([{"rest": {"wait": {"seconds": 2}}}, {"rested": {"set": {"rested": true}}}]),
        ),
        (
            "Calling",
            json!([{"ask": {"call": "http", "with": call}}, {"asked": {"set": {"asked": true}}}]),
        ),
    ];
    let mut hooks = Vec::new();
    for (name, tasks) in kinds {
        hooks.push(hook(api, name, &tasks).await?);
    }
    Ok(hooks)
}

async fn hook(api: &Api, name: &str, tasks: &Value) -> Outcome<Hook> {
    let document = json!({"dsl": "1.0.0", "namespace": "proof", "name": name.to_lowercase(), "version": "1.0.0"});
    let draft = json!({
        "name": name,
        "active": true,
        "definition": {"document": document, "do": tasks},
        "rateLimit": {"capacity": 100_000, "refillPerSecond": 1_000},
    });
    let workflow = api.post("/v1/workflows", &draft).await?;
    let workflow = workflow["id"].as_str().ok_or("a workflow has no id")?;
    let path = format!("/v1/workflows/{workflow}/triggers");
    let trigger = api.post(&path, &json!({})).await?;
    let url = trigger["url"].as_str().ok_or("a trigger has no URL")?;
    let path = url
        .strip_prefix(api.base_url())
        .ok_or("a trigger is not of this stack")?;
    Ok(Hook {
        workflow: workflow.to_owned(),
        path: path.to_owned(),
        calls_out: name == "Calling",
    })
}
