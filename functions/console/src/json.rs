//! Reading answers of the API. A member that is missing reads as empty, because a page with a gap helps more than none.

use serde_json::Value;

/// A member as text; empty where it is none.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// A member as text, where it is one.
pub(crate) fn optional<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value[name].as_str()
}

/// Whether a member is `true`.
pub(crate) fn is(value: &Value, name: &str) -> bool {
    value[name].as_bool().unwrap_or(false)
}

/// A member as a whole number.
pub(crate) fn number(value: &Value, name: &str) -> u64 {
    value[name].as_u64().unwrap_or_default()
}

/// A member as a list.
pub(crate) fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

/// The items of a page of a list.
pub(crate) fn items(page: &Value) -> &[Value] {
    list(page, "items")
}

/// The texts of a list, with commas between them.
pub(crate) fn joined(value: &Value, name: &str) -> String {
    let texts = list(value, name).iter().filter_map(Value::as_str);
    texts.collect::<Vec<_>>().join(", ")
}
