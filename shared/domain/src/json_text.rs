//! JSON as senders really write it: with a byte order mark, or with half of a surrogate pair where a text was cut within
//! a character. The mark is skipped, and the half becomes U+FFFD.

use serde::de::DeserializeOwned;

/// The UTF-8 byte order mark, which RFC 8259 section 8.1 lets a parser ignore.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// The escape of U+FFFD, without its `\u`.
const REPLACEMENT: &[u8] = b"fffd";
/// A whole escape, such as `\ud83d`.
const ESCAPE_BYTES: usize = 6;

/// A value that was read, and whether its text had to be repaired.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Read<T> {
    pub(crate) value: T,
    pub(crate) was_repaired: bool,
}

/// Reads JSON, without its byte order mark and with unpaired surrogates as U+FFFD.
///
/// # Errors
/// The text is not JSON, repaired or not.
pub fn read_json<T: DeserializeOwned>(text: &[u8]) -> Result<T, serde_json::Error> {
    read_with(text, |text| serde_json::from_slice(text)).map(|read| read.value)
}

/// The same with another reader. A text is repaired only after it could not be read, so that others cost nothing.
pub(crate) fn read_with<T>(
    text: &[u8],
    read: impl Fn(&[u8]) -> Result<T, serde_json::Error>,
) -> Result<Read<T>, serde_json::Error> {
    let text = without_mark(text);
    let (value, was_repaired) = match read(text) {
        Ok(value) => (value, false),
        Err(error) => match with_whole_characters(text) {
            Some(repaired) => (read(&repaired)?, true),
            None => return Err(error),
        },
    };
    Ok(Read {
        value,
        was_repaired,
    })
}

/// The text behind its byte order mark.
pub(crate) fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

/// The text with each unpaired surrogate escape replaced; `None` where it has none. A backslash is JSON only within a
/// string, so strings need not be found.
fn with_whole_characters(text: &[u8]) -> Option<Vec<u8>> {
    let mut repaired = text.to_vec();
    let (mut at, mut has_changed) = (0, false);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        at += match (rest, surrogate(rest)) {
            (_, Some(Surrogate::High)) if is_low(rest.get(ESCAPE_BYTES..)) => 2 * ESCAPE_BYTES,
            (_, Some(_)) => {
                let digits = repaired.get_mut(at + 2..at + ESCAPE_BYTES)?;
                digits.copy_from_slice(REPLACEMENT);
                has_changed = true;
                ESCAPE_BYTES
            }
            ([b'\\', ..], None) => 2,
            (_, None) => 1,
        };
    }
    has_changed.then_some(repaired)
}

enum Surrogate {
    High,
    Low,
}

/// The surrogate whose escape the text begins with.
fn surrogate(text: &[u8]) -> Option<Surrogate> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    let digits = std::str::from_utf8(digits).ok()?;
    match u16::from_str_radix(digits, 16).ok()? {
        0xd800..=0xdbff => Some(Surrogate::High),
        0xdc00..=0xdfff => Some(Surrogate::Low),
        _ => None,
    }
}

fn is_low(text: Option<&[u8]>) -> bool {
    matches!(text.and_then(surrogate), Some(Surrogate::Low))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(text: &str) -> Option<Read<Value>> {
        read_with(text.as_bytes(), |text| serde_json::from_slice(text)).ok()
    }

    #[test]
    fn an_unpaired_surrogate_becomes_the_replacement_character() {
        let cases = [
            (r#""good \ud83d""#, "good \u{fffd}"),
            (r#""\ude00 good""#, "\u{fffd} good"),
            (r#""\ud83d\ud83d\ude00""#, "\u{fffd}\u{1f600}"),
            (r#""\uD83D\\ude00""#, "\u{fffd}\\ude00"),
        ];
        for (text, expected) in cases {
            let read = read(text).unwrap();
            assert_eq!((read.value, read.was_repaired), (json!(expected), true));
        }
        let name = read(r#"{"a\udc00": 1}"#).unwrap();
        assert_eq!(name.value, json!({"a\u{fffd}": 1}));
    }

    #[test]
    fn whole_characters_and_escaped_backslashes_stay_as_they_are() {
        for text in [r#""\ud83d\ude00""#, r#""\\ud83d""#, r#""\u0041""#, "1"] {
            let read = read(text).unwrap();
            assert!(!read.was_repaired, "{text}");
        }
    }

    #[test]
    fn what_is_no_json_stays_refused() {
        for text in [
            "{",
            r#""\u12"#,
            r#""\ud83d"#,
            "\\",
            r#"{"a":NaN,"b":"\ud83d"}"#,
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        let read: Value = read_json(b"\xef\xbb\xbf{\"a\":1}").unwrap();
        assert_eq!(read, json!({"a": 1}));
    }
}
