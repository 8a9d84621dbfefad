//! The versions of a workflow: listed, compared, and gone back to.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::api_calls::segment;
use crate::json::{self, is, number, optional};
use crate::layout::{Page, Section};
use crate::parts::{act, diff, text_block, time, yaml};
use crate::screens::workflow::{in_api, page_of};
use crate::visit::{Shown, Visit};

const SHOWN_VERSION_BYTES: usize = 40_000;

/// The last versions, on the page of the workflow.
pub(super) fn section(id: &str, versions: &[Value]) -> Markup {
    html! {
        section {
            h2 { "Versions" }
            ul.plain {
                @for version in versions {
                    li {
                        a href={ (page_of(id)) "/versions/" (number(version, "version")) } { "Version " (number(version, "version")) }
                        @if is(version, "current") { " " span.flag { "current" } }
                        " " span.hint { (time(optional(version, "createdAt"))) }
                    }
                }
            }
        }
    }
}

/// One version, and what is different from the one before, or from another one.
pub(crate) async fn show(visit: &Visit<'_>, id: &str, number: &str) -> Shown {
    let of = |number: &str| format!("{}/versions/{}", in_api(id), segment(number));
    let found = visit.api.get(&of(number), &[]).await?;
    let current = json::number(&found, "version");
    let before = match visit.parameter("against") {
        "" => current.saturating_sub(1).to_string(),
        against => against.to_owned(),
    };
    let old = match before.as_str() {
        "0" => None,
        before => Some(visit.api.get(&of(before), &[]).await?),
    };
    let text = yaml(&found["definition"]);
    let content = html! {
        h1 { "Version " (current) " of " a href=(page_of(id)) { (id) } }
        p.hint { "Written " (time(optional(&found, "createdAt"))) @if is(&found, "current") { ", the current one" } }
        @if let Some(old) = old {
            section { h2 { "Different from version " (before) } (diff(&yaml(&old["definition"]), &text)) }
        }
        section { h2 { "Definition" } (text_block(&text, SHOWN_VERSION_BYTES / 2)) }
        (go_back_to(visit, id, &found))
    };
    Ok(visit.page(Page::new(
        Section::Workflows,
        format!("Version {current}"),
        content,
    )))
}

/// An older version becomes the next one.
fn go_back_to(visit: &Visit<'_>, id: &str, found: &Value) -> Markup {
    let number = number(found, "version");
    html! {
        @if !is(found, "current") {
            (act(visit, &format!("{}/versions/{number}/restore", page_of(id)), "Restore this version"))
        }
    }
}

pub(crate) async fn restore(visit: &Visit<'_>, id: &str, number: &str) -> Shown {
    let path = format!("{}/versions/{}", in_api(id), segment(number));
    let found = visit.api.get(&path, &[]).await?;
    // YAML replaces the definition as a whole; JSON would be merged into the current one.
    let body = json!({ "definitionYaml": yaml(&found["definition"]) });
    visit.api.send("PATCH", &in_api(id), &body).await?;
    Ok(visit.done(&page_of(id), "saved"))
}
