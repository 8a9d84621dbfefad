//! "Parse and Generate Sample Data" of HAP's document: the three ways to a sample, required parameters, and how a workflow
//! is found by the id in its webhook's URL.

use serde_json::{Value, json};
use tests::World;

use super::{Hook, input, refused, success};
use crate::expected::status;
use crate::report::Report;

/// How long a container trusts its configuration, and a window waits before it opens.
const OPENS_AFTER_MS: i64 = 5_000;
const THREE_MINUTES_MS: i64 = 180_000;

pub(super) async fn rows(report: &mut Report, world: &World) {
    let hook = Hook::new(world, json!({})).await;
    capture(report, world, &hook).await;
    require(report, world, &hook).await;
    full_body(report, world).await;
    generate(report, world, &hook).await;
    let id = hook.path.rsplit('/').next().unwrap_or_default();
    let search = format!("/v1/workflows?webhook={id}");
    let found = world.call("GET", &search, None).await.json();
    let found = found["items"][0]["id"].clone();
    let workflow = hook.made["workflowId"].clone();
    report.statement(
        "a workflow is located by the ID in the URL",
        workflow,
        found,
    );
}

async fn manage(world: &World, hook: &Hook, method: &str, action: &str, body: Value) -> Value {
    let text = |name: &str| hook.made[name].as_str().unwrap_or_default().to_owned();
    let (workflow, trigger) = (text("workflowId"), text("id"));
    let path = format!("/v1/workflows/{workflow}/triggers/{trigger}{action}");
    let body = (!body.is_null()).then_some(body);
    world.call(method, &path, body).await.json()
}

async fn capture(report: &mut Report, world: &World, hook: &Hook) {
    let opened = manage(world, hook, "POST", "/capture", Value::Null).await;
    world.clock.advance(OPENS_AFTER_MS);
    let sent = hook
        .post(world, &json!({"customer": "Ada", "total": 12.5}))
        .await;
    let taken = r#"{"status": 1, "data": {"captured": true}, "msg": "success"}"#;
    report.answer(
        "a request within 3 minutes",
        &status(200).prints(taken),
        &sent,
    );
    let confirmed = manage(world, hook, "POST", "/capture/confirm", Value::Null).await;
    let parsed = json!([["customer", "string"], ["total", "number"]]);
    report.statement("it is parsed automatically", parsed, parameters(&confirmed));
    let until = opened["closesAt"].clone();
    let again = manage(world, hook, "POST", "/capture", Value::Null).await;
    world.clock.advance(OPENS_AFTER_MS + THREE_MINUTES_MS);
    let expired = manage(world, hook, "GET", "/capture", Value::Null).await;
    report.statement(
        "after 3 minutes nothing is parsed",
        "expired",
        expired["state"].clone(),
    );
    let is_later = again["closesAt"].as_str() > until.as_str();
    report.statement("a sample can be generated again", true, is_later);
}

async fn require(report: &mut Report, world: &World, hook: &Hook) {
    let required = json!({"parameters": [{"name": "total", "type": "number", "required": true}]});
    manage(world, hook, "PATCH", "", required).await;
    world.clock.advance(OPENS_AFTER_MS);
    let sent = hook.post(world, &json!({"customer": "Ada"})).await;
    let expected = refused(400, "Missing required parameter");
    report.answer("a required parameter is missing", &expected, &sent);
}

/// "Generate Full Body Parameter", and "Use Incoming Data": the workflow has the parameters.
async fn full_body(report: &mut Report, world: &World) {
    let whole = json!({"name": "payload", "in": "fullBody", "type": "string"});
    let hook = Hook::new(world, json!({"parameters": [whole]})).await;
    let sent = hook.post(world, &json!({"customer": "Ada"})).await;
    report.answer("generate full body parameter", &success(), &sent);
    let input = input(world, &sent).await;
    report.statement(
        "the entire request body is a single parameter",
        r#"{"customer":"Ada"}"#,
        input["payload"].clone(),
    );
}

async fn generate(report: &mut Report, world: &World, hook: &Hook) {
    let example = json!({"json": {"id": 7, "lines": [], "paid": true}});
    let made = manage(world, hook, "POST", "/sample", example).await;
    let expected = json!([["id", "number"], ["lines", "array"], ["paid", "boolean"]]);
    report.statement("generate from JSON example", expected, parameters(&made));
    let pairs = json!({"pairs": [{"name": "id", "value": 7}, {"name": "note", "type": "string"}]});
    let made = manage(world, hook, "POST", "/sample", pairs).await;
    let expected = json!([["id", "number"], ["note", "string"]]);
    report.statement("generate from key-value pairs", expected, parameters(&made));
}

/// Name and type of each parameter of a trigger.
fn parameters(trigger: &Value) -> Value {
    let listed = trigger["parameters"].as_array();
    let shown = |one: &Value| json!([one["name"], one["type"]]);
    listed.into_iter().flatten().map(shown).collect()
}
