//! Whether what a file asks for is what there is. Only what the file names counts: the API fills in the rest.

use serde_json::{Map, Value};

/// The fields of the file whose values are others than those that there are.
pub(super) fn changed(wanted: &Map<String, Value>, there: &Value) -> Map<String, Value> {
    let fields = wanted.iter().filter(|(field, value)| {
        let other = there.get(field.as_str()).unwrap_or(&Value::Null);
        !fits(field, value, other)
    });
    fields
        .map(|(field, value)| (field.clone(), value.clone()))
        .collect()
}

/// Whether there is what is wanted.
fn fits(field: &str, wanted: &Value, there: &Value) -> bool {
    match (wanted, there) {
        // The API shows headers without their values.
        (Value::Object(wanted), Value::Object(there))
            if field == "headers" && there.values().all(|value| value == "***") =>
        {
            names(wanted) == names(there)
        }
        // A schema is what it is, without defaults.
        (Value::Object(_), Value::Object(_)) if field == "schema" => equal(wanted, there),
        (Value::Object(wanted), Value::Object(there)) => wanted
            .iter()
            .all(|(name, value)| fits(name, value, there.get(name).unwrap_or(&Value::Null))),
        (Value::Array(wanted), Value::Array(there)) => {
            let is_set = matches!(field, "events" | "methods" | "ipAllowList" | "workflows");
            wanted.len() == there.len()
                && match is_set {
                    true => wanted
                        .iter()
                        .all(|one| there.iter().any(|other| fits(field, one, other))),
                    false => wanted
                        .iter()
                        .zip(there)
                        .all(|(one, other)| fits("", one, other)),
                }
        }
        (Value::String(wanted), Value::String(there)) if field == "ipAllowList" => {
            network(wanted) == network(there)
        }
        (Value::String(wanted), Value::String(there)) if matches!(field, "header" | "methods") => {
            wanted.eq_ignore_ascii_case(there)
        }
        _ => equal(wanted, there),
    }
}

/// A single address is a network of one.
fn network(text: &str) -> &str {
    text.strip_suffix("/32")
        .or_else(|| text.strip_suffix("/128"))
        .unwrap_or(text)
}

fn names(headers: &Map<String, Value>) -> Vec<String> {
    let mut names: Vec<String> = headers
        .keys()
        .map(|name| name.to_ascii_lowercase())
        .collect();
    names.sort();
    names
}

/// Whether two documents say the same: numbers by their value, members in any order but those of tasks, which are lists.
pub(super) fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other
                || one
                    .as_f64()
                    .is_some_and(|value| Some(value) == other.as_f64())
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(name, value)| other.get(name).is_some_and(|other| equal(value, other)))
        }
        (one, other) => one == other,
    }
}

/// What changes, in a few words: from and to where that fits into a line, else the name of the field.
pub(super) fn described(changes: &Map<String, Value>, there: &Value) -> String {
    const MAX_CHARS: usize = 24;
    let short = |value: &Value| {
        Some(value.to_string()).filter(|text| {
            !value.is_object() && !value.is_array() && text.chars().count() <= MAX_CHARS
        })
    };
    let parts = changes.iter().map(|(field, value)| {
        match (there.get(field).and_then(short), short(value)) {
            (Some(from), Some(to)) => format!("{field}: {from} → {to}"),
            _ => field.clone(),
        }
    });
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(wanted: Value, there: Value) -> Vec<String> {
        let Value::Object(wanted) = wanted else {
            panic!("no mapping")
        };
        changed(&wanted, &there).keys().cloned().collect()
    }

    #[test]
    fn only_what_a_file_names_and_what_is_other_counts() {
        let there = json!({
            "active": true, "rateLimit": {"capacity": 20, "refillPerSecond": 5.0}, "methods": ["POST", "GET"], "enabled": true,
            "ipAllowList": ["203.0.113.5/32"], "headers": {"X-Team": "***"}, "deliveryId": {"header": "x-request-id"},
            "response": {"mode": "fixed", "status": 202, "body": ""}, "condition": null,
        });
        let same = json!({
            "rateLimit": {"refillPerSecond": 5}, "methods": ["get", "POST"], "ipAllowList": ["203.0.113.5"], "condition": null,
            "headers": {"x-team": "a"}, "deliveryId": {"header": "X-Request-Id"}, "response": {"mode": "fixed"}, "cors": null,
        });
        assert!(fields(same, there.clone()).is_empty());
        let other = json!({"active": false, "rateLimit": {"capacity": 21}, "headers": {"x-other": "a"}, "methods": ["GET"], "cors": {"origins": []}});
        assert_eq!(
            fields(other, there),
            ["active", "rateLimit", "headers", "methods", "cors"]
        );
    }

    #[test]
    fn definitions_are_the_same_where_their_numbers_are() {
        assert!(equal(
            &json!({"a": [1.0, {"b": 1}]}),
            &json!({"a": [1, {"b": 1.0}]})
        ));
        assert!(!equal(
            &json!({"do": [{"a": 1}, {"b": 2}]}),
            &json!({"do": [{"b": 2}, {"a": 1}]})
        ));
    }

    #[test]
    fn short_values_are_shown_from_and_to() {
        let Value::Object(changes) = json!({"active": false, "definition": {"do": []}}) else {
            panic!("no mapping")
        };
        assert_eq!(
            described(&changes, &json!({"active": true})),
            "active: true → false, definition"
        );
    }
}
