//! JSON as the template engine's values. Its own way, by way of Serde, would show each number as an object, because
//! `serde_json` is built with `arbitrary_precision`.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Object, ObjectRepr, Value, ValueKind};
use minijinja::{Error, ErrorKind};
use serde_json::{Map, Number};

/// The same value for the template engine, with its members in the same order.
pub(super) fn from_json(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::from(()),
        serde_json::Value::Bool(value) => Value::from(*value),
        serde_json::Value::Number(number) => from_number(number),
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Array(items) => items.iter().map(from_json).collect(),
        serde_json::Value::Object(members) => members
            .iter()
            .map(|(name, member)| (name.as_str(), from_json(member)))
            .collect(),
    }
}

/// The JSON of a template's value.
pub(super) fn to_json(value: &Value) -> Result<serde_json::Value, Error> {
    if let Some(ExactNumber(number)) = value.downcast_object_ref::<ExactNumber>() {
        return Ok(serde_json::Value::Number(number.clone()));
    }
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => {
            let items = value.try_iter()?.map(|item| to_json(&item));
            Ok(serde_json::Value::Array(items.collect::<Result<_, _>>()?))
        }
        ValueKind::Map => {
            let member = |name: Value| Ok((name.to_string(), to_json(&value.get_item(&name)?)?));
            let members: Result<Map<_, _>, Error> = value.try_iter()?.map(member).collect();
            members.map(serde_json::Value::Object)
        }
        _ => serde_json::to_value(value).map_err(|error| {
            Error::new(ErrorKind::BadSerialization, "cannot be JSON").with_source(error)
        }),
    }
}

fn from_number(number: &Number) -> Value {
    if let Some(whole) = number.as_i64() {
        return Value::from(whole);
    }
    if let Some(whole) = number.as_u64() {
        return Value::from(whole);
    }
    match number.as_f64() {
        Some(float) if Number::from_f64(float).as_ref() == Some(number) => Value::from(float),
        Some(_) | None => Value::from_object(ExactNumber(number.clone())),
    }
}

/// A number that neither a 64-bit integer nor a float shows digit for digit. It is written as it came; filters and
/// arithmetic do not take it.
#[derive(Debug)]
pub(super) struct ExactNumber(Number);

impl Object for ExactNumber {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
