//! One workflow: its state, its graph and definition, its triggers, its versions, its settings, its last executions.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::api_calls::{segment, with_query};
use crate::json::{self, is, number, optional, text};
use crate::layout::{Page, Section, token};
use crate::parts::{act, active, copyable, enabled, problem, text_block, time, yaml};
use crate::refusal::Refusal;
use crate::screens::workflows::{PATH, rate};
use crate::screens::{executions, graph, trigger, versions};
use crate::visit::{Shown, Visit};

/// Bytes of a definition on a page that shows more than it.
const SHOWN_DEFINITION_BYTES: usize = 12_000;
const LAST_ITEMS: &str = "10";

/// The path of a workflow in the console.
pub(crate) fn page_of(id: &str) -> String {
    format!("{PATH}/{}", segment(id))
}

pub(crate) fn in_api(id: &str) -> String {
    format!("/v1/workflows/{}", segment(id))
}

/// Nothing where the workflow was deleted: its executions stay.
pub(crate) async fn if_found(visit: &Visit<'_>, id: &str) -> Result<Option<Value>, Refusal> {
    visit.api.get_if_found(&in_api(id), &[]).await
}

pub(crate) async fn show(visit: &Visit<'_>, id: &str) -> Shown {
    shown(visit, id, None).await
}

async fn shown(visit: &Visit<'_>, id: &str, refusal: Option<&Refusal>) -> Shown {
    let path = in_api(id);
    let (graph_path, triggers_path) = (format!("{path}/graph"), format!("{path}/triggers"));
    let versions_path = format!("{path}/versions");
    let limit = [("limit", LAST_ITEMS)];
    let last = [("workflowId", id), ("limit", LAST_ITEMS)];
    let all = [("limit", "100")];
    let (workflow, graph, triggers, versions, last) = futures::try_join!(
        visit.api.get(&path, &[]),
        visit.api.get(&graph_path, &[]),
        visit.api.get(&triggers_path, &all),
        visit.api.get(&versions_path, &limit),
        visit.api.get("/v1/executions", &last),
    )?;
    let named = [(id.to_owned(), text(&workflow, "name").to_owned())];
    let content = html! {
        (head(visit, &workflow))
        @if let Some(refusal) = refusal { (problem(refusal)) }
        div.columns {
            div {
                section { h2 { "Tasks" } (graph::blocks(&graph, &[])) }
                section {
                    div.head {
                        h2 { "Definition" }
                        @if visit.session.is_admin() { a.button href={ (page_of(id)) "/edit" } { "Edit" } }
                    }
                    (text_block(&yaml(&workflow["definition"]), SHOWN_DEFINITION_BYTES))
                }
            }
            div {
                (triggers_of(visit, id, json::items(&triggers)))
                (versions::section(id, json::items(&versions)))
                (settings(visit, &workflow))
            }
        }
        section #rows {
            div.head.inset {
                h2 { "Recent executions" }
                a href=(with_query(executions::PATH, &[("workflowId", id)])) { "View all, live" }
            }
            (executions::table(json::items(&last), &named))
            @if json::items(&last).is_empty() { p.empty { "No executions yet." } }
        }
    };
    let page = Page::new(Section::Workflows, text(&workflow, "name"), content);
    Ok(visit.page(match refusal {
        Some(refusal) => page.refused(refusal),
        None => page,
    }))
}

fn head(visit: &Visit<'_>, workflow: &Value) -> Markup {
    let path = page_of(text(workflow, "id"));
    let is_active = is(workflow, "active");
    html! {
        div.head {
            h1 { (text(workflow, "name")) " " (active(is_active)) }
            div.buttons {
                @if is_active { (act(visit, &format!("{path}/deactivate"), "Deactivate")) }
                @else { (act(visit, &format!("{path}/activate"), "Activate")) }
                @if visit.session.is_admin() { a.button.danger href={ (path) "/delete" } { "Delete" } }
            }
        }
        dl.facts #facts {
            dt { "Id" } dd { (copyable(text(workflow, "id"))) }
            dt { "Slug" } dd { code { (text(workflow, "slug")) } }
            dt { "Version" } dd { (number(workflow, "version")) }
            dt { "Rate limit" } dd { (rate(&workflow["rateLimit"])) }
            dt { "Created" } dd { (time(optional(workflow, "createdAt"))) }
            dt { "Changed" } dd { (time(optional(workflow, "updatedAt"))) }
        }
    }
}

fn triggers_of(visit: &Visit<'_>, id: &str, triggers: &[Value]) -> Markup {
    html! {
        section {
            div.head { h2 { "Triggers" } (act(visit, &format!("{}/triggers", page_of(id)), "New trigger")) }
            @if triggers.is_empty() { p.empty { "No triggers yet. A trigger gives the workflow a webhook URL." } }
            ul.plain {
                @for trigger in triggers {
                    li {
                        (enabled(is(trigger, "enabled"))) " "
                        a.id href={ (page_of(id)) "/triggers/" (segment(text(trigger, "id"))) } { (text(trigger, "id")) }
                        " " span.hint {
                            (json::joined(trigger, "methods"))
                            @if !trigger["authentication"].is_null() { ", " (text(&trigger["authentication"], "scheme")) }
                        }
                        @if !trigger["sampledAt"].is_null() { " " (act(visit, &trigger::test_path((id, text(trigger, "id"))), "Run with sample")) }
                    }
                }
            }
        }
    }
}

fn settings(visit: &Visit<'_>, workflow: &Value) -> Markup {
    let limit = &workflow["rateLimit"];
    html! {
        @if visit.session.is_admin() {
            section {
                h2 { "Settings" }
                form.stack method="post" action={ (page_of(text(workflow, "id"))) "/settings" } {
                    (token(visit))
                    input type="hidden" name="shown" value=(shown_limit(&limit["capacity"].to_string(), &shown_refill(limit)));
                    label { span { "Name" } input name="name" value=(text(workflow, "name")) required maxlength="200"; }
                    label { span { "Burst (webhooks at once)" } input type="number" name="capacity" min="1" value=(limit["capacity"].to_string()) required; }
                    label { span { "Refill (webhooks a second)" } input type="number" name="refill" min="0" step="any" value=(shown_refill(limit)) required; }
                    div.buttons { button.main { "Save" } }
                }
            }
        }
    }
}

/// What a workflow's bucket gets back a second, in as many digits as one reads.
fn shown_refill(limit: &Value) -> String {
    let refill = limit["refillPerSecond"].as_f64().unwrap_or_default();
    ((refill * 10_000.0).round() / 10_000.0).to_string()
}

/// A rate limit in one field, which tells whether the visitor changed it.
fn shown_limit(capacity: &str, refill: &str) -> String {
    format!("{capacity} {refill}")
}

/// A number as the visitor wrote it; text that is none is left to the API to refuse.
fn as_number(text: &str) -> Value {
    serde_json::from_str(text.trim()).unwrap_or_else(|_| json!(text))
}

pub(crate) async fn save_settings(visit: &Visit<'_>, id: &str) -> Shown {
    let (capacity, refill) = (visit.field("capacity"), visit.field("refill"));
    let mut body = json!({ "name": visit.field("name") });
    // The page shows fewer digits than the limit may have.
    if shown_limit(capacity, refill) != visit.field("shown") {
        body["rateLimit"] = json!({
            "capacity": as_number(capacity),
            "refillPerSecond": as_number(refill),
        });
    }
    match visit.api.send("PATCH", &in_api(id), &body).await {
        Ok(_) => Ok(visit.done(&page_of(id), "saved")),
        Err(refusal) if refusal.is_correctable() => shown(visit, id, Some(&refusal)).await,
        Err(refusal) => Err(refusal),
    }
}

/// Activates or deactivates it.
pub(crate) async fn switch(visit: &Visit<'_>, id: &str, to: &str) -> Shown {
    let path = format!("{}/{to}", in_api(id));
    visit.api.send("POST", &path, &json!({})).await?;
    let notice = if to == "activate" {
        "activated"
    } else {
        "deactivated"
    };
    Ok(visit.done(&page_of(id), notice))
}

/// Asks before it is deleted.
pub(crate) async fn confirm_delete(visit: &Visit<'_>, id: &str) -> Shown {
    let workflow = visit.api.get(&in_api(id), &[]).await?;
    let content = html! {
        h1 { "Delete " (text(&workflow, "name")) "?" }
        p { "Its webhooks are refused from then on. Its executions stay until they expire, and cannot be replayed." }
        div.buttons {
            (act(visit, &format!("{}/delete", page_of(id)), "Delete"))
            a.button href=(page_of(id)) { "Cancel" }
        }
    };
    Ok(visit.page(Page::new(Section::Workflows, "Delete a workflow", content)))
}

pub(crate) async fn delete(visit: &Visit<'_>, id: &str) -> Shown {
    visit.api.send("DELETE", &in_api(id), &Value::Null).await?;
    Ok(visit.done(PATH, "deleted"))
}
