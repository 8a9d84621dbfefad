//! The reference of the API, rendered from its own document: the operations, one operation, one schema.

use maud::{Markup, html};
use serde_json::Value;

use crate::api_calls::segment;
use crate::json::{self, is, optional, text};
use crate::layout::{Page, Section};
use crate::parts::json as json_block;
use crate::refusal::Refusal;
use crate::visit::{Shown, Visit};

const PATH: &str = "/console/docs";
const SHOWN_EXAMPLE_BYTES: usize = 4_000;
const SCHEMAS: &str = "#/components/schemas/";

async fn document(visit: &Visit<'_>) -> Result<Value, Refusal> {
    visit.api.get("/openapi.json", &[]).await
}

/// One operation of the document.
struct Operation<'a> {
    method: &'a str,
    path: &'a str,
    said: &'a Value,
}

fn operations(document: &Value) -> Vec<Operation<'_>> {
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, said) in methods.as_object().into_iter().flatten() {
            all.push(Operation { method, path, said });
        }
    }
    all
}

/// Every operation, under what it is about.
pub(crate) async fn list(visit: &Visit<'_>) -> Shown {
    let document = document(visit).await?;
    let operations = operations(&document);
    let content = html! {
        div.head {
            h1 { "API" }
            a href="/openapi.json" { "openapi.json" }
        }
        p { (prose(text(&document["info"], "description"))) }
        @for tag in json::list(&document, "tags") {
            @let name = text(tag, "name");
            section {
                h2 { (name) }
                p.hint { (prose(text(tag, "description"))) }
                ul.plain.operations {
                    @for operation in operations.iter().filter(|operation| is_tagged(operation, name)) {
                        li {
                            a href={ (PATH) "/" (segment(text(operation.said, "operationId"))) } { (text(operation.said, "summary")) }
                            code { span.method { (operation.method.to_ascii_uppercase()) } " " (operation.path) }
                        }
                    }
                }
            }
        }
    };
    Ok(visit.page(Page::new(Section::Reference, "API", content)))
}

fn is_tagged(operation: &Operation<'_>, name: &str) -> bool {
    json::list(operation.said, "tags")
        .iter()
        .any(|tag| tag == name)
}

/// One operation: its parameters, its body, its answers.
pub(crate) async fn operation(visit: &Visit<'_>, id: &str) -> Shown {
    let document = document(visit).await?;
    let operations = operations(&document);
    let mut found = operations.iter();
    let found = found.find(|operation| text(operation.said, "operationId") == id);
    let operation = found.ok_or_else(Refusal::not_found)?;
    let said = operation.said;
    let content = html! {
        h1 { (text(said, "summary")) }
        p { code { (operation.method.to_ascii_uppercase()) " " (operation.path) } }
        @if let Some(scope) = optional(said, "x-scope") { p.hint { "Scope " code { (scope) } } }
        p { (prose(text(said, "description"))) }
        (parameters(json::list(said, "parameters")))
        @let body = &said["requestBody"];
        @if !body.is_null() { section { h2 { "Body" } (media(&body["content"])) } }
        (answers(&document, &said["responses"]))
        p { a href=(PATH) { "All operations" } }
    };
    Ok(visit.page(Page::new(
        Section::Reference,
        text(said, "summary"),
        content,
    )))
}

fn parameters(parameters: &[Value]) -> Markup {
    html! {
        @if !parameters.is_empty() {
            section {
                h2 { "Parameters" }
                dl.facts {
                    @for each in parameters {
                        dt { code { (text(each, "name")) } " in " (text(each, "in")) @if is(each, "required") { ", required" } }
                        dd { (kind(&each["schema"])) " " (prose(text(each, "description"))) }
                    }
                }
            }
        }
    }
}

/// The answers of an operation: what it gives, and in one list what it is refused with.
fn answers(document: &Value, answers: &Value) -> Markup {
    let answers = answers.as_object().into_iter().flatten();
    let answers: Vec<(&str, &Value)> = answers
        .map(|(status, answer)| (status.as_str(), resolved(document, answer)))
        .collect();
    let (given, refused): (Vec<_>, Vec<_>) = answers
        .into_iter()
        .partition(|(status, _)| status.starts_with('2'));
    html! {
        @for (status, answer) in &given {
            section {
                h2 { "Answer " (status) }
                p { (prose(text(answer, "description"))) }
                (media(&answer["content"]))
            }
        }
        @if !refused.is_empty() {
            section {
                h2 { "Refusals" }
                dl.facts {
                    @for (status, answer) in &refused { dt { (status) } dd { (prose(text(answer, "description"))) } }
                }
            }
        }
    }
}

fn resolved<'a>(document: &'a Value, answer: &'a Value) -> &'a Value {
    let target = optional(answer, "$ref").and_then(|target| target.strip_prefix('#'));
    let found = target.and_then(|target| document.pointer(target));
    found.unwrap_or(answer)
}

/// The kinds of content with their schema and an example.
fn media(content: &Value) -> Markup {
    html! {
        @for (name, media) in content.as_object().into_iter().flatten() {
            p { code { (name) } " " (kind(&media["schema"])) }
            (fields(&media["schema"]))
            @if !media["example"].is_null() {
                details { summary { "Example" } (json_block(&media["example"], SHOWN_EXAMPLE_BYTES)) }
            }
        }
    }
}

/// One schema: its fields.
pub(crate) async fn schema(visit: &Visit<'_>, name: &str) -> Shown {
    let document = document(visit).await?;
    let schema = document["components"]["schemas"]
        .get(name)
        .ok_or_else(Refusal::not_found)?;
    let content = html! {
        h1 { (name) }
        p { (prose(text(schema, "description"))) }
        section {
            p { (kind(schema)) }
            (fields(schema))
        }
        p { a href=(PATH) { "All operations" } }
    };
    Ok(visit.page(Page::new(Section::Reference, name, content)))
}

fn fields(schema: &Value) -> Markup {
    let required = json::list(schema, "required");
    let fields: Vec<(&String, &Value)> = schema["properties"]
        .as_object()
        .into_iter()
        .flatten()
        .collect();
    html! {
        @if !fields.is_empty() {
            dl.facts {
                @for (name, field) in fields {
                    dt { code { (name) } @if required.iter().any(|each| each == name) { ", required" } }
                    dd { (kind(field)) " " (prose(text(field, "description"))) }
                }
            }
        }
    }
}

/// The type of a value in words; of one that has a schema of its own, a link to it.
fn kind(schema: &Value) -> Markup {
    let own = optional(schema, "$ref").and_then(|target| target.strip_prefix(SCHEMAS));
    if let Some(name) = own {
        return html! { a href={ (PATH) "/schemas/" (segment(name)) } { (name) } };
    }
    for choice in ["oneOf", "anyOf", "allOf"] {
        let choices = json::list(schema, choice);
        if !choices.is_empty() {
            return html! { @for (index, each) in choices.iter().enumerate() { @if index > 0 { " or " } (kind(each)) } };
        }
    }
    if !schema["enum"].is_null() {
        return html! { @for (index, each) in json::list(schema, "enum").iter().enumerate() { @if index > 0 { ", " } code { (each.to_string()) } } };
    }
    if text(schema, "type") == "array" {
        return html! { "list of " (kind(&schema["items"])) };
    }
    let several = json::joined(schema, "type");
    let name =
        optional(schema, "type").unwrap_or(if several.is_empty() { "any" } else { &several });
    html! { span.kind { (name) } }
}

/// Sentences in which backquotes mark code.
fn prose(text: &str) -> Markup {
    html! {
        @for (index, part) in text.split('`').enumerate() {
            @if index % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_type_is_said_in_words_and_linked() {
        let shown = |schema: Value| kind(&schema).into_string();
        let link = "<a href=\"/console/docs/schemas/Workflow\">Workflow</a>";
        assert_eq!(
            shown(json!({"$ref": "#/components/schemas/Workflow"})),
            link
        );
        assert_eq!(
            shown(json!({"type": "array", "items": {"$ref": "#/components/schemas/Workflow"}})),
            format!("list of {link}")
        );
        assert_eq!(
            shown(json!({"type": ["string", "null"]})),
            "<span class=\"kind\">string, null</span>"
        );
        assert_eq!(prose("a `b<` c").into_string(), "a <code>b&lt;</code> c");
    }
}
