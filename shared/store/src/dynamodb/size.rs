//! How many bytes DynamoDB bills for an item (developer guide, "DynamoDB item sizes and formats"),
//! rounded up where the guide is only approximate.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

/// The state item never grows past this: every write to it is one write unit.
pub(crate) const STATE_ITEM_BYTES: usize = 1_024;

/// What one child item may hold: DynamoDB's 400 KB, less room for its keys.
pub(crate) const CHILD_BYTES: usize = 390_000;

pub(crate) fn item_bytes(item: &HashMap<String, AttributeValue>) -> usize {
    item.iter()
        .map(|(name, value)| attribute_bytes(name, value))
        .sum()
}

pub(crate) fn attribute_bytes(name: &str, value: &AttributeValue) -> usize {
    name.len() + value_bytes(value)
}

fn value_bytes(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.len().div_ceil(2) + 2,
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::L(values) => 3 + values.iter().map(|v| value_bytes(v) + 1).sum::<usize>(),
        AttributeValue::M(map) => 3 + map.len() + item_bytes(map),
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        _ => 1,
    }
}
