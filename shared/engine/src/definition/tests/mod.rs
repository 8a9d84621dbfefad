//! Which documents are refused, at which pointers, and that every problem is reported.

mod at_limits;
mod bounds;
mod leniency;
mod parts;
mod schemas;

use super::Definition;
use crate::yaml_to_json;
use serde_json::{Value, json};

const HEADING: &str =
    "document: {dsl: '1.0.3', namespace: test, name: example, version: '0.1.0'}\n";

fn pointers_and_reasons(document: &Value) -> Vec<(String, String)> {
    let problems = Definition::parse(document).expect_err("must be refused");
    problems
        .into_iter()
        .map(|problem| (problem.pointer, problem.reason))
        .collect()
}

#[track_caller]
fn refused(tasks: &str, pointer: &str, part_of_reason: &str) {
    let document = yaml_to_json(&format!("{HEADING}{tasks}")).expect("YAML");
    let found = pointers_and_reasons(&document);
    let is_found = found
        .iter()
        .any(|(at, reason)| at == pointer && reason.contains(part_of_reason));
    assert!(is_found, "{tasks}: {found:?}");
}

fn accepted(tasks: &str) {
    let document = yaml_to_json(&format!("{HEADING}{tasks}")).expect("YAML");
    if let Err(problems) = Definition::parse(&document) {
        panic!("{tasks}: {problems:?}");
    }
}

#[test]
fn a_document_has_a_namespace_a_name_and_a_version() {
    let document =
        yaml_to_json(&format!("{HEADING}do: [ {{ a: {{ set: {{ b: 1 }} }} }} ]")).expect("YAML");
    let definition = Definition::parse(&document).expect("a workflow");
    assert_eq!(definition.name(), "example");
    assert_eq!(definition.namespace(), "test");
    assert_eq!(definition.version(), "0.1.0");
}

#[test]
fn every_problem_is_reported() {
    let document = json!({
        "document": {"dsl": "0.8", "namespace": "n", "name": "n", "color": 1},
        "extra": true,
        "do": [
            {"a": {"set": {"x": "${ .[ }", "y": "${ env }"}, "then": "nowhere"}},
            {"b": {"wait": "soon", "sett": 1, "then": "a"}},
            {"c": {}},
            {"a": {"call": "ftp"}},
        ],
    });
    let found = pointers_and_reasons(&document);
    let pointers: Vec<_> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
    for expected in [
        "/document",
        "/document/dsl",
        "/document/color",
        "/extra",
        "/do/0/a/set/x",
        "/do/0/a/set/y",
        "/do/0/a/then",
        "/do/1/b/wait",
        "/do/1/b/sett",
        "/do/2/c",
        "/do/1/b/then",
        "/do/3/a/call",
    ] {
        assert!(
            pointers.contains(&expected),
            "{expected} is not in {found:?}"
        );
    }
}

#[test]
fn processes_on_the_worker_are_refused() {
    for process in [
        "shell: { command: ls }",
        "script: { language: js, code: '1' }",
        "container: { image: x }",
    ] {
        refused(
            &format!("do: [ {{ a: {{ run: {{ {process} }} }} }} ]"),
            &format!(
                "/do/0/a/run/{}",
                process.split(':').next().unwrap_or_default()
            ),
            "refused",
        );
    }
    refused(
        "do: [ { a: { listen: { to: { any: [] } } } } ]",
        "/do/0/a/listen",
        "refused",
    );
    refused(
        "schedule: { cron: '* * * * *' }\ndo: [ { a: { set: { b: 1 } } } ]",
        "/schedule",
        "triggers",
    );
}

#[test]
fn secrets_are_declared_by_valid_names() {
    let declared =
        |names: &str| format!("use: {{ secrets: [ {names} ] }}\ndo: [ {{ a: {{ set: {{}} }} }} ]");
    refused(
        &declared("fine, 1st"),
        "/use/secrets/1",
        "starts with a letter",
    );
    refused(&declared("7"), "/use/secrets/0", "must be a name");
    let many: Vec<String> = (0..51).map(|at| format!("s{at}")).collect();
    refused(&declared(&many.join(", ")), "/use/secrets", "at most 50");
}

#[test]
fn expressions_and_endpoints_are_checked() {
    refused(
        "do: [ { a: { do: [ { b: { set: {}, then: a } } ] } } ]",
        "/do/0/a/do/0/b/then",
        "no task `a`",
    );
    refused(
        "do: [ { a: { if: '$output', set: {} } } ]",
        "/do/0/a/if",
        "no `$output` here",
    );
    refused(
        "do: [ { a: { set: { b: '${ nope(1) }' } } } ]",
        "/do/0/a/set/b",
        "nope/1",
    );
    let call = |endpoint: &str| {
        format!(
            "do: [ {{ a: {{ call: http, with: {{ method: get, endpoint: '{endpoint}' }} }} }} ]"
        )
    };
    refused(&call("ftp://example.com/"), "/do/0/a/with/endpoint", "http");
    refused(&call("example"), "/do/0/a/with/endpoint", "not a URI");
    refused(
        &call("https://example.com/{id"),
        "/do/0/a/with/endpoint",
        "not closed",
    );
}

#[test]
fn methods_durations_and_references_are_checked() {
    refused(
        "do: [ { a: { call: http, with: { endpoint: 'http://x/' } } } ]",
        "/do/0/a/with",
        "`method`",
    );
    refused(
        "do: [ { a: { call: http, with: { method: eat, endpoint: 'http://x/' } } } ]",
        "/do/0/a/with/method",
        "one of",
    );
    refused(
        "do: [ { a: { wait: { years: 1 } } } ]",
        "/do/0/a/wait",
        "years",
    );
    refused("do: [ { a: { wait: P11Y } } ]", "/do/0/a/wait", "ten years");
    refused(
        "do: [ { a: { raise: { error: missing } } } ]",
        "/do/0/a/raise/error",
        "missing",
    );
    refused(
        "evaluate: { language: javascript }\ndo: [ { a: { set: {} } } ]",
        "/evaluate/language",
        "jq",
    );
}

#[test]
fn pointers_escape_the_names_of_tasks() {
    refused(
        "do: [ { 'a/b~c': { set: 1 } } ]",
        "/do/0/a~1b~0c/set",
        "object",
    );
}
