//! The list of workflows, and a new one from YAML.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::api_calls::segment;
use crate::json::{self, is, number, optional, text};
use crate::layout::{Page, Section};
use crate::parts::{Paging, active, pager, time};
use crate::screens::editor::{self, Draft, Wanted};
use crate::visit::{ONCE_FIELD, Shown, Visit};

pub(crate) const PATH: &str = "/console/workflows";
const PAGE_ITEMS: &str = "50";
/// Where a new definition begins.
const TEMPLATE: &str = "document:
  dsl: 1.0.0
  namespace: default
  name: hello
  version: 1.0.0
do:
  - greet:
      set:
        message: ${ \"Hello, \" + (.name // \"world\") }
";

pub(crate) async fn list(visit: &Visit<'_>) -> Shown {
    let query = [("limit", PAGE_ITEMS), ("cursor", visit.parameter("cursor"))];
    let page = visit.api.get("/v1/workflows", &query).await?;
    let paging = Paging {
        path: PATH,
        filters: &[],
        page: &page,
    };
    let content = html! {
        div.head {
            h1 { "Workflows" }
            @if visit.session.is_admin() { a.button.main href={ (PATH) "/new" } { "New workflow" } }
        }
        section #rows {
            (table(json::items(&page)))
            @if json::items(&page).is_empty() { p.empty { "No workflows yet." } }
        }
        (pager(visit, &paging))
    };
    Ok(visit.page(Page::new(Section::Workflows, "Workflows", content)))
}

fn table(items: &[Value]) -> Markup {
    html! {
        @if !items.is_empty() {
            table {
                thead { tr {
                    th { "State" } th { "Workflow" } th { "Slug" } th.number { "Version" } th.number { "Rate limit" } th { "Changed" }
                } }
                tbody { @for item in items { (row(item)) } }
            }
        }
    }
}

fn row(item: &Value) -> Markup {
    html! {
        tr {
            td { (active(is(item, "active"))) }
            td data-label="Workflow" { a data-open href={ (PATH) "/" (segment(text(item, "id"))) } { (text(item, "name")) } }
            td data-label="Slug" { code { (text(item, "slug")) } }
            td.number data-label="Version" { (number(item, "version")) }
            td.number data-label="Rate limit" { (rate(&item["rateLimit"])) }
            td data-label="Changed" { (time(optional(item, "updatedAt"))) }
        }
    }
}

/// A rate limit in words.
pub(crate) fn rate(limit: &Value) -> String {
    let refill = limit["refillPerSecond"].as_f64().unwrap_or_default();
    let refill = (refill * 1_000.0).round() / 1_000.0;
    format!("{refill} a second, burst of {}", limit["capacity"])
}

/// The form for a new workflow.
pub(crate) fn new(visit: &Visit<'_>) -> Shown {
    let draft = Draft {
        name: Some(""),
        yaml: TEMPLATE,
        ..Draft::default()
    };
    let content = editor::form(visit, "New workflow", &format!("{PATH}/new"), PATH, &draft);
    Ok(visit.page(Page::new(Section::Workflows, "New workflow", content)))
}

/// Checks the definition, or creates the workflow.
pub(crate) async fn create(visit: &Visit<'_>) -> Shown {
    let (name, yaml) = (visit.field("name"), visit.field("yaml"));
    let wanted = Wanted::of(visit);
    let draft = Draft {
        name: Some(name),
        yaml,
        ..Draft::default()
    };
    let action = format!("{PATH}/new");
    let shown = |draft: &Draft<'_>| {
        let content = editor::form(visit, "New workflow", &action, PATH, draft);
        Page::new(Section::Workflows, "New workflow", content)
    };
    if wanted == Wanted::Check {
        let checked = editor::check(visit, yaml).await?;
        return Ok(visit.page(shown(&Draft {
            checked: Some(&checked),
            ..draft
        })));
    }
    let body = json!({
        "name": name,
        "definitionYaml": yaml,
        "active": wanted == Wanted::SaveAndActivate,
    });
    let created = visit
        .api
        .send_once("/v1/workflows", &body, visit.field(ONCE_FIELD));
    match created.await {
        Ok(created) => {
            let path = format!("{PATH}/{}", segment(text(&created, "id")));
            Ok(visit.done(&path, "created"))
        }
        Err(refusal) if refusal.is_correctable() => {
            let page = shown(&Draft {
                refusal: Some(&refusal),
                ..draft
            });
            Ok(visit.page(page.refused(&refusal)))
        }
        Err(refusal) => Err(refusal),
    }
}
