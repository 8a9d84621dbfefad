//! A text as a value of another type: forms, queries and headers have nothing but text. It does not know where the text
//! came from.

use serde_json::Value;

use super::ParameterType;
use crate::json_check;

/// Texts that are a boolean, whatever their case; a browser sends `on` for a ticked box.
const BOOLEANS: [(&str, bool); 6] = [
    ("true", true),
    ("false", false),
    ("1", true),
    ("0", false),
    ("on", true),
    ("off", false),
];

/// The text as a value of that type; `None` where it is none. A text without anything in it is `null`, unless a text is
/// wanted. One text is a list of one, unless it is the JSON of a list.
pub(super) fn coerced(text: &str, kind: ParameterType) -> Option<Value> {
    let trimmed = text.trim();
    if trimmed.is_empty() && kind != ParameterType::String {
        return Some(Value::Null);
    }
    match kind {
        ParameterType::String => Some(Value::String(text.to_owned())),
        ParameterType::Number => json(trimmed).filter(Value::is_number),
        ParameterType::Boolean => boolean(trimmed).map(Value::Bool),
        ParameterType::Object => json(trimmed).filter(Value::is_object),
        ParameterType::Array => {
            let list = json(trimmed).filter(Value::is_array);
            Some(list.unwrap_or_else(|| Value::Array(vec![Value::String(text.to_owned())])))
        }
    }
}

fn boolean(text: &str) -> Option<bool> {
    let mut known = BOOLEANS.iter();
    let found = known.find(|(known, _)| text.eq_ignore_ascii_case(known));
    found.map(|(_, value)| *value)
}

/// Only what can be stored and read again as JSON.
fn json(text: &str) -> Option<Value> {
    json_check::check(text.as_bytes()).ok()?;
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_text_becomes_a_value_of_the_wanted_type() {
        use ParameterType::{Array, Boolean, Number, Object, String};
        let cases = [
            ("42", Number, Some(json!(42))),
            (" -1.5 ", Number, Some(json!(-1.5))),
            ("", Number, Some(Value::Null)),
            ("042", Number, None),
            ("4 2", Number, None),
            ("NaN", Number, None),
            ("True", Boolean, Some(json!(true))),
            ("on", Boolean, Some(json!(true))),
            ("0", Boolean, Some(json!(false))),
            ("yes", Boolean, None),
            ("2", Boolean, None),
            (r#"{"a": 1}"#, Object, Some(json!({"a": 1}))),
            ("[1]", Object, None),
            (r#"{"$serde_json::private::Number": "1"}"#, Object, None),
            ("[1, 2]", Array, Some(json!([1, 2]))),
            ("red", Array, Some(json!(["red"]))),
            ("[red", Array, Some(json!(["[red"]))),
            ("", Array, Some(Value::Null)),
            ("", String, Some(json!(""))),
            (" 42 ", String, Some(json!(" 42 "))),
        ];
        for (text, kind, expected) in cases {
            assert_eq!(coerced(text, kind), expected, "{text} as {kind:?}");
        }
    }

    #[test]
    fn a_number_keeps_every_digit_and_nesting_is_bounded() {
        let digits = "123456789012345678901234567890.10";
        let number = coerced(digits, ParameterType::Number).unwrap();
        assert_eq!(number.to_string(), digits);
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        let deepest = coerced(&nested(127), ParameterType::Array).unwrap();
        assert!(deepest[0].is_array());
        let deeper = coerced(&nested(128), ParameterType::Array).unwrap();
        assert!(deeper[0].is_string(), "it is kept as text");
    }
}
