//! Holds the sandbox against jq itself: what jq 1.7 and jq 1.8 gave for each row of `expressions.tsv`, as `record.py`
//! wrote it to `recorded.jsonl`. What differs on purpose is listed in `docs/jq.md`, and is no row here.

use super::{Request, Sandbox, Source};
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

#[derive(Deserialize)]
struct Row {
    input: String,
    filter: String,
    /// The outputs as the text of an array; nothing where jq refused the filter or it ended with an error.
    #[serde(rename = "1.7")]
    older: Option<String>,
    #[serde(rename = "1.8")]
    newer: Option<String>,
}

fn rows() -> Vec<Row> {
    include_str!("recorded.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn every_row_gives_what_jq_gives() {
    let sandbox = Sandbox::with_time_limit(Duration::from_secs(120));
    let different: Vec<String> = rows()
        .iter()
        .filter_map(|row| difference(&sandbox, row))
        .collect();
    assert!(
        different.is_empty(),
        "{} rows differ:\n{}",
        different.len(),
        different.join("\n")
    );
}

fn difference(sandbox: &Sandbox, row: &Row) -> Option<String> {
    let source = Source {
        text: Arc::from(format!("[{}\n]", row.filter)),
        names: Arc::from([]),
    };
    let request = Request {
        sources: vec![source],
        input: serde_json::from_str(&row.input).unwrap(),
        arguments: Vec::new(),
        now_ms: 1_700_000_000_123,
    };
    let outcome = sandbox.evaluate(request).expect("ends in time").outcome;
    let is_as = |recorded: &Option<String>| match (&outcome, recorded) {
        (Ok(values), Some(text)) => {
            let expected: Value = serde_json::from_str(text).unwrap();
            values.iter().all(|value| is_same(value, &expected))
        }
        (Err(_), None) => true,
        (Ok(_), None) | (Err(_), Some(_)) => false,
    };
    if is_as(&row.newer) || is_as(&row.older) {
        return None;
    }
    let got = match &outcome {
        Ok(values) => values.iter().map(Value::to_string).collect(),
        Err(reason) => format!("error: {reason}"),
    };
    let expected = row.newer.as_deref().unwrap_or("error");
    Some(format!(
        "{} | {}\n    jq {expected}\n  ours {got}",
        row.input, row.filter
    ))
}

/// The same value with its members in the same order; numbers to the precision of jq's floats.
fn is_same(x: &Value, y: &Value) -> bool {
    match (x, y) {
        (Value::Number(x), Value::Number(y)) => {
            let (x, y) = (x.as_f64(), y.as_f64());
            x == y
                || x.zip(y)
                    .is_some_and(|(x, y)| (x - y).abs() <= 1e-14 * x.abs())
        }
        (Value::Array(x), Value::Array(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|(x, y)| is_same(x, y))
        }
        (Value::Object(x), Value::Object(y)) => {
            x.len() == y.len()
                && x.iter()
                    .zip(y)
                    .all(|((x_name, x), (y_name, y))| x_name == y_name && is_same(x, y))
        }
        (x, y) => x == y,
    }
}

#[test]
fn the_table_has_many_expressions_and_more_values_than_errors() {
    let rows = rows();
    let expressions: HashSet<&str> = rows.iter().map(|row| row.filter.as_str()).collect();
    assert!(expressions.len() >= 2_000, "{}", expressions.len());
    let values = rows.iter().filter(|row| row.newer.is_some()).count();
    assert!(values * 2 > rows.len());
}
