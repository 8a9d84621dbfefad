//! YAML with CloudFormation's tags, read as JSON in which every tag has its long form. Does not know what the
//! intrinsic functions do.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, json};
use serde_saphyr::Tagged;

use super::TemplateError;

/// Reads `text`; `!Sub x` becomes `{"Fn::Sub": "x"}`, `!Ref x` `{"Ref": "x"}`, `!GetAtt a.b` `{"Fn::GetAtt": ["a", "b"]}`.
pub(super) fn parse(text: &str) -> Result<Value, TemplateError> {
    // An attribute's type N is no "no".
    let options = serde_saphyr::options! { strict_booleans: true };
    match serde_saphyr::from_str_with_options::<Node>(text, options) {
        Ok(Node(value)) if value.is_object() => Ok(value),
        Ok(_) => Err(TemplateError::new(
            "",
            "a template is a mapping with Resources",
        )),
        Err(error) => Err(TemplateError::new("", format!("not YAML: {error}"))),
    }
}

struct Node(Value);

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Tagged(Content(value), tag) = Tagged::deserialize(deserializer)?;
        Ok(Self(
            match tag.as_deref().and_then(|tag| tag.strip_prefix('!')) {
                Some(short) if !short.is_empty() => long_form(short, value),
                _ => value,
            },
        ))
    }
}

fn long_form(short: &str, value: Value) -> Value {
    match (short, &value) {
        ("Ref" | "Condition", _) => json!({ short: value }),
        ("GetAtt", Value::String(text)) => match text.split_once('.') {
            Some((resource, attribute)) => json!({ "Fn::GetAtt": [resource, attribute] }),
            None => json!({ "Fn::GetAtt": [text] }),
        },
        _ => json!({ format!("Fn::{short}"): value }),
    }
}

/// A node without its own tag; the nodes in it keep theirs.
struct Content(Value);

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor).map(Self)
    }
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a YAML value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Node(value)) = items.next_element()? {
            values.push(value);
        }
        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        while let Some((key, Node(value))) = entries.next_entry::<String, Node>()? {
            values.insert(key, value);
        }
        Ok(values.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_tags_become_long_forms_at_every_depth() {
        let read =
            parse("a: !Ref X\nb: [!Sub 'p-${X}', !GetAtt Q.Arn]\nc: !Join ['-', [!Ref X, 1]]\n")
                .unwrap();
        assert_eq!(
            read,
            json!({
                "a": {"Ref": "X"},
                "b": [{"Fn::Sub": "p-${X}"}, {"Fn::GetAtt": ["Q", "Arn"]}],
                "c": {"Fn::Join": ["-", [{"Ref": "X"}, 1]]},
            })
        );
    }

    #[test]
    fn dates_quoted_numbers_and_single_letters_stay_text() {
        let read = parse("AWSTemplateFormatVersion: 2010-09-09\nn: '5'\ne:\nt: N\n").unwrap();
        assert_eq!(
            read,
            json!({"AWSTemplateFormatVersion": "2010-09-09", "n": "5", "e": null, "t": "N"})
        );
    }

    #[test]
    fn what_is_not_yaml_says_where() {
        let error = parse("a: [1\nb: 2\n").unwrap_err();
        assert!(error.reason.contains("line"), "{error}");
        assert!(parse("- 1").is_err());
        assert!(parse("a: 1\na: 2\n").is_err(), "a key given twice");
    }
}
