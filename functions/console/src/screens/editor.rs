//! The editor of a definition: a text area with the numbers of its lines beside it, and every problem at its line.

use std::collections::BTreeSet;

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::json::{self, is, number, text};
use crate::layout::token;
use crate::parts::problem;
use crate::refusal::Refusal;
use crate::screens::graph;
use crate::visit::{ONCE_FIELD, Visit};

/// Lines beyond the text, so that there is room to write.
const SPARE_LINES: usize = 4;

/// What the visitor has written so far, and what is said of it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Draft<'a> {
    /// The name, where it is asked for.
    pub(crate) name: Option<&'a str>,
    pub(crate) yaml: &'a str,
    /// The answer of the check.
    pub(crate) checked: Option<&'a Value>,
    pub(crate) refusal: Option<&'a Refusal>,
}

/// What a visitor wants done with a definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Check,
    Save,
    SaveAndActivate,
}

impl Wanted {
    /// The button that was pressed.
    pub(crate) fn of(visit: &Visit<'_>) -> Self {
        match visit.field("do") {
            "save" => Self::Save,
            "activate" => Self::SaveAndActivate,
            _ => Self::Check,
        }
    }
}

/// Whether a definition can be run, and every problem of one that cannot.
pub(crate) async fn check(visit: &Visit<'_>, yaml: &str) -> Result<Value, Refusal> {
    let body = json!({ "definitionYaml": yaml });
    visit
        .api
        .send("POST", "/v1/workflows/validate", &body)
        .await
}

/// The page with the form, which is sent to `action` and left to `back`.
pub(crate) fn form(
    visit: &Visit<'_>,
    title: &str,
    action: &str,
    back: &str,
    draft: &Draft<'_>,
) -> Markup {
    html! {
        h1 { (title) }
        @if let Some(refusal) = draft.refusal { (problem(refusal)) }
        @if let Some(checked) = draft.checked { (verdict(checked)) }
        form.stack method="post" action=(action) {
            (token(visit))
            input type="hidden" name=(ONCE_FIELD) value=(visit.once());
            @if let Some(name) = draft.name {
                label { span { "Name" } input name="name" value=(name) required maxlength="200" autocomplete="off"; }
            }
            (lines(draft))
            div.buttons {
                button name="do" value="check" { "Check" }
                button.main name="do" value="save" { "Save" }
                @if draft.name.is_some() { button name="do" value="activate" { "Save and activate" } }
                a.button href=(back) { "Cancel" }
            }
        }
    }
}

fn lines(draft: &Draft<'_>) -> Markup {
    let wrong = wrong_lines(draft);
    let count = draft.yaml.lines().count() + SPARE_LINES;
    html! {
        div.editor data-editor {
            ol aria-hidden="true" {
                @for line in 1..=count {
                    li #{ "L" (line) } class=[wrong.contains(&line).then_some("wrong")] { (line) }
                }
            }
            textarea name="yaml" aria-label="Definition in YAML" rows=(count) spellcheck="false" autocapitalize="off" required {
                // The parser drops a newline that follows the tag.
                "\n" (draft.yaml)
            }
        }
    }
}

fn wrong_lines(draft: &Draft<'_>) -> BTreeSet<usize> {
    let refused = draft
        .refusal
        .map(|refusal| json::list(&refusal.problem, "problems"));
    let checked = draft.checked.map(|checked| json::list(checked, "problems"));
    let all = refused.into_iter().chain(checked).flatten();
    all.filter_map(|each| usize::try_from(number(each, "line")).ok())
        .collect()
}

fn verdict(checked: &Value) -> Markup {
    html! {
        @if is(checked, "valid") {
            p.notice role="status" { "The definition can be run." }
            section { h2 { "Tasks" } (graph::blocks(&checked["graph"], &[])) }
        } @else {
            div.problem role="alert" {
                p.what { strong { "The definition cannot be run." } }
                ul {
                    @for each in json::list(checked, "problems") {
                        li {
                            @let (line, column) = (number(each, "line"), number(each, "column"));
                            @if line > 0 { a href={ "#L" (line) } { "Line " (line) ", column " (column) } ": " }
                            code { (text(each, "pointer")) } " " (text(each, "reason"))
                        }
                    }
                }
            }
        }
    }
}
