//! The survey and the compiler of JSON Schemas, with schemas that were mutated.

use std::time::Duration;

use engine::Schema;
use serde_json::{Value, json};

use crate::memory::Turn;
use crate::mutations::{mutated, try_mutations};

const SEEDS: &[&str] = &[
    include_str!("../corpus/tree.json"),
    include_str!("../corpus/patterns.json"),
];

const TOKENS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\"a\":",
    "{\"allOf\":[",
    "]},",
    "{\"$ref\":\"#\"},",
    "{\"$ref\":\"#/$defs/node\"},",
    "{\"not\":{}},",
    "\"pattern\":\"(a|b)*c\",",
    "\"pattern\":\"\\\\w{1,200}\",",
    "{\"pattern\":\"(?i)[\\\\W\\\\w]{50}\"},",
    "{1,1000}",
    "\\\\p{L}",
    "(?:",
    ")*",
    "1e308",
    "-0",
    "true",
    "null",
    "\"$id\":\"x\",",
    "\"$dynamicRef\":\"#a\",",
    "\\u0000",
    "\"unevaluatedItems\":false,",
    "\"uniqueItems\":true,",
    "\"enum\":[1,2],",
    "é",
];

const MAX_TIME: Duration = Duration::from_secs(if cfg!(debug_assertions) { 15 } else { 2 });
const MAX_BYTES: usize = 200 << 20;
/// Larger schemas are refused before they are compiled.
const MAX_SCHEMA_BYTES: usize = 64 << 10;

fn values() -> [Value; 3] {
    let leaf = json!({"name": "é a", "children": ["x", 1, null]});
    let wide: Value = (0..200).map(|n| json!(format!("x{n}"))).collect();
    [
        leaf,
        json!({"id": "x".repeat(50_000), "x_at": wide}),
        wide_object(),
    ]
}

fn wide_object() -> Value {
    let members = (0..500).map(|n| (format!("xAB{n}"), json!({"name": n})));
    Value::Object(members.collect())
}

#[test]
fn a_mutated_schema_is_compiled_or_refused_and_checks_values_within_its_time_and_memory() {
    let turn = Turn::wait();
    let values = values();
    try_mutations(&mutated(SEEDS, TOKENS), |text| {
        let schema: Option<Value> = serde_json::from_str(&text).ok();
        let schema = schema.filter(|schema| schema.to_string().len() <= MAX_SCHEMA_BYTES);
        let Some(schema) = schema else {
            return Ok(());
        };
        let (compiled, taken) = turn.measure(|| Schema::compile(&schema));
        assert!(
            taken.time < MAX_TIME && taken.bytes < MAX_BYTES,
            "{taken:?}"
        );
        let Ok(compiled) = compiled else {
            return Ok(());
        };
        let (_, taken) = turn.measure(|| {
            values
                .iter()
                .filter(|value| compiled.fit(value).is_ok())
                .count()
        });
        assert!(
            taken.time < MAX_TIME && taken.bytes < MAX_BYTES,
            "{taken:?}"
        );
        Ok(())
    });
}

#[test]
fn the_seeds_are_schemas() {
    for seed in SEEDS {
        let schema = serde_json::from_str(seed).expect("JSON");
        let compiled = Schema::compile(&schema);
        assert!(compiled.is_ok(), "{:?}", compiled.err());
    }
}
