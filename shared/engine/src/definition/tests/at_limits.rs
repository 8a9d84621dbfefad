//! Documents, expressions and schemas at a limit, which are accepted, and one past it, which are refused.

use super::{HEADING, accepted, refused};
use crate::nesting::depth;
use crate::sandbox::{Source, refusals};
use crate::{Definition, Schema, yaml_to_json};
use serde_json::{Value, json};
use std::sync::Arc;

fn problems(document: &Value) -> Vec<String> {
    let parsed = Definition::parse(document);
    let problems = parsed.err().unwrap_or_default();
    problems.into_iter().map(|problem| problem.reason).collect()
}

fn document(tasks: Value) -> Value {
    let identity = json!({"dsl": "1.0.3", "namespace": "n", "name": "n", "version": "1.0.0"});
    json!({"document": identity, "do": tasks})
}

#[test]
fn a_document_has_at_most_5000_tasks() {
    let tasks = |count: usize| {
        let tasks = (0..count).map(|at| json!({ format!("t{at}"): {"set": {"a": 1}} }));
        document(tasks.collect())
    };
    assert_eq!(problems(&tasks(5_000)), [] as [&str; 0]);
    let refused = problems(&tasks(5_001));
    assert!(refused[0].contains("more than 5000 tasks"), "{refused:?}");
}

#[test]
fn a_document_nests_80_levels_deep() {
    let nested = |levels: usize| {
        let inner = (0..levels).fold(json!(1), |inner, _| json!([inner]));
        document(json!([{"a": {"set": {"b": inner}}}]))
    };
    let others = depth(&nested(0));
    let refused = problems(&nested(81 - others));
    assert_eq!(depth(&nested(81 - others)), 81);
    assert!(refused[0].contains("deeper than 80 levels"), "{refused:?}");
    let reasons = problems(&nested(80 - others));
    assert!(
        reasons.iter().all(|reason| !reason.contains("80 levels")),
        "{reasons:?}"
    );
}

#[test]
fn forks_nest_8_deep() {
    let forks = |levels: usize| {
        let inner = (0..levels).fold("{ wait: PT1S }".to_owned(), |inner, _| {
            format!("{{ fork: {{ branches: [ {{ b: {inner} }} ] }} }}")
        });
        format!("do: [ {{ f: {inner} }} ]")
    };
    accepted(&forks(8));
    let pointer = format!("/do/0/f{}/fork", "/fork/branches/0/b".repeat(8));
    refused(&forks(9), &pointer, "at most 8 deep");
}

#[test]
fn an_expression_has_at_most_8192_bytes_and_all_together_256_kilobytes() {
    let text = |bytes: usize| format!("\"{}\"", "a".repeat(bytes - 2));
    let refusal = |bytes: usize| {
        let source = Source {
            text: Arc::from(text(bytes)),
            names: Arc::from([]),
        };
        refusals(&[source]).remove(0)
    };
    assert_eq!(refusal(8_192), None);
    assert!(refusal(8_193).is_some_and(|reason| reason.contains("longer than 8192 bytes")));
    let all = |last: usize| {
        let lengths = std::iter::repeat_n(8_192, 31).chain([last]);
        let tasks = lengths.enumerate().map(|(at, bytes)| {
            json!({ format!("t{at}"): {"set": {"a": format!("${{{}}}", text(bytes))}} })
        });
        problems(&document(tasks.collect()))
    };
    assert_eq!(all(8_192), [] as [&str; 0]);
    let refused = all(8_193);
    assert!(
        refused.iter().any(|reason| reason.contains("in all")),
        "{refused:?}"
    );
}

#[test]
fn an_expression_nests_400_deep() {
    let refusal = |levels: usize| {
        let text = format!("{}1{}", "(".repeat(levels), ")".repeat(levels));
        let source = Source {
            text: Arc::from(text),
            names: Arc::from([]),
        };
        refusals(&[source]).remove(0)
    };
    let most = (100..=400).rev().find(|levels| refusal(*levels).is_none());
    let past = refusal(most.expect("a hundred levels") + 1);
    assert!(past.is_some_and(|reason| reason.contains("more than 400 levels")));
}

#[test]
fn yaml_has_at_most_a_megabyte_100_levels_and_1000_aliases() {
    let long = |bytes: usize| yaml_to_json(&format!("a: {}", "x".repeat(bytes - 3)));
    assert!(long(1 << 20).is_ok());
    let refused = long((1 << 20) + 1).expect_err("too long");
    assert!(refused.reason.contains("longer than 1048576 bytes"));
    let deep =
        |levels: usize| yaml_to_json(&format!("{}{}", "[".repeat(levels), "]".repeat(levels)));
    assert!(deep(100).is_ok());
    assert!(deep(101).is_err());
    // Few anchors with many aliases are refused before.
    let aliases = |count: usize| {
        let anchors: String = (0..200).map(|at| format!("a{at}: &a{at} 1\n")).collect();
        let aliases: Vec<String> = (0..count).map(|at| format!("*a{}", at % 200)).collect();
        yaml_to_json(&format!("{anchors}all: [{}]", aliases.join(", ")))
    };
    assert!(aliases(1_000).is_ok());
    assert!(aliases(1_001).is_err());
}

#[test]
fn a_schema_has_at_most_5000_schemas_and_100_patterns() {
    let of = |parts: Vec<Value>| Schema::compile(&json!({"anyOf": parts}));
    assert!(of(vec![json!({}); 4_999]).is_ok());
    let refused = of(vec![json!({}); 5_000]).expect_err("5001 schemas");
    assert!(refused[0].reason.contains("5000 schemas"), "{refused:?}");
    let patterns = |count: usize| (0..count).map(|at| json!({"pattern": format!("a{at}")}));
    assert!(of(patterns(100).collect()).is_ok());
    let refused = of(patterns(101).collect()).expect_err("101 patterns");
    assert!(refused[0].reason.contains("100 patterns"), "{refused:?}");
}

#[test]
fn the_patterns_of_a_schema_weigh_at_most_30_000_together() {
    let of = |last: usize| {
        let weights = std::iter::repeat_n(300, 99).chain([last]);
        let patterns = weights.map(|weight| json!({"pattern": format!("a{{{weight}}}")}));
        Schema::compile(&json!({"anyOf": patterns.collect::<Value>()}))
    };
    assert!(of(300).is_ok());
    assert!(of(301).is_err());
}

#[test]
fn a_document_declares_at_most_50_secrets() {
    let secrets = |count: usize| {
        let names: Vec<String> = (0..count).map(|at| format!("s{at}")).collect();
        let parsed = yaml_to_json(&format!(
            "{HEADING}use: {{ secrets: [ {} ] }}\ndo: [ {{ a: {{ set: {{ b: 1 }} }} }} ]",
            names.join(", ")
        ));
        problems(&parsed.expect("YAML"))
    };
    assert_eq!(secrets(50), [] as [&str; 0]);
    assert!(secrets(51)[0].contains("at most 50"));
}

#[test]
fn a_yaml_text_has_at_most_200_000_nodes_with_those_that_aliases_repeat() {
    let read = |text: &str| {
        yaml_to_json(text)
            .map(drop)
            .map_err(|problem| problem.reason)
    };
    let list = |items: usize| format!("[{}]", vec!["1"; items].join(","));
    assert_eq!(read(&list(199_900)), Ok(()));
    let reason = read(&list(200_001)).unwrap_err();
    assert!(reason.contains("budget"), "{reason}");
    // Each alias counts as the two hundred that it repeats.
    let repeated = |aliases: usize| {
        let lists = (0..200).map(|at| format!("&a{at} {}", list(200)));
        let aliases = (0..aliases).map(|at| format!("*a{}", at % 200));
        format!("[{}]", lists.chain(aliases).collect::<Vec<_>>().join(","))
    };
    assert_eq!(read(&repeated(750)), Ok(()));
    assert!(read(&repeated(850)).is_err());
}
