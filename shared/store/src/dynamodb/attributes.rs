//! Reading and writing attributes. Reading parses again: a bad row is an error, never a panic.

use std::collections::HashMap;
use std::str::FromStr;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::{Tenant, Timestamp};

use crate::StoreError;

pub(crate) type Item = HashMap<String, AttributeValue>;

/// The version of the record format that this program writes and reads.
pub(crate) const VERSION: i64 = 1;

/// The part of a condition that keeps a write off an item of another version. It is for writes that come before the item
/// is read; `:version` is [`VERSION`].
pub(crate) const OF_THIS_VERSION: &str = "v = :version";

pub(crate) fn text(value: impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

pub(crate) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(crate) fn bytes(value: impl Into<Vec<u8>>) -> AttributeValue {
    AttributeValue::B(Blob::new(value))
}

pub(crate) fn moment(value: Timestamp) -> AttributeValue {
    number(value.as_millis())
}

pub(crate) fn flag(value: bool) -> AttributeValue {
    AttributeValue::Bool(value)
}

/// An item that is being read.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a>(pub(crate) &'a Item);

impl<'a> Row<'a> {
    /// Refuses an item of a version that this program does not know.
    pub(crate) fn checked(item: &'a Item) -> Result<Self, StoreError> {
        let row = Self(item);
        match row.number::<i64>("v")? {
            VERSION => Ok(row),
            newer if newer > VERSION => Err(StoreError::newer(row.key(), newer)),
            other => Err(row.bad("v", &format!("version {other} is unknown"))),
        }
    }

    pub(crate) fn bad(self, attribute: &str, reason: &str) -> StoreError {
        StoreError::bad(self.key(), format!("{attribute}: {reason}"))
    }

    fn key(self) -> String {
        let part = |name| self.optional_text(name).unwrap_or("?");
        format!("{}/{}", part("pk"), part("sk"))
    }

    pub(crate) fn optional_text(self, name: &str) -> Option<&'a str> {
        self.0
            .get(name)
            .and_then(|value| value.as_s().ok())
            .map(String::as_str)
    }

    pub(crate) fn text(self, name: &str) -> Result<&'a str, StoreError> {
        self.optional_text(name)
            .ok_or_else(|| self.bad(name, "a string is missing"))
    }

    pub(crate) fn optional_parsed<T: FromStr>(self, name: &str) -> Result<Option<T>, StoreError> {
        self.optional_text(name)
            .map(|text| text.parse().map_err(|_| self.bad(name, "cannot be parsed")))
            .transpose()
    }

    pub(crate) fn parsed<T: FromStr>(self, name: &str) -> Result<T, StoreError> {
        self.optional_parsed(name)?
            .ok_or_else(|| self.bad(name, "a string is missing"))
    }

    pub(crate) fn optional_number<T: FromStr>(self, name: &str) -> Result<Option<T>, StoreError> {
        self.0
            .get(name)
            .map(|value| {
                let digits = value.as_n().ok().and_then(|digits| digits.parse().ok());
                digits.ok_or_else(|| self.bad(name, "is not a number of its kind"))
            })
            .transpose()
    }

    pub(crate) fn number<T: FromStr>(self, name: &str) -> Result<T, StoreError> {
        self.optional_number(name)?
            .ok_or_else(|| self.bad(name, "a number is missing"))
    }

    pub(crate) fn optional_moment(self, name: &str) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.optional_number(name)?.map(Timestamp::from_millis))
    }

    pub(crate) fn moment(self, name: &str) -> Result<Timestamp, StoreError> {
        self.number(name).map(Timestamp::from_millis)
    }

    pub(crate) fn tenant(self) -> Result<Tenant, StoreError> {
        Tenant::parse(self.text("tenant")?).map_err(|error| self.bad("tenant", &error.to_string()))
    }

    pub(crate) fn flag(self, name: &str) -> bool {
        self.0
            .get(name)
            .and_then(|value| value.as_bool().ok())
            .copied()
            .unwrap_or(false)
    }

    pub(crate) fn bytes(self, name: &str) -> Option<&'a [u8]> {
        self.0
            .get(name)
            .and_then(|value| value.as_b().ok())
            .map(AsRef::as_ref)
    }

    pub(crate) fn texts(self, name: &str) -> Result<Vec<String>, StoreError> {
        let values = self
            .0
            .get(name)
            .and_then(|value| value.as_l().ok())
            .ok_or_else(|| self.bad(name, "a list is missing"))?;
        values
            .iter()
            .map(|value| value.as_s().cloned())
            .collect::<Result<_, _>>()
            .map_err(|_| self.bad(name, "is not a list of strings"))
    }
}

pub(crate) fn texts<T: ToString>(values: &[T]) -> AttributeValue {
    AttributeValue::L(values.iter().map(|value| text(value.to_string())).collect())
}
