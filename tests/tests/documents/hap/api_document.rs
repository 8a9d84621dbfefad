//! "Enabled Webhook-triggered workflows will also appear in the application's API documentation."

use serde_json::{Value, json};
use tests::World;

use super::Hook;
use crate::report::Report;

pub(super) async fn rows(report: &mut Report, world: &World) {
    let parameters = json!([{"name": "order", "type": "number", "required": true, "in": "query"}]);
    let hook = Hook::new(world, json!({ "parameters": parameters })).await;
    let trigger = hook.made["id"].as_str().unwrap_or_default();
    let path = format!("/workflow/hooks/{{hookId}}#{trigger}");

    let described = described(world, &path).await;
    let methods: Vec<&String> = described
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name)
        .collect();
    let sentence = "an enabled one appears in the API documentation, with its methods";
    report.statement(sentence, json!(["get", "post"]), json!(methods));
    let listed = described["get"]["parameters"].as_array().cloned();
    let named = listed
        .unwrap_or_default()
        .into_iter()
        .find(|one| one["name"] == "order");
    let named = named.unwrap_or_default();
    let shown =
        json!({"in": named["in"], "required": named["required"], "type": named["schema"]["type"]});
    let expected = json!({"in": "query", "required": true, "type": "number"});
    report.statement("it appears with its parameters", expected, shown);

    let workflow = hook.made["workflowId"].as_str().unwrap_or_default();
    let disable = format!("/v1/workflows/{workflow}/triggers/{trigger}/disable");
    world.call("POST", &disable, None).await.expect(200);
    let gone = self::described(world, &path).await;
    report.statement("one that is not enabled does not appear", Value::Null, gone);
}

/// What the documentation of the org's webhooks says of this path.
async fn described(world: &World, path: &str) -> Value {
    let document = world.call("GET", "/v1/openapi.json", None).await;
    document.expect(200)["paths"][path].clone()
}
