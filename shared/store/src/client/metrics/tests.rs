//! The lines, against the rules of the embedded metric format: a line that breaks one is a log
//! line like any other, and its numbers are lost without a word.

use serde_json::{Value, json};

use super::*;

/// A meter, and what it prints.
fn meter() -> (Metrics, Arc<Mutex<Vec<String>>>) {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let printed = Arc::clone(&lines);
    let print = move |line: &str| printed.lock().unwrap().push(line.to_owned());
    (Metrics::of_stack("prod".to_owned(), print), lines)
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn flushed(metrics: &Metrics, lines: &Mutex<Vec<String>>) -> Vec<Value> {
    metrics.flush(at(1_781_612_250_231));
    let lines = std::mem::take(&mut *lines.lock().unwrap());
    lines.iter().map(|line| read(line)).collect()
}

/// Checks a line by the specification's rules for every object in it.
fn read(line: &str) -> Value {
    assert!(!line.contains('\n') && line.len() <= 256 * 1024, "{line}");
    let document: Value = serde_json::from_str(line).unwrap();
    let metadata = &document["_aws"];
    assert!(metadata["Timestamp"].is_i64(), "{line}");
    for directive in metadata["CloudWatchMetrics"].as_array().unwrap() {
        assert!(
            directive["Namespace"]
                .as_str()
                .is_some_and(|name| !name.is_empty())
        );
        let sets = directive["Dimensions"].as_array().unwrap();
        assert!(!sets.is_empty(), "{line}");
        for name in sets.iter().flat_map(|set| set.as_array().unwrap()) {
            let value = document[name.as_str().unwrap()].as_str();
            let is_one = value.is_some_and(|value| !value.trim().is_empty() && value.is_ascii());
            assert!(is_one, "the dimension {name} in {line}");
        }
        let metrics = directive["Metrics"].as_array().unwrap();
        assert!((1..=100).contains(&metrics.len()), "{line}");
        for metric in metrics {
            let unit = metric["Unit"].as_str().unwrap();
            assert!(["Count", "Milliseconds"].contains(&unit), "{line}");
            let name = metric["Name"].as_str().unwrap();
            assert!(
                metric_names().any(|known| known == name),
                "{name} is listed"
            );
            let is_value = match &document[name] {
                Value::Array(values) => {
                    (1..=100).contains(&values.len()) && values.iter().all(Value::is_number)
                }
                value => value.is_number(),
            };
            assert!(is_value, "the metric {name} in {line}");
        }
    }
    document
}

#[test]
fn an_invocation_is_one_line() {
    let (metrics, lines) = meter();
    metrics.count(Count::Succeeded, 2);
    metrics.count(Count::LostLeases, 1);
    metrics.time(Timing::QueueToStart, at(100), at(140));
    metrics.time(Timing::QueueToStart, at(100), at(90));
    let expected = json!({
        "_aws": {
            "Timestamp": 1_781_612_250_231_i64,
            "CloudWatchMetrics": [{
                "Namespace": "Sluice",
                "Dimensions": [["Stack"]],
                "Metrics": [
                    {"Name": "Succeeded", "Unit": "Count"},
                    {"Name": "LostLeases", "Unit": "Count"},
                    {"Name": "QueueToStart", "Unit": "Milliseconds"},
                ],
            }],
        },
        "Stack": "prod",
        "Succeeded": 2,
        "LostLeases": 1,
        "QueueToStart": [40, 0],
    });
    assert_eq!(flushed(&metrics, &lines), [expected]);
    assert!(flushed(&metrics, &lines).is_empty(), "printed once");
}

#[test]
fn a_refusal_has_its_code_as_a_dimension() {
    let (metrics, lines) = meter();
    for code in ["INVALID_TOKEN", "WEBHOOK_DISABLED", "INVALID_TOKEN"] {
        metrics.refuse(code);
    }
    let lines = flushed(&metrics, &lines);
    let refusals = lines.iter().map(|line| (&line["Code"], &line["Refused"]));
    let refusals: Vec<_> = refusals.collect();
    assert_eq!(
        refusals,
        [
            (&json!("INVALID_TOKEN"), &json!(2)),
            (&json!("WEBHOOK_DISABLED"), &json!(1))
        ]
    );
    let dimensions = &lines[0]["_aws"]["CloudWatchMetrics"][0]["Dimensions"];
    assert_eq!(*dimensions, json!([["Stack"], ["Stack", "Code"]]));
}

#[test]
fn every_metric_makes_a_line_that_the_format_allows() {
    let (metrics, lines) = meter();
    for count in Count::ALL {
        metrics.count(count, 1);
    }
    for _ in 0..250 {
        metrics.time(Timing::RunTime, at(0), at(7));
    }
    metrics.refuse("INTERNAL");
    let lines = flushed(&metrics, &lines);
    assert_eq!(
        lines.len(),
        4,
        "250 values take three lines, the refusal one"
    );
    let names: Vec<&str> = metric_names().collect();
    let unique: std::collections::BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(unique.len(), names.len());
}

#[test]
fn the_default_measures_nothing() {
    let metrics = Metrics::default();
    metrics.count(Count::Accepted, 1);
    metrics.refuse("INTERNAL");
    metrics.flush(at(0));
    assert!(metrics.0.is_none());
}

#[test]
fn a_count_is_found_at_its_own_place() {
    for (place, count) in Count::ALL.into_iter().enumerate() {
        assert_eq!(count as usize, place);
    }
    for (place, timing) in Timing::ALL.into_iter().enumerate() {
        assert_eq!(timing as usize, place);
    }
}
