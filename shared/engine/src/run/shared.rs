//! JSON values that the frames of a run share instead of copying them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::ops::Deref;
use std::sync::Arc;

/// An immutable JSON value with cheap clones. Its serialised form is that of the value.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Shared(Arc<Value>);

impl Shared {
    /// The value itself, copied only if another frame holds it, too.
    pub(super) fn into_value(self) -> Value {
        Arc::unwrap_or_clone(self.0)
    }

    pub(super) fn to_value(&self) -> Value {
        Value::clone(&self.0)
    }
}

impl Deref for Shared {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl From<Value> for Shared {
    fn from(value: Value) -> Self {
        Self(Arc::new(value))
    }
}

impl Serialize for Shared {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Shared {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from)
    }
}
