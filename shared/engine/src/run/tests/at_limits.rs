//! Data and outputs at a limit, which are accepted, and one past it, which fault.

use super::{json_answer, run, run_with};
use crate::limits::expression::MAX_OUTPUT_BYTES;
use crate::nesting::{MAX_DATA_DEPTH, depth};
use serde_json::{Value, json};

/// Arrays within each other: so many levels with the number inside.
fn nested(levels: usize) -> Value {
    let value = (1..levels).fold(json!(1), |inner, _| json!([inner]));
    assert_eq!(depth(&value), levels);
    value
}

fn is_too_deep(detail: Option<&str>) -> bool {
    detail.is_some_and(|detail| detail.contains("deeper than 64 levels"))
}

#[test]
fn the_input_of_a_workflow_nests_64_levels() {
    let tasks = "do: [ { a: { set: { done: true } } } ]";
    assert_eq!(
        run(tasks, nested(MAX_DATA_DEPTH)).output(),
        &json!({"done": true})
    );
    let outcome = run(tasks, nested(MAX_DATA_DEPTH + 1));
    assert!(is_too_deep(outcome.fault().detail.as_deref()));
}

#[test]
fn an_answer_nests_64_levels() {
    let tasks =
        "do: [ { a: { call: http, with: { method: get, endpoint: 'https://example.com/' } } } ]";
    let called = |levels: usize| run_with(tasks, json!({}), |_| json_answer(200, &nested(levels)));
    assert_eq!(called(MAX_DATA_DEPTH).output(), &nested(MAX_DATA_DEPTH));
    let outcome = called(MAX_DATA_DEPTH + 1);
    assert!(is_too_deep(outcome.fault().detail.as_deref()));
}

#[test]
fn what_an_expression_gives_nests_64_levels() {
    let tasks = "do: [ { a: { set: '${ {deep: reduce range(.n) as $i (1; [.])} }' } } ]";
    let deep = |levels: usize| run(tasks, json!({"n": levels - 2}));
    assert_eq!(depth(deep(MAX_DATA_DEPTH).output()), MAX_DATA_DEPTH);
    assert!(is_too_deep(
        deep(MAX_DATA_DEPTH + 1).fault().detail.as_deref()
    ));
}

#[test]
fn the_output_of_an_expression_has_at_most_a_megabyte() {
    let tasks = "do: [ { a: { set: { text: '${ \"x\" * .chars }' } } } ]";
    // With its quotes.
    let of = |bytes: usize| run(tasks, json!({"chars": bytes - 2}));
    let text = of(MAX_OUTPUT_BYTES).output()["text"].clone();
    assert_eq!(text.to_string().len(), MAX_OUTPUT_BYTES);
    let outcome = of(MAX_OUTPUT_BYTES + 1);
    let detail = outcome.fault().detail.clone().unwrap_or_default();
    assert!(detail.contains("larger than 1048576 bytes"), "{detail}");
}
