//! A place to try jq expressions, on any JSON or on what an execution got.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::api_calls::segment;
use crate::json::optional;
use crate::layout::{Page, Section, token};
use crate::parts::{json as json_block, page_bytes, problem};
use crate::refusal::Refusal;
use crate::visit::{Shown, Visit};

const SHOWN_OUTPUT_BYTES: usize = 8_000;
/// An input that takes more of a page is not shown for editing.
const MAX_SHOWN_INPUT_BYTES: usize = 30_000;

/// The form, with the input of an execution where one is named.
pub(crate) async fn form(visit: &Visit<'_>) -> Shown {
    let execution = visit.parameter("execution").trim();
    let input = match execution {
        "" => "{}".to_owned(),
        id => {
            let path = format!("/v1/executions/{}", segment(id));
            let found = visit.api.get(&path, &[]).await?;
            serde_json::to_string_pretty(&found["input"]).unwrap_or_default()
        }
    };
    let shown = match page_bytes(&input) {
        0..=MAX_SHOWN_INPUT_BYTES => input.as_str(),
        _ => "",
    };
    let tried = Tried {
        expression: ".",
        input: shown,
        is_cut: shown.len() < input.len(),
        ..Tried::default()
    };
    Ok(visit.page(page(visit, &tried)))
}

/// What a visitor tries, and what came of it.
#[derive(Clone, Copy, Default)]
struct Tried<'a> {
    expression: &'a str,
    input: &'a str,
    is_cut: bool,
    evaluation: Option<&'a Value>,
    refusal: Option<&'a Refusal>,
}

fn page(visit: &Visit<'_>, tried: &Tried<'_>) -> Page {
    let content = html! {
        h1 { "jq scratchpad" }
        form.line action="/console/expressions" {
            label { span { "Load the input of an execution" } input.code name="execution" value=(visit.parameter("execution")) placeholder="exe_…" autocomplete="off" spellcheck="false"; }
            button { "Load" }
        }
        @if tried.is_cut { p.empty { "The input of this execution is too large to be edited here." } }
        @if let Some(refusal) = tried.refusal { (problem(refusal)) }
        div.columns {
            section {
                form.stack method="post" action="/console/expressions" {
                    (token(visit))
                    label { span { "Expression" } textarea.code name="expression" rows="3" required spellcheck="false" { "\n" (tried.expression) } }
                    label { span { "Input, in JSON" } textarea.code name="input" rows="14" spellcheck="false" { "\n" (tried.input) } }
                    div.buttons { button.main { "Evaluate" } }
                }
            }
            section #output { h2 { "Output" } (output(tried.evaluation)) }
        }
    };
    Page::new(Section::Expressions, "jq", content)
}

fn output(evaluation: Option<&Value>) -> Markup {
    html! {
        @match evaluation {
            None => p.empty { "Nothing evaluated yet." },
            Some(evaluation) => {
                @match optional(evaluation, "error") {
                    Some(error) => div.problem role="alert" { p.what { (error) } },
                    None => (json_block(&evaluation["output"], SHOWN_OUTPUT_BYTES)),
                }
            },
        }
    }
}

/// Evaluates an expression. It changes nothing, so a key that only reads may do it, too.
pub(crate) async fn evaluate(visit: &Visit<'_>) -> Shown {
    let (expression, input) = (visit.field("expression"), visit.field("input"));
    let tried = Tried {
        expression,
        input,
        ..Tried::default()
    };
    let parsed: Value = match serde_json::from_str(input) {
        Ok(parsed) => parsed,
        Err(error) => {
            let refusal = Refusal::no_json(&error);
            let page = page(
                visit,
                &Tried {
                    refusal: Some(&refusal),
                    ..tried
                },
            );
            return Ok(visit.page(page.refused(&refusal)));
        }
    };
    let body = json!({ "expression": expression, "input": parsed });
    match visit
        .api
        .send("POST", "/v1/expressions/evaluate", &body)
        .await
    {
        Ok(evaluation) => Ok(visit.page(page(
            visit,
            &Tried {
                evaluation: Some(&evaluation),
                ..tried
            },
        ))),
        Err(refusal) if refusal.is_correctable() => {
            let page = page(
                visit,
                &Tried {
                    refusal: Some(&refusal),
                    ..tried
                },
            );
            Ok(visit.page(page.refused(&refusal)))
        }
        Err(refusal) => Err(refusal),
    }
}
