//! What a visitor asks of an execution: cancel it, replay it, replay it with another body.

use maud::{Markup, html};
use serde_json::json;

use crate::api_calls::segment;
use crate::json::text;
use crate::layout::{Page, Section, token};
use crate::parts::{page_bytes, problem, select};
use crate::refusal::Refusal;
use crate::screens::{executions, request};
use crate::visit::{ONCE_FIELD, Shown, Visit};

/// A body that takes more of a page is not edited in a browser.
const MAX_EDITED_BYTES: usize = 40_000;
const VERSIONS: [(&str, &str); 2] = [
    ("current", "The current version of the workflow"),
    ("original", "The version that this execution ran"),
];

fn page_of(id: &str) -> String {
    format!("{}/{}", executions::PATH, segment(id))
}

pub(crate) async fn cancel(visit: &Visit<'_>, id: &str) -> Shown {
    let path = format!("/v1/executions/{}/cancel", segment(id));
    visit.api.send("POST", &path, &json!({})).await?;
    Ok(visit.done(&page_of(id), "cancelled"))
}

/// Replays it, and goes on to the new execution.
pub(crate) async fn replay(visit: &Visit<'_>, id: &str) -> Shown {
    let version = match visit.field("version") {
        "original" => "original",
        _ => "current",
    };
    let is_edited = !visit.field("edited").is_empty();
    let body = match is_edited {
        true => json!({ "version": version, "body": visit.field("body") }),
        false => json!({ "version": version }),
    };
    let path = format!("/v1/executions/{}/replay", segment(id));
    let replayed = visit.api.send_once(&path, &body, visit.field(ONCE_FIELD));
    match replayed.await {
        Ok(created) => Ok(visit.done(&page_of(text(&created, "id")), "replayed")),
        Err(refusal) if is_edited && refusal.is_correctable() => {
            let form = form(visit, id, visit.field("body"), version, Some(&refusal));
            Ok(visit
                .page(Page::new(Section::Executions, "Edit and replay", form).refused(&refusal)))
        }
        Err(refusal) => Err(refusal),
    }
}

/// The form for another body, which begins with the body of the request.
pub(crate) async fn edit(visit: &Visit<'_>, id: &str) -> Shown {
    let path = format!("/v1/executions/{}/request", segment(id));
    let found = visit.api.get(&path, &[]).await?;
    let bytes = request::body_bytes(&found);
    let is_text = text(&found, "bodyEncoding") == "utf-8";
    let is_editable = is_text && page_bytes(text(&found, "body")) <= MAX_EDITED_BYTES;
    let content = if is_editable {
        form(visit, id, text(&found, "body"), "current", None)
    } else {
        html! {
            h1 { "Edit and replay" }
            p.empty {
                "A body of " (bytes.len()) " bytes that is " (text(&found, "bodyEncoding"))
                " is not edited here: texts of up to " (MAX_EDITED_BYTES) " bytes are. "
                code { "POST /v1/executions/" (id) "/replay" } " takes any."
            }
            p { a href=(page_of(id)) { "Back to the execution" } }
        }
    };
    Ok(visit.page(Page::new(Section::Executions, "Edit and replay", content)))
}

fn form(
    visit: &Visit<'_>,
    id: &str,
    body: &str,
    version: &str,
    refusal: Option<&Refusal>,
) -> Markup {
    html! {
        h1 { "Edit and replay " a href=(page_of(id)) { (id) } }
        @if let Some(refusal) = refusal { (problem(refusal)) }
        form.stack.wide method="post" action={ (page_of(id)) "/replay" } {
            (token(visit))
            input type="hidden" name=(ONCE_FIELD) value=(visit.once());
            input type="hidden" name="edited" value="yes";
            label {
                span { "Body" }
                // The parser drops a newline that follows the tag.
                textarea.code name="body" rows="20" spellcheck="false" { "\n" (body) }
            }
            (select("version", "Runs", &VERSIONS, version))
            p.hint { "Headers and query stay as they were; a signature proves nothing about another body." }
            div.buttons { button.main { "Replay" } a.button href=(page_of(id)) { "Cancel" } }
        }
    }
}
