//! `/v1/webhook/…`: the management API of the refly profile.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod history;

use serde_json::{Value, json};

use crate::caller::{Answer, Caller, Edge};

const ENABLE: &str = "/v1/webhook/enable";
const DISABLE: &str = "/v1/webhook/disable";
const RESET: &str = "/v1/webhook/reset";
const UPDATE: &str = "/v1/webhook/update";

/// A canvas, its id and its webhook.
struct Canvas {
    workflow: String,
    id: String,
    webhook: Value,
    url: String,
}

impl Canvas {
    async fn enabled(admin: &Caller<'_>, name: &str) -> Self {
        let workflow = admin.workflow(name).await;
        let id = workflow.rsplit('/').next().unwrap().to_owned();
        let made = admin.post(ENABLE, &json!({"canvasId": id})).await;
        assert_eq!(made.status, 200, "{made:?}");
        assert_eq!(made.json["success"], true);
        Self {
            workflow,
            id,
            webhook: json!({"webhookId": made.json["data"]["webhookId"]}),
            url: made.json["data"]["webhookUrl"].as_str().unwrap().to_owned(),
        }
    }

    async fn run(&self, edge: &Edge) -> Answer {
        edge.send("POST", &self.url, &[], b"{}").await
    }

    fn config(&self) -> String {
        format!("/v1/webhook/config?canvasId={}", self.id)
    }

    fn history(&self, page: usize, page_size: usize) -> String {
        let id = self.webhook["webhookId"].as_str().unwrap();
        format!("/v1/webhook/history?webhookId={id}&page={page}&pageSize={page_size}")
    }
}

/// Status and code of a refusal, in the product's envelope.
fn refusal(answer: &Answer) -> (u16, &str) {
    assert_eq!(answer.json["success"], false, "{answer:?}");
    assert!(!answer.text("traceId").is_empty(), "{answer:?}");
    assert!(!answer.text("errMsg").is_empty(), "{answer:?}");
    (answer.status, answer.text("errCode"))
}

#[tokio::test]
async fn enable_gives_a_canvas_one_webhook_and_config_shows_it() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let workflow = admin.workflow("Orders").await;
    let id = workflow.rsplit('/').next().unwrap();
    let config = format!("/v1/webhook/config?canvasId={id}");
    let none = json!({"success": true, "data": null});
    assert_eq!(admin.get(&config).await.json, none);

    let body = json!({"canvasId": id, "timeout": 60});
    let made = admin.post(ENABLE, &body).await;
    let hook_id = made.json["data"]["webhookId"].as_str().unwrap();
    assert!(hook_id.starts_with("wh_"), "{hook_id}");
    let path = format!("/v1/openapi/webhook/{hook_id}/run");
    let url = made.json["data"]["webhookUrl"].as_str().unwrap();
    assert!(url.ends_with(&path), "{url}");
    let again = admin.post(ENABLE, &json!({"canvasId": id})).await;
    assert_eq!(again.json, made.json);

    let shown = admin.get(&config).await;
    let data = json!({"webhookId": hook_id, "isEnabled": true, "timeout": 60});
    assert_eq!(shown.json, json!({"success": true, "data": data}));
    let update = json!({"webhookId": hook_id, "isEnabled": false, "timeout": 90});
    let updated = admin.post(UPDATE, &update).await;
    assert_eq!(
        (updated.status, updated.json),
        (200, json!({"success": true}))
    );
    let data = json!({"webhookId": hook_id, "isEnabled": false, "timeout": 90});
    assert_eq!(admin.get(&config).await.json["data"], data);
    let on = admin.post(ENABLE, &json!({"canvasId": id})).await;
    assert_eq!(on.json, made.json);
    assert_eq!(edge.send("POST", url, &[], b"{}").await.status, 200);
    let native = admin.get(&format!("{workflow}/triggers")).await;
    assert_eq!(native.listed("profile"), ["refly"]);
}

#[tokio::test]
async fn disable_reset_and_deletion_take_effect_in_a_warm_container() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let disabled = Canvas::enabled(&admin, "Disabled").await;
    let reset = Canvas::enabled(&admin, "Reset").await;
    let deleted = Canvas::enabled(&admin, "Deleted").await;
    let inactive = Canvas::enabled(&admin, "Inactive").await;
    let gone = Canvas::enabled(&admin, "Gone").await;
    for canvas in [&disabled, &reset, &deleted, &inactive, &gone] {
        assert_eq!(canvas.run(&edge).await.status, 200);
    }
    let off = admin.post(DISABLE, &disabled.webhook).await;
    assert_eq!((off.status, off.json), (200, json!({"success": true})));
    let refused = disabled.run(&edge).await;
    assert_eq!(refusal(&refused), (403, "WEBHOOK_DISABLED"));

    let new = admin.post(RESET, &reset.webhook).await;
    assert_eq!(new.status, 200, "{new:?}");
    let refused = reset.run(&edge).await;
    assert_eq!(refusal(&refused), (404, "WEBHOOK_NOT_FOUND"));
    let url = new.json["data"]["webhookUrl"].as_str().unwrap();
    assert_eq!(edge.send("POST", url, &[], b"{}").await.status, 200);
    let again = admin.post(RESET, &reset.webhook).await;
    assert_eq!(refusal(&again), (404, "WEBHOOK_NOT_FOUND"));

    let triggers = format!("{}/triggers", deleted.workflow);
    let listed = admin.get(&triggers).await;
    let path = format!("{triggers}/{}", listed.listed("id")[0]);
    admin.call("DELETE", &path, &[], &Value::Null).await;
    let refused = deleted.run(&edge).await;
    assert_eq!(refusal(&refused), (404, "WEBHOOK_NOT_FOUND"));

    let deactivate = format!("{}/deactivate", inactive.workflow);
    admin.post(&deactivate, &Value::Null).await;
    let refused = inactive.run(&edge).await;
    assert_eq!(refusal(&refused), (403, "WORKFLOW_INACTIVE"));

    admin
        .call("DELETE", &gone.workflow, &[], &Value::Null)
        .await;
    let refused = gone.run(&edge).await;
    assert_eq!(refusal(&refused), (404, "CANVAS_NOT_FOUND"));
    let refused = admin.post(RESET, &gone.webhook).await;
    assert_eq!(refusal(&refused), (404, "CANVAS_NOT_FOUND"));
    let refused = admin.get(&gone.config()).await;
    assert_eq!(refusal(&refused), (404, "CANVAS_NOT_FOUND"));
}

#[tokio::test]
async fn another_org_or_environment_finds_no_webhook_and_no_canvas() {
    let edge = Edge::start().await;
    let admin = edge.admin_of("acme").await;
    let canvas = Canvas::enabled(&admin, "Orders").await;
    let reader = json!({"name": "reader", "scopes": ["read"]});
    let reader = admin.post("/v1/api-keys", &reader).await;
    let stranger = edge.admin_of("other").await;
    let enable = json!({"canvasId": canvas.id});
    let update = json!({"webhookId": canvas.webhook["webhookId"], "isEnabled": false});
    let unknown = (404, "WEBHOOK_NOT_FOUND");
    for (answer, expected) in [
        (
            stranger.post(ENABLE, &enable).await,
            (404, "CANVAS_NOT_FOUND"),
        ),
        (
            stranger.get(&canvas.config()).await,
            (404, "CANVAS_NOT_FOUND"),
        ),
        (stranger.post(DISABLE, &canvas.webhook).await, unknown),
        (stranger.post(RESET, &canvas.webhook).await, unknown),
        (stranger.post(UPDATE, &update).await, unknown),
        (stranger.get(&canvas.history(1, 20)).await, unknown),
    ] {
        assert_eq!(refusal(&answer), expected);
    }
    let reader = edge.with_key(reader.text("key"));
    for refused in [
        reader.post(ENABLE, &enable).await,
        reader.post(RESET, &canvas.webhook).await,
        reader.get(&canvas.config()).await,
    ] {
        assert_eq!(refusal(&refused), (403, "FORBIDDEN_SCOPE"));
    }
    assert_eq!(reader.get(&canvas.history(1, 20)).await.status, 200);
    for path in [ENABLE, "/v1/webhook/config", "/v1/webhook/history"] {
        let method = if path == ENABLE { "POST" } else { "GET" };
        let refused = edge.send(method, path, &[], b"").await;
        assert_eq!(refusal(&refused), (401, "UNAUTHORIZED"), "{path}");
    }
    assert_eq!(canvas.run(&edge).await.status, 200);
}

#[tokio::test]
async fn the_key_is_read_from_the_products_header_and_a_wrong_body_is_named() {
    let edge = Edge::start().await;
    let key = edge.0.key_of("acme").await;
    let headers = [("x-refly-api-key", key.as_str())];
    let wrong = edge.send("POST", ENABLE, &headers, b"{}").await;
    assert_eq!(refusal(&wrong), (400, "INVALID_REQUEST_BODY"));
    assert_eq!(wrong.text("errMsg"), "Invalid request body");
    let unknown = br#"{"canvasId": "c-1"}"#;
    let unknown = edge.send("POST", ENABLE, &headers, unknown).await;
    assert_eq!(refusal(&unknown), (404, "CANVAS_NOT_FOUND"));
    let path = "/v1/webhook/history?webhookId=wh_1&pageSize=101";
    let paged = edge.send("GET", path, &headers, b"").await;
    assert_eq!(refusal(&paged), (400, "INVALID_PARAMETER"));
}
