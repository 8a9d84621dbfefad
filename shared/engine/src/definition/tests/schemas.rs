//! Schemas in documents: which are accepted, and which are refused.

use super::{HEADING, refused};
use crate::{Definition, yaml_to_json};

fn parse(rest: &str) -> Result<Definition, Vec<crate::Problem>> {
    Definition::parse(&yaml_to_json(&format!("{HEADING}{rest}")).expect("YAML"))
}

#[test]
fn a_schema_is_inline_and_of_json() {
    let tasks = |schema: &str| {
        format!("do: [ {{ a: {{ set: {{ b: 1 }}, input: {{ schema: {schema} }} }} }} ]")
    };
    assert!(parse(&tasks("{ document: { type: object } }")).is_ok());
    assert!(parse(&tasks("{ format: json, document: true }")).is_ok());
    let at = "/do/0/a/input/schema";
    refused(&tasks("{ format: json }"), at, "`document` is missing");
    refused(&tasks("object"), at, "must be an object");
    let external = tasks("{ format: json, resource: { endpoint: 'https://example.com' } }");
    refused(
        &external,
        &format!("{at}/resource"),
        "external schemas are not supported",
    );
    let avro = tasks("{ format: avro, document: {} }");
    refused(&avro, &format!("{at}/format"), "json");
    let wrong = tasks("{ document: { minimum: low } }");
    refused(&wrong, &format!("{at}/document/minimum"), "number");
}

/// A schema with this many patterns.
fn patterned(count: usize, prefix: &str) -> String {
    let each = (0..count).map(|at| format!("{{ pattern: {prefix}{at} }}"));
    let all: Vec<_> = each.collect();
    format!("{{ document: {{ anyOf: [ {} ] }} }}", all.join(", "))
}

#[test]
fn a_schema_of_a_function_counts_once_however_often_it_is_called() {
    let calls: Vec<_> = (0..50)
        .map(|at| format!("{{ c{at}: {{ call: f }} }}"))
        .collect();
    let function = format!(
        "use: {{ functions: {{ f: {{ set: {{ b: 1 }}, output: {{ schema: {} }} }} }} }}\ndo: [ {} ]",
        patterned(60, "a"),
        calls.join(", ")
    );
    assert!(parse(&function).is_ok());
}

#[test]
fn a_wrong_schema_of_a_function_is_reported_even_if_another_function_calls_it_first() {
    let functions = "
use:
  functions:
    a: { call: b }
    b: { set: { c: 1 }, output: { schema: { document: { type: text } } } }
do: [ { d: { call: a } } ]";
    let at = "/use/functions/b/output/schema/document/type";
    refused(functions, at, "text");
}

#[test]
fn the_patterns_of_all_schemas_of_a_document_are_limited() {
    let tasks: Vec<_> = (0..5)
        .map(|at| {
            let schema = patterned(60, &format!("t{at}-"));
            format!("{{ t{at}: {{ set: {{ b: 1 }}, output: {{ schema: {schema} }} }} }}")
        })
        .collect();
    refused(
        &format!("do: [ {} ]", tasks.join(", ")),
        "/do/4/t4/output/schema/document",
        "patterns in all",
    );
}
