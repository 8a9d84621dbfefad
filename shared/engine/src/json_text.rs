//! Parses JSON from other systems, which is not always as clean as RFC 8259 asks.

use serde::de::Error as _;
use serde_json::Value;

/// The most values of the state of an execution, and of one answer. A value takes up to a hundred bytes of memory, however
/// short it is as JSON.
pub const MAX_VALUES: usize = 150_000;
/// The UTF-8 encoding of a byte order mark.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
/// The largest finite number, which stands for larger ones, as in jq.
const LARGEST_NUMBER: &str = "1.7976931348623157e308";

/// The bytes without a byte order mark at their beginning.
pub(crate) fn without_byte_order_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes)
}

/// Whether there is nothing but white space, after a byte order mark or without one.
pub(crate) fn is_blank(bytes: &[u8]) -> bool {
    without_byte_order_mark(bytes)
        .iter()
        .all(u8::is_ascii_whitespace)
}

/// Whether JSON has more values than an answer may have, told without building them.
pub fn has_too_many_values(bytes: &[u8]) -> bool {
    // A value takes two bytes at the least.
    bytes.len() / 2 >= MAX_VALUES && count_values(bytes) > MAX_VALUES
}

/// The values of JSON: one, one for each comma, and one for each array or object that is not empty.
fn count_values(bytes: &[u8]) -> usize {
    let mut values = 1;
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        rest = match first {
            b'"' => &rest[string_length(rest)..],
            b',' => {
                values += 1;
                after
            }
            b'[' | b'{' => {
                let inside = after.trim_ascii_start();
                values += usize::from(!matches!(inside.first(), Some(b']' | b'}')));
                inside
            }
            _ => after,
        };
    }
    values
}

/// Parses JSON. A byte order mark is skipped (RFC 8259, section 8.1), an escaped half of a surrogate pair becomes U+FFFD,
/// and a number beyond the range of a double becomes the largest one.
///
/// # Errors
/// The text is not JSON in any other respect, or has more than [`MAX_VALUES`] values.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    let bytes = without_byte_order_mark(bytes);
    if has_too_many_values(bytes) {
        let limit = format!("it has more than {MAX_VALUES} values");
        return Err(serde_json::Error::custom(limit));
    }
    serde_json::from_slice(bytes).or_else(|error| match repair(bytes) {
        Some(repaired) => serde_json::from_slice(&repaired),
        None => Err(error),
    })
}

/// The text with what cannot be represented replaced; `None` if there is nothing to replace.
fn repair(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut repaired = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    let mut is_changed = false;
    while let Some(first) = rest.first() {
        let (token, replacement) = match first {
            b'"' => {
                let (string, rest) = rest.split_at(string_length(rest));
                repaired.extend(repaired_string(string, &mut is_changed));
                (rest, None)
            }
            b'-' | b'0'..=b'9' => {
                let (number, rest) = rest.split_at(number_length(rest));
                (rest, Some(repaired_number(number, &mut is_changed)))
            }
            other => (rest.get(1..)?, Some(vec![*other])),
        };
        repaired.extend(replacement.unwrap_or_default());
        rest = token;
    }
    is_changed.then_some(repaired)
}

/// The length of the string at the beginning, its quotes included.
fn string_length(bytes: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn number_length(bytes: &[u8]) -> usize {
    let is_part = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
    let end = bytes.iter().position(|byte| !is_part(byte));
    end.unwrap_or(bytes.len())
}

fn repaired_number(number: &[u8], is_changed: &mut bool) -> Vec<u8> {
    let text = String::from_utf8_lossy(number);
    if text.parse::<f64>().is_ok_and(f64::is_infinite) {
        *is_changed = true;
        let sign = if text.starts_with('-') { "-" } else { "" };
        return format!("{sign}{LARGEST_NUMBER}").into_bytes();
    }
    number.to_vec()
}

/// The string with each lone half of a surrogate pair replaced.
fn repaired_string(string: &[u8], is_changed: &mut bool) -> Vec<u8> {
    let mut repaired = Vec::with_capacity(string.len());
    let mut rest = string;
    while let Some((first, behind)) = rest.split_first() {
        let length = match (code_unit(rest), rest.get(6..).and_then(code_unit)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                *is_changed = true;
                repaired.extend_from_slice(b"\\uFFFD");
                rest = rest.get(6..).unwrap_or_default();
                continue;
            }
            _ if *first == b'\\' && !behind.is_empty() => 2,
            _ => 1,
        };
        let (kept, behind) = rest.split_at(length);
        repaired.extend_from_slice(kept);
        rest = behind;
    }
    repaired
}

/// The code unit of the escape `\uXXXX` at the beginning.
fn code_unit(bytes: &[u8]) -> Option<u16> {
    let digits = bytes.strip_prefix(b"\\u")?.get(..4)?;
    let digits = std::str::from_utf8(digits).ok()?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::{MAX_VALUES, count_values, parse};
    use serde_json::{Value, json};

    fn parsed(text: &str) -> Value {
        parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn values_are_counted_without_being_built() {
        for (text, values) in [
            ("0", 1),
            ("[]", 1),
            ("[ ]", 1),
            ("[[], {}]", 3),
            (r#"{"a,[": "],[\",", "b": [1, {"c": null}]}"#, 6),
        ] {
            assert_eq!(count_values(text.as_bytes()), values, "{text}");
        }
    }

    #[test]
    fn an_answer_has_at_most_150_000_values() {
        let list_of = |values: usize| format!("[0{}]", ",0".repeat(values - 2));
        assert!(parse(list_of(MAX_VALUES).as_bytes()).is_ok());
        let refused = parse(list_of(MAX_VALUES + 1).as_bytes()).unwrap_err();
        assert!(refused.to_string().contains("150000 values"), "{refused}");
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert_eq!(parsed("\u{feff}{\"a\":1}"), json!({"a": 1}));
    }

    #[test]
    fn a_lone_half_of_a_surrogate_pair_becomes_the_replacement_character() {
        assert_eq!(
            parsed(r#"["\ud83d", "\ude00x"]"#),
            json!(["\u{fffd}", "\u{fffd}x"])
        );
        assert_eq!(
            parsed(r#""\ud83d\ud83d\ude00""#),
            json!("\u{fffd}\u{1f600}")
        );
        assert_eq!(
            parsed(r#"{"\\ud83d \ud83d": "\\\ud83d"}"#),
            json!({"\\ud83d \u{fffd}": "\\\u{fffd}"})
        );
    }

    #[test]
    fn a_number_beyond_the_range_of_a_double_is_accepted() {
        let value = parsed(r#"{"e":1e400,"f":[-1e400],"g":"1e400"}"#);
        assert!(value["e"].is_number() && value["f"][0].is_number());
        assert_eq!(value["g"], "1e400");
    }

    #[test]
    fn other_mistakes_are_not_repaired() {
        for text in [
            "",
            "{",
            "[1,]",
            "{a:1}",
            "\"\\ud83d",
            "1e400 x",
            "1-1",
            "NaN",
            "\"\\",
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
