//! Documents that try to exhaust the parser.

use super::{accepted, pointers_and_reasons, refused};
use crate::yaml_to_json;
use serde_json::{Value, json};

#[test]
fn a_document_that_nests_too_deeply_is_refused_without_recursion() {
    let mut document = json!(1);
    for _ in 0..5_000 {
        document = Value::Array(vec![document]);
    }
    assert_eq!(pointers_and_reasons(&document).len(), 1);
    // Dropping the value recurses, too, so the test leaks it.
    std::mem::forget(document);
}

#[test]
fn yaml_aliases_cannot_multiply_without_end() {
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
fn expressions_beyond_the_limit_are_refused_before_they_are_compiled() {
    let task = |at: usize| json!({ format!("t{at}"): { "set": format!("${{ {} 1 }}", "1 + ".repeat(1_900)) } });
    let tasks: Vec<_> = (0..40).map(task).collect();
    let identity = json!({"dsl": "1.0.3", "namespace": "n", "name": "n", "version": "1"});
    let found = pointers_and_reasons(&json!({ "document": identity, "do": tasks }));
    assert!(
        found.iter().any(|(_, reason)| reason.contains("in all")),
        "{found:?}"
    );
}

#[test]
fn a_fork_has_at_most_a_hundred_branches() {
    let fork = |count: usize| {
        let branches: Vec<String> = (0..count)
            .map(|at| format!("{{ b{at}: {{ wait: PT1S }} }}"))
            .collect();
        format!(
            "do: [ {{ f: {{ fork: {{ branches: [ {} ] }} }} }} ]",
            branches.join(", ")
        )
    };
    accepted(&fork(100));
    refused(&fork(101), "/do/0/f/fork/branches", "at most 100 branches");
}
