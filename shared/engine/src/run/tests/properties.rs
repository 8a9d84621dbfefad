//! What holds for every workflow: the same again gives the same, and a checkpoint loses nothing.

use super::{Driven, drive, json_answer, parse};
use crate::{CallResult, Definition, HttpCall, Run};
use proptest::prelude::*;
use serde_json::{Value, json};

fn task(name: usize) -> impl Strategy<Value = String> {
    let plain = prop_oneof![
        Just("set: { n: '${ (.n // 0) + 1 }', seen: '${ $task.reference }' }".to_owned()),
        Just("wait: { seconds: 5 }".to_owned()),
        Just("raise: { error: { type: 'https://example.com/e', status: 418 } }".to_owned()),
        Just("if: '(.n // 0) > 1', set: '${ { n: .n, now: now } }'".to_owned()),
        Just("switch: [ { a: { when: '(.n // 0) > 2', then: exit } }, { b: { then: continue } } ]".to_owned()),
        Just(
            "call: http, with: { method: post, endpoint: 'http://127.0.0.1:1/{n}', body: '${ . }' }, \
             output: { as: '$input + .' }, export: { as: '{ last: $output }' }"
                .to_owned()
        ),
        Just("set: { n: '${ (.n // 0) + 1 }', c: '${ $context }' }, then: exit".to_owned()),
    ];
    plain.prop_map(move |body| format!("{{ t{name}: {{ {body} }} }}"))
}

fn list(depth: u32) -> BoxedStrategy<String> {
    let item = move |at: usize| {
        if depth == 0 {
            task(at).boxed()
        } else {
            let attempted = list(depth - 1).prop_map(move |inner| {
                format!(
                    "{{ t{at}: {{ try: {inner}, catch: {{ retry: {{ delay: PT1S, limit: {{ attempt: {{ count: 2 }} }} }}, \
                     do: [ {{ h: {{ set: '${{ {{ n: 1, e: $error }} }}' }} }} ] }} }} }}"
                )
            });
            let looped = list(depth - 1).prop_map(move |inner| {
                format!("{{ t{at}: {{ for: {{ in: '[1, 2]' }}, do: {inner} }} }}")
            });
            let forked = list(depth - 1).prop_map(move |inner| {
                format!("{{ t{at}: {{ fork: {{ branches: {inner} }}, output: {{ as: '{{ n: length }}' }} }} }}")
            });
            let nested =
                list(depth - 1).prop_map(move |inner| format!("{{ t{at}: {{ do: {inner} }} }}"));
            prop_oneof![4 => task(at), 1 => nested, 1 => attempted, 1 => looped, 1 => forked]
                .boxed()
        }
    };
    (item(0), item(1), item(2), item(3))
        .prop_map(|(a, b, c, d)| format!("[ {a}, {b}, {c}, {d} ]"))
        .boxed()
}

fn answer(call: &HttpCall) -> CallResult {
    let fails = call.url.ends_with('7');
    json_answer(
        if fails { 503 } else { 200 },
        &json!({ "answer": call.idempotency_key_suffix }),
    )
}

fn drive_through(definition: &Definition, between: impl FnMut(Run) -> Run) -> Driven {
    drive(definition, json!({"n": 0}), answer, between)
}

fn through_a_checkpoint(run: Run) -> Run {
    let checkpoint = serde_json::to_vec(&run).expect("JSON");
    let restored: Run = serde_json::from_slice(&checkpoint).expect("a checkpoint");
    assert_eq!(restored, run);
    restored
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_run_restored_at_every_effect_ends_as_one_that_was_not(tasks in list(2)) {
        let definition = parse(&format!("do: {tasks}"));
        let (plain, restored) =
            (drive_through(&definition, |run| run), drive_through(&definition, through_a_checkpoint));
        prop_assert_eq!(&plain.end, &restored.end);
        prop_assert_eq!(&plain.calls, &restored.calls);
        prop_assert_eq!(&plain.steps, &restored.steps);
        // A retry makes the same calls again; nothing else repeats a key.
        let calls = plain.calls.iter().map(|call| &call.idempotency_key_suffix);
        let mut keys: Vec<_> = calls.filter(|key| !key.contains("/try/")).collect();
        let count = keys.len();
        keys.sort();
        keys.dedup();
        prop_assert_eq!(keys.len(), count);
    }

    #[test]
    fn a_document_of_anything_is_read_or_refused(document in anything()) {
        if let Err(problems) = Definition::parse(&document) {
            prop_assert!(!problems.is_empty());
        }
    }

    #[test]
    fn text_of_anything_is_read_or_refused(text in ".{0,200}") {
        let _ = crate::yaml_to_json(&text);
        let _ = Definition::parse(&json!({"do": [{"a": {"set": {"x": format!("${{{text}}}")}}}]}));
    }
}

/// Documents that look like workflows often enough to get deep into the reader.
fn anything() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just("document"),
        Just("do"),
        Just("set"),
        Just("switch"),
        Just("call"),
        Just("with"),
        Just("raise"),
        Just("error"),
        Just("wait"),
        Just("then"),
        Just("when"),
        Just("input"),
        Just("from"),
        Just("output"),
        Just("as"),
        Just("if"),
        Just("x"),
        Just("method"),
        Just("endpoint"),
        Just("type"),
        Just("status"),
        Just("for"),
        Just("try"),
        Just("catch"),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~]{0,12}".prop_map(Value::from),
        Just(json!("${ .a }")),
        Just(json!("http")),
        Just(json!("end")),
    ];
    leaf.prop_recursive(6, 48, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(word.clone().prop_map(str::to_owned), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}
