//! `Idempotency-Key`: a created resource's id is derived from it, so a repeat finds the same one.

use std::hash::Hasher as _;

use fnv::FnvHasher;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::Tenant;

/// 1 to 255 printable ASCII characters, spaces and quotes included, as the RFC draft and Stripe allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// The header is there, but its value is no key.
#[derive(Debug, thiserror::Error)]
#[error("an Idempotency-Key is 1 to 255 printable ASCII characters")]
pub struct InvalidIdempotencyKey;

impl IdempotencyKey {
    /// Reads the value of the header.
    pub fn parse(text: &str) -> Result<Self, InvalidIdempotencyKey> {
        let printable = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if printable && (1..=255).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidIdempotencyKey)
        }
    }

    /// What the id of the resource is derived from: keys of two tenants, or of two collections,
    /// never meet.
    pub fn scoped(&self, tenant: Tenant, collection: &str) -> String {
        format!("{tenant}|{collection}|{}", self.0)
    }
}

/// A short hash of a request, which tells a repeat from another request under the same key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Of the raw body of a webhook: 64 bits, which is little to store and enough to see that two bodies differ. They
    /// are those of FNV-1a, which takes a tenth of the instructions of a cryptographic hash: whoever makes two bodies with
    /// the same one has the trigger's token, and gains that a repeat of a webhook of theirs is not called changed.
    pub fn of_body(body: &[u8]) -> Self {
        let mut hasher = FnvHasher::default();
        hasher.write(body);
        Self(format!("{:016x}", hasher.finish()))
    }

    /// Of a JSON request; the order of an object's members does not count.
    pub fn of(request: &Value) -> Self {
        let digest = Sha256::digest(sorted(request).to_string().as_bytes());
        Self(
            digest
                .iter()
                .take(16)
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        )
    }

    /// One that was stored.
    pub fn from_stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A copy whose objects have their members sorted by name, at every depth.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(members) => {
            let mut by_name: Vec<_> = members.iter().collect();
            by_name.sort_by_key(|(name, _)| *name);
            let copies = by_name.into_iter();
            let copies = copies.map(|(name, member)| (name.clone(), sorted(member)));
            Value::Object(copies.collect::<Map<_, _>>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_key_is_any_printable_ascii_of_1_to_255_characters() {
        for text in [
            "a",
            "8e03978e-40d5-43e8-bc93-6894a57f9324",
            "\"quoted\"",
            "two words",
        ] {
            assert!(IdempotencyKey::parse(text).is_ok(), "{text:?}");
        }
        assert!(IdempotencyKey::parse(&"x".repeat(255)).is_ok());
        for text in ["", "a\tb", "é", &"x".repeat(256)] {
            assert!(IdempotencyKey::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_fingerprint_of_a_body_tells_other_bodies_by_sixteen_digits() {
        let one = Fingerprint::of_body(b"{\"n\":1}");
        assert_eq!(one, Fingerprint::of_body(b"{\"n\":1}"));
        assert_eq!(one.as_str().len(), 16);
        for other in [&b"{\"n\":2}"[..], b"{\"n\": 1}", b"", b"\0"] {
            assert_ne!(one, Fingerprint::of_body(other));
        }
    }

    #[test]
    fn the_order_of_fields_does_not_change_a_fingerprint() {
        let one: Value = serde_json::from_str(r#"{"a":1,"b":2}"#).unwrap();
        let other: Value = serde_json::from_str(r#"{"b":2,"a":1}"#).unwrap();
        assert_eq!(Fingerprint::of(&one), Fingerprint::of(&other));
        assert_ne!(Fingerprint::of(&one), Fingerprint::of(&json!({"a": 1})));
        let nested = json!({"x": [one, {"d": 1, "c": 2}]});
        let reordered = json!({"x": [other, {"c": 2, "d": 1}]});
        assert_eq!(Fingerprint::of(&nested), Fingerprint::of(&reordered));
    }
}
