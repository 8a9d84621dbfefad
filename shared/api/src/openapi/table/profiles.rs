//! The operations of other products' APIs of management.

use domain::Scope;
use serde_json::json;

use super::super::operation::{Operation, Shape};
use super::super::parameters::{numbered_pages, text};
use crate::profiles::refly::{
    self, AnswerView as ReflyAnswer, ConfigView, DoneView, HistoryView, WebhookView as ReflyWebhook,
};
use crate::profiles::refold::answers::WebhookView as RefoldWebhook;
use crate::profiles::{copyai, refold};
use crate::status::Code;

pub(super) fn operations() -> Vec<Operation> {
    let mut operations = refly();
    operations.extend(refold());
    operations.extend(copyai());
    operations
}

fn refly() -> Vec<Operation> {
    let of_refly = |method, path, id, summary| {
        Operation::new(method, path, id, summary)
            .tag("Refly")
            .shape(Shape::Refly)
    };
    let webhook = json!({"webhookId": "wh_0123456789abcdef0123456789abcdef"});
    let unknown = [Code::WebhookNotFound, Code::CanvasNotFound];
    vec![
        of_refly(
            "POST",
            "/v1/webhook/enable",
            "reflyEnable",
            "Give a canvas a webhook, or switch it on",
        )
        .takes::<refly::Fields>(
            &["canvasId"],
            json!({"canvasId": "wf_01JZ5T4Q8N3R7V2X6B9D0F1G2H", "timeout": 30}),
        )
        .shows::<ReflyAnswer<ReflyWebhook<'_>>>("The webhook.")
        .refuses(&[
            Code::CanvasNotFound,
            Code::LimitReached,
            Code::Conflict,
            Code::NotFound,
        ]),
        of_refly(
            "POST",
            "/v1/webhook/disable",
            "reflyDisable",
            "Switch a webhook off",
        )
        .takes::<refly::Fields>(&["webhookId"], webhook.clone())
        .shows::<DoneView>("It is off.")
        .refuses(&unknown)
        .refuses(&[Code::Conflict, Code::NotFound]),
        of_refly(
            "POST",
            "/v1/webhook/reset",
            "reflyReset",
            "Give a webhook a new id",
        )
        .takes::<refly::Fields>(&["webhookId"], webhook.clone())
        .shows::<ReflyAnswer<ReflyWebhook<'_>>>("The webhook.")
        .refuses(&unknown)
        .refuses(&[Code::Conflict, Code::NotFound]),
        of_refly(
            "POST",
            "/v1/webhook/update",
            "reflyUpdate",
            "Change a webhook",
        )
        .takes::<refly::Fields>(
            &["webhookId"],
            json!({"webhookId": "wh_0123456789abcdef0123456789abcdef", "isEnabled": false}),
        )
        .shows::<DoneView>("It is changed.")
        .refuses(&unknown)
        .refuses(&[Code::Conflict, Code::NotFound]),
        of_refly(
            "GET",
            "/v1/webhook/config",
            "reflyConfig",
            "Show the webhook of a canvas",
        )
        .scope(Scope::Admin)
        .query([text("canvasId", "The canvas.", "wf_01JZ5T4Q8N3R7V2X6B9D0F1G2H").required()])
        .shows::<ReflyAnswer<Option<ConfigView<'_>>>>("The webhook; `null` where there is none.")
        .refuses(&[
            Code::CanvasNotFound,
            Code::InvalidRequestBody,
            Code::NotFound,
        ]),
        of_refly(
            "GET",
            "/v1/webhook/history",
            "reflyHistory",
            "List the calls of a webhook",
        )
        .of_history()
        .query([text(
            "webhookId",
            "The webhook.",
            "wh_0123456789abcdef0123456789abcdef",
        )
        .required()])
        .query(numbered_pages("pageSize", 1, 20))
        .shows::<ReflyAnswer<HistoryView>>("One page of its calls, the newest first.")
        .refuses(&unknown)
        .refuses(&[Code::InvalidRequestBody]),
    ]
}

fn refold() -> Vec<Operation> {
    let (collection, path) = (
        "/api/v2/public/webhook",
        "/api/v2/public/webhook/{subscriptionId}",
    );
    let of_refold = |method, path, id, summary| {
        let mut operation = Operation::new(method, path, id, summary)
            .tag("Refold")
            .shape(Shape::Refold);
        operation.codes.retain(|code| *code != Code::NotFound);
        match path.contains('{') {
            true => operation.refuses(&[Code::ResourceNotFound]),
            false => operation,
        }
    };
    let settings = json!({
        "webhook_url": "https://receiver.example.com/events",
        "webhook_events": ["Workflow Errored"],
    });
    let of_settings = [Code::InvalidEvent, Code::UrlNotAllowed];
    vec![
        of_refold("GET", collection, "refoldList", "List webhooks")
            .shows::<Vec<RefoldWebhook<'_>>>("Every webhook, the oldest first."),
        of_refold("POST", collection, "refoldCreate", "Register a webhook")
            .takes::<refold::Fields>(&["webhook_url", "webhook_events"], settings)
            .shows::<RefoldWebhook<'_>>("The webhook.")
            .refuses(&of_settings)
            .refuses(&[Code::LimitReached]),
        of_refold("GET", path, "refoldGet", "Show a webhook")
            .shows::<RefoldWebhook<'_>>("The webhook."),
        of_refold("PUT", path, "refoldChange", "Change a webhook")
            .says("A field that is not named keeps its value.")
            .takes::<refold::Fields>(&[], json!({"is_enabled": false}))
            .shows::<RefoldWebhook<'_>>("The webhook as it is now.")
            .refuses(&of_settings)
            .refuses(&[Code::Conflict]),
        of_refold("DELETE", path, "refoldDelete", "Delete a webhook")
            .shows::<Vec<RefoldWebhook<'_>>>("The remaining ones."),
    ]
}

fn copyai() -> Vec<Operation> {
    let (collection, path) = ("/api/webhook", "/api/webhook/{subscriptionId}");
    let of_copyai = |method, path, id, summary| {
        Operation::new(method, path, id, summary)
            .tag("Copyai")
            .shape(Shape::CopyAi)
    };
    let mut list = of_copyai("GET", collection, "copyaiList", "List webhooks");
    list.parameters.extend(numbered_pages("size", 0, 10));
    vec![
        list.shows::<copyai::ListView<'_>>("One page of the webhooks, the oldest first.")
            .refuses(&[Code::ValidationError]),
        of_copyai("POST", collection, "copyaiCreate", "Register a webhook")
            .takes::<copyai::Fields>(
                &["url", "eventType"],
                json!({"url": "https://receiver.example.com/events", "eventType": "workflowRun.completed"}),
            )
            .shows::<copyai::AnswerView<'_>>("The webhook.")
            .refuses(&[Code::UrlNotAllowed, Code::NotFound, Code::LimitReached]),
        of_copyai("GET", path, "copyaiGet", "Show a webhook")
            .shows::<copyai::AnswerView<'_>>("The webhook."),
        of_copyai("DELETE", path, "copyaiDelete", "Delete a webhook")
            .shows::<copyai::AnswerView<'_>>("The deleted webhook."),
    ]
}
