//! Checks that a text is JSON, without building a value of it.
//!
//! Accepts exactly what [`serde_json::Value`] reads, up to the same nesting, so that the text can
//! always be read later. Refuses the member names by which `serde_json` marks numbers and raw text inside other formats: an object
//! with such a member would read back as something else.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// What the names begin with that `serde_json` keeps for itself.
const RESERVED_PREFIX: &str = "$serde_json::private::";

/// Reads `text` to its end and forgets it.
///
/// # Errors
/// It is not one JSON value, nests more than 127 levels, or an object has a reserved member name.
pub(crate) fn check(text: &[u8]) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    Checked::deserialize(&mut deserializer)?;
    deserializer.end()
}

/// Any JSON value, read and dropped.
struct Checked;

impl<'de> Deserialize<'de> for Checked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CheckedVisitor)
    }
}

struct CheckedVisitor;

impl<'de> Visitor<'de> for CheckedVisitor {
    type Value = Checked;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any valid JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Checked, E> {
        Ok(Checked)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Checked, E> {
        Ok(Checked)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Checked, E> {
        Ok(Checked)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Checked, E> {
        Ok(Checked)
    }

    fn visit_str<E>(self, _: &str) -> Result<Checked, E> {
        Ok(Checked)
    }

    fn visit_unit<E>(self) -> Result<Checked, E> {
        Ok(Checked)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Checked, A::Error> {
        while items.next_element::<Checked>()?.is_some() {}
        Ok(Checked)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Checked, A::Error> {
        while let Some(name) = members.next_key::<Name>()? {
            if name.is_reserved {
                members.next_value::<NumberText>()?;
            } else {
                members.next_value::<Checked>()?;
            }
        }
        Ok(Checked)
    }
}

/// The name of a member.
struct Name {
    is_reserved: bool,
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor)
    }
}

struct NameVisitor;

impl Visitor<'_> for NameVisitor {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Name, E> {
        Ok(Name {
            is_reserved: name.starts_with(RESERVED_PREFIX),
        })
    }
}

/// The digits of a number. `serde_json` hands these over as an owned string, and a string of the text never so.
struct NumberText;

impl<'de> Deserialize<'de> for NumberText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberTextVisitor)
    }
}

struct NumberTextVisitor;

impl Visitor<'_> for NumberTextVisitor {
    type Value = NumberText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<NumberText, E> {
        Err(E::custom("a member name begins with a reserved prefix"))
    }

    fn visit_string<E>(self, _: String) -> Result<NumberText, E> {
        Ok(NumberText)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn a_text_is_accepted_exactly_when_a_value_can_be_read_from_it() {
        let deep = |levels: usize| ["[".repeat(levels), "]".repeat(levels)].concat();
        let long = "7".repeat(5_000);
        for text in [
            "",
            " ",
            "1",
            "-0",
            "1e400",
            "123456789012345678901234567890",
            "0.1",
            "01",
            "1.",
            ".1",
            "-",
            "+1",
            "1e",
            "null",
            "true",
            "nul",
            "\"x\"",
            "\"\\ud83d\\ude00\"",
            "\"\\ud83d\"",
            "\"\\x\"",
            "\"a",
            "[]",
            "[1,]",
            "[1 2]",
            "{}",
            "{\"a\":1}",
            "{\"a\" 1}",
            "{a:1}",
            "{\"a\":1,}",
            "{\"a\":{\"b\":[1,2,{\"c\":null}]}}",
            "{} x",
            "NaN",
            "Infinity",
            "\u{feff}{}",
            &deep(127),
            &deep(128),
            &long,
        ] {
            let read = serde_json::from_str::<Value>(text);
            let checked = check(text.as_bytes());
            assert_eq!(checked.is_ok(), read.is_ok(), "{text}");
            let sentence = |error: serde_json::Error| error.to_string();
            assert_eq!(
                checked.map_err(sentence).err(),
                read.map_err(sentence).err()
            );
        }
        for bytes in [&b"\"\xff\""[..], b"{\"\xff\":1}", b"[\xc3]"] {
            assert!(check(bytes).is_err());
            assert!(serde_json::from_slice::<Value>(bytes).is_err());
        }
    }

    #[test]
    fn an_object_that_would_read_back_as_a_number_is_refused() {
        for text in [
            r#"{"$serde_json::private::Number":"7"}"#,
            r#"{"$serde_json::private::Number":"x"}"#,
            r#"{"\u0024serde_json::private::Number":"7"}"#,
            r#"[{"a":{"$serde_json::private::RawValue":"[1]"}}]"#,
            r#"{"$serde_json::private::Number":7}"#,
        ] {
            assert!(check(text.as_bytes()).is_err(), "{text}");
        }
    }
}
