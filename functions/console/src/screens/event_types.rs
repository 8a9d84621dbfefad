//! Event types: Sluice's own, those that the org declared, and an event to publish of each of the latter.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::api_calls::{segment, with_query};
use crate::json::{self, is, optional, text};
use crate::layout::{Page, Section, token};
use crate::parts::{Paging, act, flag, json as json_block, pager, problem, time};
use crate::refusal::Refusal;
use crate::screens::deliveries;
use crate::visit::{ONCE_FIELD, Shown, Visit};

const PATH: &str = "/console/event-types";
const PAGE_ITEMS: &str = "50";
const SHOWN_SCHEMA_BYTES: usize = 12_000;

pub(crate) async fn list(visit: &Visit<'_>) -> Shown {
    listed(visit, None).await
}

async fn listed(visit: &Visit<'_>, refusal: Option<&Refusal>) -> Shown {
    let query = [("limit", PAGE_ITEMS), ("cursor", visit.parameter("cursor"))];
    let page = visit.api.get("/v1/event-types", &query).await?;
    let paging = Paging {
        path: PATH,
        filters: &[],
        page: &page,
    };
    let content = html! {
        h1 { "Event types" }
        @if let Some(refusal) = refusal { (problem(refusal)) }
        section #rows { (table(json::items(&page))) }
        (pager(visit, &paging))
        @if visit.session.is_admin() {
            section { h2 { "Declare an event type" } (declaration(visit, visit.field("name"), visit.field("description"), visit.field("schema"), true)) }
        }
    };
    let page = Page::new(Section::EventTypes, "Event types", content);
    Ok(visit.page(match refusal {
        Some(refusal) => page.refused(refusal),
        None => page,
    }))
}

fn table(items: &[Value]) -> Markup {
    html! {
        table {
            thead { tr { th { "Name" } th { "Publisher" } th { "Description" } th { "Changed" } } }
            tbody {
                @for item in items {
                    tr {
                        td { a data-open href={ (PATH) "/" (segment(text(item, "name"))) } { (text(item, "name")) } (flag(!is(item, "subscribable"), "not subscribable")) }
                        td data-label="Publisher" { (text(item, "publisher")) }
                        td.clip data-label="Description" { @match optional(item, "description") { Some(said) => (said), None => span.none { "–" } } }
                        td data-label="Changed" { (time(optional(item, "updatedAt"))) }
                    }
                }
            }
        }
    }
}

fn declaration(
    visit: &Visit<'_>,
    name: &str,
    description: &str,
    schema: &str,
    is_new: bool,
) -> Markup {
    html! {
        form.stack method="post" action={ (PATH) } {
            (token(visit))
            @if is_new {
                label { span { "Name, such as order.paid" } input.code name="name" value=(name) required autocomplete="off" spellcheck="false"; }
            } @else { input type="hidden" name="name" value=(name); }
            label { span { "Description" } input name="description" value=(description) maxlength="1000"; }
            label {
                span { "JSON Schema of its data; empty for any" }
                textarea.code name="schema" rows="8" spellcheck="false" { "\n" (schema) }
            }
            div.buttons { button.main { (if is_new { "Declare" } else { "Save" }) } }
        }
    }
}

/// Declares a type, or changes its declaration.
pub(crate) async fn declare(visit: &Visit<'_>) -> Shown {
    let (name, schema) = (visit.field("name").trim(), visit.field("schema"));
    let mut body = json!({});
    if !visit.field("description").is_empty() {
        body["description"] = json!(visit.field("description"));
    }
    if !schema.trim().is_empty() {
        body["schema"] = serde_json::from_str(schema).unwrap_or_else(|_| json!(schema));
    }
    let path = format!("/v1/event-types/{}", segment(name));
    match visit.api.send("PUT", &path, &body).await {
        Ok(_) => Ok(visit.done(&format!("{PATH}/{}", segment(name)), "saved")),
        Err(refusal) if refusal.is_correctable() => listed(visit, Some(&refusal)).await,
        Err(refusal) => Err(refusal),
    }
}

pub(crate) async fn show(visit: &Visit<'_>, name: &str) -> Shown {
    shown(visit, name, None).await
}

async fn shown(visit: &Visit<'_>, name: &str, refusal: Option<&Refusal>) -> Shown {
    let path = format!("/v1/event-types/{}", segment(name));
    let found = visit.api.get(&path, &[]).await?;
    let is_declared = is(&found, "declared");
    let here = format!("{PATH}/{}", segment(name));
    let schema = match &found["schema"] {
        Value::Null => String::new(),
        schema => serde_json::to_string_pretty(schema).unwrap_or_default(),
    };
    let content = html! {
        div.head {
            h1 { (name) (flag(!is_declared, "of Sluice")) }
            div.buttons { @if is_declared { (act(visit, &format!("{here}/delete"), "Delete")) } }
        }
        @if let Some(refusal) = refusal { (problem(refusal)) }
        p { (text(&found, "description")) }
        p { a href=(with_query(deliveries::PATH, &[("eventType", name)])) { "Its deliveries" } }
        div.columns {
            @if is_declared && visit.session.is_admin() && schema.len() <= SHOWN_SCHEMA_BYTES {
                section { h2 { "Declaration" } (declaration(visit, name, text(&found, "description"), &schema, false)) }
            } @else {
                section { h2 { "JSON Schema" } (json_block(&found["schema"], SHOWN_SCHEMA_BYTES)) }
            }
            @if is_declared && visit.session.is_admin() { (publication(visit, &here)) }
        }
    };
    let page = Page::new(Section::EventTypes, name, content);
    Ok(visit.page(match refusal {
        Some(refusal) => page.refused(refusal),
        None => page,
    }))
}

fn publication(visit: &Visit<'_>, here: &str) -> Markup {
    let data = match visit.field("data") {
        "" => "{}",
        data => data,
    };
    html! {
        section {
            h2 { "Publish an event" }
            form.stack method="post" action={ (here) "/publish" } {
                (token(visit))
                input type="hidden" name=(ONCE_FIELD) value=(visit.once());
                label { span { "Data" } textarea.code name="data" rows="8" spellcheck="false" { "\n" (data) } }
                div.buttons { button.main { "Publish" } }
            }
        }
    }
}

/// Publishes an event, and goes on to its deliveries.
pub(crate) async fn publish(visit: &Visit<'_>, name: &str) -> Shown {
    let data = visit.field("data");
    let data: Value = serde_json::from_str(data).unwrap_or_else(|_| json!(data));
    let body = json!({ "type": name, "data": data });
    match visit
        .api
        .send_once("/v1/events", &body, visit.field(ONCE_FIELD))
        .await
    {
        Ok(event) => {
            let deliveries = with_query(deliveries::PATH, &[("eventId", text(&event, "id"))]);
            Ok(visit.done(&deliveries, "published"))
        }
        Err(refusal) if refusal.is_correctable() => shown(visit, name, Some(&refusal)).await,
        Err(refusal) => Err(refusal),
    }
}

pub(crate) async fn delete(visit: &Visit<'_>, name: &str) -> Shown {
    let path = format!("/v1/event-types/{}", segment(name));
    visit.api.send("DELETE", &path, &Value::Null).await?;
    Ok(visit.done(PATH, "deleted"))
}
