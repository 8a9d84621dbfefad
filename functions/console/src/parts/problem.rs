//! Why the API refused: what to do, then code, place and request id for whoever is asked for help.

use maud::{Markup, html};

use crate::json;
use crate::refusal::Refusal;

/// The problem, for the top of a page or of a form.
pub(crate) fn problem(refusal: &Refusal) -> Markup {
    let problems = json::list(&refusal.problem, "problems");
    html! {
        div.problem role="alert" {
            p.what { strong { (refusal.text("title")) } " " (refusal.text("detail")) }
            @if !problems.is_empty() {
                ul {
                    @for each in problems { li { (one(each)) } }
                }
            }
            dl.inline {
                dt { "Code" } dd { code { (refusal.text("code")) } }
                @if let Some(pointer) = json::optional(&refusal.problem, "pointer") {
                    dt { "Field" } dd { code { (pointer) } }
                }
                @if !refusal.text("requestId").is_empty() {
                    dt { "Request id" } dd { code { (refusal.text("requestId")) } }
                }
            }
        }
    }
}

/// One thing that is wrong with a document.
fn one(problem: &serde_json::Value) -> Markup {
    let line = json::number(problem, "line");
    let column = json::number(problem, "column");
    html! {
        @if line > 0 {
            a href={ "#L" (line) } { "Line " (line) ", column " (column) } ": "
        }
        code { (json::text(problem, "pointer")) } " " (json::text(problem, "reason"))
    }
}
