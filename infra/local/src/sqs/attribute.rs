//! Message attributes: their checks, their size and their MD5. Does not know messages.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

use super::fault::{Fault, FaultKind};
use crate::random::hex;

/// What the SQS developer guide allows on one message.
const ATTRIBUTES_LIMIT: usize = 10;

/// The attributes of a message by name. Sorted, as their MD5 requires.
pub(crate) type Attributes = BTreeMap<String, Attribute>;

/// A typed value beside the body (`MessageAttributeValue`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Attribute {
    /// `String`, `Number` or `Binary`, each with an optional `.suffix`.
    pub(crate) data_type: String,
    /// Of a `String` or a `Number`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) string_value: Option<String>,
    /// Of a `Binary`, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) binary_value: Option<String>,
}

/// A checked value, as it is hashed.
enum Bytes<'a> {
    Text(&'a [u8]),
    Binary(Vec<u8>),
}

impl Attribute {
    fn bytes(&self, name: &str) -> Result<Bytes<'_>, Fault> {
        let logical = self.data_type.split('.').next().unwrap_or_default();
        let invalid =
            |reason: &str| Fault::invalid_value(&format!("MessageAttributes/{name}"), reason);
        match (logical, &self.string_value, &self.binary_value) {
            ("String" | "Number", Some(text), None) if !text.is_empty() => {
                Ok(Bytes::Text(text.as_bytes()))
            }
            ("Binary", None, Some(text)) if !text.is_empty() => BASE64_STANDARD
                .decode(text)
                .map(Bytes::Binary)
                .map_err(|_| invalid("its BinaryValue is not base64")),
            ("String" | "Number" | "Binary", _, _) => Err(invalid(
                "it needs exactly the value of its type, and not empty",
            )),
            _ => Err(invalid("its DataType is not String, Number or Binary")),
        }
    }
}

/// The bytes that these attributes add to a message.
pub(super) fn checked_size_bytes(attributes: &Attributes) -> Result<usize, Fault> {
    if attributes.len() > ATTRIBUTES_LIMIT {
        return Err(Fault::invalid_value(
            "MessageAttributes",
            "a message has at most 10",
        ));
    }
    let mut size_bytes = 0;
    for (name, attribute) in attributes {
        if !is_valid_name(name) {
            return Err(Fault::invalid_value(
                "MessageAttributes",
                "a name has a character or a prefix that is not allowed",
            ));
        }
        let value_bytes = match attribute.bytes(name)? {
            Bytes::Text(bytes) => bytes.len(),
            Bytes::Binary(bytes) => bytes.len(),
        };
        size_bytes += name.len() + attribute.data_type.len() + value_bytes;
    }
    Ok(size_bytes)
}

fn is_valid_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    (1..=256).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
        && !lower.starts_with("aws.")
        && !lower.starts_with("amazon.")
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !name.contains("..")
}

/// The MD5 that a client compares (SQS developer guide, "Calculating the MD5 message digest for message
/// attributes"): by name; each part with its length before it; 1 before a text and 2 before bytes. None of none.
pub(super) fn md5_of(attributes: &Attributes) -> Result<Option<String>, Fault> {
    if attributes.is_empty() {
        return Ok(None);
    }
    let mut hash = Md5::new();
    for (name, attribute) in attributes {
        absorb(&mut hash, name.as_bytes())?;
        absorb(&mut hash, attribute.data_type.as_bytes())?;
        match attribute.bytes(name)? {
            Bytes::Text(bytes) => {
                hash.update([1]);
                absorb(&mut hash, bytes)?;
            }
            Bytes::Binary(bytes) => {
                hash.update([2]);
                absorb(&mut hash, &bytes)?;
            }
        }
    }
    Ok(Some(hex(&hash.finalize())))
}

/// The MD5 of a body.
pub(super) fn md5_of_text(text: &str) -> String {
    hex(&Md5::digest(text.as_bytes()))
}

fn absorb(hash: &mut Md5, part: &[u8]) -> Result<(), Fault> {
    let length = u32::try_from(part.len()).map_err(|_| {
        Fault::new(
            FaultKind::InvalidParameterValue,
            "An attribute is longer than any message.",
        )
    })?;
    hash.update(length.to_be_bytes());
    hash.update(part);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Attribute {
        Attribute {
            data_type: "String".to_owned(),
            string_value: Some(value.to_owned()),
            binary_value: None,
        }
    }

    #[test]
    fn an_attribute_needs_the_value_of_its_type() {
        let mut attribute = text("");
        assert!(
            checked_size_bytes(&Attributes::from([("a".to_owned(), attribute.clone())])).is_err()
        );
        attribute.data_type = "List".to_owned();
        attribute.string_value = Some("x".to_owned());
        assert!(checked_size_bytes(&Attributes::from([("a".to_owned(), attribute)])).is_err());
        assert_eq!(
            checked_size_bytes(&Attributes::from([("a".to_owned(), text("xyz"))])).unwrap(),
            10
        );
    }

    #[test]
    fn names_that_aws_keeps_for_itself_are_refused() {
        for name in ["", "aws.x", "Amazon.x", ".x", "x.", "x..y", "x y", "ü"] {
            assert!(!is_valid_name(name), "{name}");
        }
        assert!(is_valid_name("trace-parent_1.x"));
    }

    #[test]
    fn no_attributes_have_no_digest() {
        assert_eq!(md5_of(&Attributes::new()).unwrap(), None);
        assert_eq!(md5_of_text("hello"), "5d41402abc4b2a76b9719d911017c592");
    }
}
