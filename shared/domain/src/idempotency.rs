//! `Idempotency-Key`: a created resource's id is derived from it, so a repeat finds the same one.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::Tenant;

/// 1 to 255 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

#[derive(Debug, thiserror::Error)]
#[error("an Idempotency-Key is 1 to 255 visible ASCII characters")]
pub struct InvalidIdempotencyKey;

impl IdempotencyKey {
    pub fn parse(text: &str) -> Result<Self, InvalidIdempotencyKey> {
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if visible && (1..=255).contains(&text.len()) {
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

/// A short hash of a request, by which a repeat is told from another request under the same key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The order of an object's fields does not count.
    pub fn of(request: &Value) -> Self {
        let digest = Sha256::digest(sorted(request).to_string().as_bytes());
        let hex: String = digest.iter().take(16).map(|b| format!("{b:02x}")).collect();
        Self(hex)
    }

    pub fn from_stored(text: &str) -> Self {
        Self(text.to_owned())
    }

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
