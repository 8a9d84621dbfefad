//! What is refused, where, and that everything is said at once.

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

#[test]
fn a_document_says_its_name() {
    let document =
        yaml_to_json(&format!("{HEADING}do: [ {{ a: {{ set: {{ b: 1 }} }} }} ]")).expect("YAML");
    let definition = Definition::parse(&document).expect("a workflow");
    assert_eq!(definition.name(), "example");
    assert_eq!(definition.namespace(), "test");
    assert_eq!(definition.version(), "0.1.0");
}

#[test]
fn every_problem_is_named_at_once() {
    let document = json!({
        "document": {"dsl": "0.8", "namespace": "n", "name": "n", "color": 1},
        "extra": true,
        "do": [
            {"a": {"set": {"x": "${ .[ }", "y": "${ env }"}, "then": "nowhere"}},
            {"b": {"wait": "soon", "sett": 1}},
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
        "/do/3",
        "/do/3/a/call",
    ] {
        assert!(
            pointers.contains(&expected),
            "{expected} is not in {found:?}"
        );
    }
}

#[test]
fn what_would_run_code_on_the_worker_is_refused() {
    for process in [
        "shell: { command: ls }",
        "script: { language: js, code: '1' }",
        "container: { image: x }",
    ] {
        refused(
            &format!("do: [ {{ a: {{ run: {{ {process} }} }} }} ]"),
            "/do/0/a/run",
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
fn references_expressions_and_endpoints_are_checked() {
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
    refused("do: [ { a: { wait: P1M } } ]", "/do/0/a/wait", "days");
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

#[test]
fn a_document_that_nests_too_deeply_is_refused_without_recursion() {
    let mut document = json!(1);
    for _ in 0..5_000 {
        document = Value::Array(vec![document]);
    }
    assert_eq!(pointers_and_reasons(&document).len(), 1);
    // Taking it apart recurses, too; that is the test's problem, not the engine's.
    std::mem::forget(document);
}

#[test]
fn yaml_cannot_blow_up() {
    let bomb: String = (0..30)
        .map(|level| {
            let inner = if level == 0 {
                "x".to_owned()
            } else {
                format!("*a{}, *a{}", level - 1, level - 1)
            };
            format!("a{level}: &a{level} [{inner}]\n")
        })
        .collect();
    assert!(yaml_to_json(&bomb).is_err());
    assert!(yaml_to_json(&"[".repeat(100_000)).is_err());
    assert!(yaml_to_json(&"- ".repeat(100_000)).is_err());
    let lines = (0..90).map(|level| format!("{}{}\n", " ".repeat(level * 100), "- ".repeat(50)));
    assert!(yaml_to_json(&lines.collect::<String>()).is_err());
    assert!(yaml_to_json(&"a: ".repeat(1_000_000)).is_err());
}

#[test]
fn a_mistake_in_yaml_is_shown_with_its_line() {
    let problem = yaml_to_json("a: 1\nb: [1, 2\nc: 3\n").expect_err("must be refused");
    assert!(problem.line.is_some_and(|line| line >= 2), "{problem}");
}

#[test]
fn loops_attempts_and_branches_are_checked() {
    refused(
        "do: [ { a: { for: { each: 'a b', in: .x }, do: [ { b: { set: {} } } ] } } ]",
        "/do/0/a/for/each",
        "letters",
    );
    refused(
        "do: [ { a: { for: { in: .x } } } ]",
        "/do/0/a",
        "`do` is missing",
    );
    refused(
        "do: [ { a: { for: { in: .x }, do: [ { b: { set: '${ $nope }' } } ] } } ]",
        "/do/0/a/do/0/b/set",
        "no `$nope`",
    );
    refused(
        "do: [ { a: { set: '${ $item }' } } ]",
        "/do/0/a/set",
        "no `$item`",
    );
    refused(
        "do: [ { a: { try: [ { b: { set: {} } } ] } } ]",
        "/do/0/a",
        "`catch` is missing",
    );
    refused(
        "do: [ { a: { try: [ { b: { set: {} } } ], catch: { when: '$oops' } } } ]",
        "/do/0/a/catch/when",
        "no `$oops`",
    );
    refused(
        "do: [ { a: { try: [ { b: { set: {} } } ], catch: { retry: { backoff: { sudden: {} } } } } } ]",
        "/do/0/a/catch/retry/backoff",
        "must be",
    );
    refused(
        "do: [ { a: { fork: { branches: [ { b: { set: {}, then: c } }, { c: { set: {} } } ] } } } ]",
        "/do/0/a/fork/branches/0/b/then",
        "branch",
    );
    refused(
        "do: [ { a: { fork: { compete: true } } } ]",
        "/do/0/a/fork",
        "`branches` is missing",
    );
}

#[test]
fn components_are_checked_and_references_found() {
    let task = "do: [ { a: { set: {} } } ]";
    refused(
        &format!("use: {{ errors: {{ e: {{ status: 1 }} }} }}\n{task}"),
        "/use/errors/e",
        "`type`",
    );
    refused(
        &format!("use: {{ functions: {{ f: {{ set: '${{ env }}' }} }} }}\n{task}"),
        "/use/functions/f/set",
        "environment",
    );
    refused(
        &format!("use: {{ timeouts: {{ t: {{ after: soon }} }} }}\n{task}"),
        "/use/timeouts/t/after",
        "duration",
    );
    refused(
        &format!("use: {{ secrets: [ s ] }}\n{task}"),
        "/use/secrets",
        "not supported",
    );
    refused(
        &format!("use: {{ magic: {{}} }}\n{task}"),
        "/use/magic",
        "unknown",
    );
    refused(
        "do: [ { a: { call: nope } } ]",
        "/do/0/a/call",
        "no function `nope`",
    );
    refused(
        "do: [ { a: { call: grpc, with: {} } } ]",
        "/do/0/a/call",
        "not supported",
    );
    refused(
        "do: [ { a: { set: {}, timeout: nope } } ]",
        "/do/0/a/timeout",
        "no `nope` in /use/timeouts",
    );
    let endpoint = "endpoint: { uri: 'http://x/', authentication: { use: nope } }";
    refused(
        &format!("do: [ {{ a: {{ call: http, with: {{ method: get, {endpoint} }} }} }} ]"),
        "/do/0/a/with/endpoint/authentication",
        "no `nope`",
    );
}

#[test]
fn functions_cannot_call_themselves_or_multiply_without_end() {
    refused(
        "use: { functions: { f: { do: [ { x: { call: g } } ] }, g: { do: [ { y: { call: f } } ] } } }\ndo: [ { a: { call: f } } ]",
        "/use/functions/g/do/0/y/call",
        "calls itself",
    );
    let calls = |level: usize| {
        let each: Vec<_> = (0..10)
            .map(|at| format!("{{ c{at}: {{ call: f{level} }} }}"))
            .collect();
        format!("do: [ {} ]", each.join(", "))
    };
    let functions: Vec<_> = (0..12)
        .map(|level| format!("f{}: {{ {} }}", level + 1, calls(level)))
        .collect();
    let text = format!(
        "use: {{ functions: {{ f0: {{ set: {{}} }}, {} }} }}\n{}",
        functions.join(", "),
        calls(12)
    );
    refused(&text, "", "tasks");
}

#[test]
fn expressions_without_end_are_refused_before_they_are_compiled() {
    let task = |at: usize| json!({ format!("t{at}"): { "set": format!("${{ {} 1 }}", "1 + ".repeat(1_900)) } });
    let tasks: Vec<_> = (0..40).map(task).collect();
    let heading = json!({"dsl": "1.0.3", "namespace": "n", "name": "n", "version": "1"});
    let found = pointers_and_reasons(&json!({ "document": heading, "do": tasks }));
    assert!(
        found.iter().any(|(_, reason)| reason.contains("in all")),
        "{found:?}"
    );
}
