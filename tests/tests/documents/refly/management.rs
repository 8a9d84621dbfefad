//! "How to Enable Webhook", and what the run history shows: the management routes that the product's own page calls.

use serde_json::{Value, json};
use tests::{Answer, World, echoes_the_event, target};

use super::RECEIVED;
use crate::expected::{Pattern, status};
use crate::report::Report;

const WEBHOOK_ID: &str = "(webhookId)";
const WEBHOOK_URL: &str = "(webhookUrl)";

pub(super) async fn rows(report: &mut Report, world: &World) {
    report.stands_for(WEBHOOK_ID, Pattern::Id("wh_"));
    report.stands_for(WEBHOOK_URL, Pattern::Id("http"));
    let hook = world.hook(echoes_the_event(), json!({})).await;
    let canvas = json!({"canvasId": hook.workflow});
    let enabled = manage(world, "POST", "enable", Some(canvas.clone())).await;
    let data = json!({"webhookId": WEBHOOK_ID, "webhookUrl": WEBHOOK_URL});
    let made = json!({"success": true, "data": data}).to_string();
    report.answer(
        "toggle the Enable switch",
        &status(200).prints(&made),
        &enabled,
    );
    let enabled = enabled.json()["data"].clone();
    let url = enabled["webhookUrl"].as_str().unwrap();
    let run = world.send("POST", target(url), &[], "{}").await;
    let example = "the generated Webhook URL triggers the canvas";
    report.answer(example, &status(200).prints(RECEIVED), &run);
    world.run().await;
    let id = enabled["webhookId"].as_str().unwrap();
    let history = format!("history?webhookId={id}");
    let history = manage(world, "GET", &history, None).await.json();
    let shown = &history["data"];
    report.statement("Run History: one record", 1, shown["total"].clone());
    let record = &shown["records"][0];
    let got = json!([record["status"], record["httpStatus"]]);
    report.statement("Run History: it succeeded", json!(["success", 200]), got);
    switch(report, world, &canvas, &enabled).await;
}

/// The switch off and on, a new URL, and what the page shows.
async fn switch(report: &mut Report, world: &World, canvas: &Value, enabled: &Value) {
    let done = status(200).prints(r#"{"success": true}"#);
    let webhook = json!({"webhookId": enabled["webhookId"]});
    let run = async |url: &Value| {
        let url = target(url.as_str().unwrap()).to_owned();
        world.send("POST", &url, &[], "{}").await
    };
    let off = manage(world, "POST", "disable", Some(webhook.clone())).await;
    report.answer("toggle the Enable switch off", &done, &off);
    let refused = run(&enabled["webhookUrl"]).await;
    let disabled = super::row(403, "WEBHOOK_DISABLED", "Webhook disabled");
    report.answer("the next call is refused", &disabled, &refused);
    let mut on = webhook.clone();
    on["isEnabled"] = json!(true);
    on["timeout"] = json!(60);
    let on = manage(world, "POST", "update", Some(on)).await;
    report.answer("on again, with a timeout", &done, &on);
    let id = canvas["canvasId"].as_str().unwrap();
    let shown = manage(world, "GET", &format!("config?canvasId={id}"), None).await;
    let data = json!({"webhookId": WEBHOOK_ID, "isEnabled": true, "timeout": 60});
    let config = status(200).prints(&json!({"success": true, "data": data}).to_string());
    report.answer("the configuration", &config, &shown);
    let reset = manage(world, "POST", "reset", Some(webhook)).await;
    let data = json!({"webhookId": WEBHOOK_ID, "webhookUrl": WEBHOOK_URL});
    let made = status(200).prints(&json!({"success": true, "data": data}).to_string());
    report.answer("reset: another Webhook URL", &made, &reset);
    let old = run(&enabled["webhookUrl"]).await;
    let unknown = super::row(404, "WEBHOOK_NOT_FOUND", "Webhook not found");
    report.answer("the old one is unknown", &unknown, &old);
    let new = run(&reset.json()["data"]["webhookUrl"]).await;
    report.answer(
        "the new one triggers the canvas",
        &status(200).prints(RECEIVED),
        &new,
    );
}

async fn manage(world: &World, method: &str, action: &str, body: Option<Value>) -> Answer {
    let path = format!("/v1/webhook/{action}");
    let headers = [
        ("X-Refly-Api-Key", world.key.as_str()),
        ("content-type", "application/json"),
    ];
    let body = body.map(|body| body.to_string()).unwrap_or_default();
    world.send(method, &path, &headers, body).await
}
