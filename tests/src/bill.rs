//! What a call of DynamoDB costs, in its units. It does not know which calls there are.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

/// A write unit is good for so much of an item.
const WRITE_UNIT_BYTES: usize = 1024;

/// One call, and what AWS charges for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Bill {
    pub operation: String,
    /// Empty where the call is of several tables, or its condition did not hold.
    pub table: String,
    pub read_units: f64,
    /// Those of the indexes, too.
    pub write_units: f64,
}

/// The same request, which also asks what it consumes.
pub(crate) fn itemized(request: &[u8]) -> Bytes {
    let mut request: Value = serde_json::from_slice(request).unwrap_or_default();
    request["ReturnConsumedCapacity"] = json!("INDEXES");
    request.to_string().into()
}

impl Bill {
    /// Reads an answer. DynamoDB does not say what a write consumed whose condition did not hold: it is a write of the
    /// item that it met.
    pub(crate) fn of(operation: &str, answer: &[u8]) -> Self {
        let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
        let refused = answer["__type"].as_str().unwrap_or_default();
        let units = if refused.ends_with("ConditionalCheckFailedException") {
            let met = item_bytes(&answer["Item"]);
            met.div_ceil(WRITE_UNIT_BYTES).max(1) as f64
        } else {
            consumed(&answer["ConsumedCapacity"])
        };
        let is_read = ["GetItem", "Query", "Scan", "BatchGetItem"].contains(&operation);
        let (read_units, write_units) = if is_read { (units, 0.0) } else { (0.0, units) };
        Self {
            operation: operation.to_owned(),
            table: text(&answer["ConsumedCapacity"]["TableName"]),
            read_units,
            write_units,
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// One table's, or that of several in a list.
fn consumed(capacity: &Value) -> f64 {
    match capacity {
        Value::Array(tables) => tables.iter().map(consumed).sum(),
        table => table["CapacityUnits"].as_f64().unwrap_or(0.0),
    }
}

/// As DynamoDB counts: names, and values as they are stored.
fn item_bytes(item: &Value) -> usize {
    let fields = item.as_object().into_iter().flatten();
    fields
        .map(|(name, value)| name.len() + value_bytes(value))
        .sum()
}

fn value_bytes(value: &Value) -> usize {
    let Some((kind, value)) = value.as_object().and_then(|typed| typed.iter().next()) else {
        return 0;
    };
    let text = value.as_str().unwrap_or_default();
    match kind.as_str() {
        "S" => text.len(),
        "N" => text.len().div_ceil(2) + 1,
        "B" => STANDARD.decode(text).map_or(0, |bytes| bytes.len()),
        "L" => {
            value
                .as_array()
                .into_iter()
                .flatten()
                .map(|of| 1 + value_bytes(of))
                .sum::<usize>()
                + 3
        }
        "M" => item_bytes(value) + 3,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bill_counts_indexes_and_conditions_that_did_not_hold() {
        let put =
            json!({"ConsumedCapacity": {"CapacityUnits": 3.0, "Table": {"CapacityUnits": 1.0}}});
        assert_eq!(
            Bill::of("PutItem", put.to_string().as_bytes()).write_units,
            3.0
        );
        let query = json!({"ConsumedCapacity": {"CapacityUnits": 0.5}});
        assert_eq!(
            Bill::of("Query", query.to_string().as_bytes()).read_units,
            0.5
        );
        let refused = |item: Value| {
            let answer = json!({"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", "Item": item});
            Bill::of("UpdateItem", answer.to_string().as_bytes()).write_units
        };
        assert_eq!(refused(Value::Null), 1.0);
        assert_eq!(refused(json!({"pk": {"S": "x".repeat(1022)}})), 1.0);
        assert_eq!(refused(json!({"pk": {"S": "x".repeat(1023)}})), 2.0);
    }
}
