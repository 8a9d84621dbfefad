//! Between values of expressions and `serde_json` values, in both directions, charged and bounded.

use super::meter::{charge, charge_scan};
use super::number::Num;
use super::value::{Entries, Val};
use serde_json::{Number, Value};
use std::rc::Rc;

/// The value as expressions work on it. The producer of the value has limited its depth.
pub(super) fn to_val(value: &Value) -> Val {
    charge(1);
    match value {
        Value::Null => Val::Null,
        Value::Bool(value) => Val::Bool(*value),
        Value::Number(number) => Val::Num(to_num(number)),
        Value::String(text) => Val::text(text.as_str()),
        Value::Array(items) => items.iter().map(to_val).collect(),
        Value::Object(members) => {
            let mut entries = Entries::with_capacity(members.len());
            for (key, member) in members {
                charge_scan(key.len());
                entries.insert(Rc::from(key.as_str()), to_val(member));
            }
            Val::dict(entries)
        }
    }
}

fn to_num(number: &Number) -> Num {
    let text = number.as_str();
    Num::parse(text).unwrap_or_else(|| Num::float(number.as_f64().unwrap_or(f64::NAN)))
}

/// The value as plain JSON. Its size must be known to be small.
pub(super) fn to_plain(value: &Val) -> Value {
    match value {
        Val::Null => Value::Null,
        Val::Bool(value) => Value::Bool(*value),
        Val::Num(number) => to_number(number).map_or(Value::Null, Value::Number),
        Val::Text(text) => Value::from(text.as_str()),
        Val::List(list) => list.items().iter().map(to_plain).collect(),
        Val::Dict(dict) => dict
            .entries()
            .iter()
            .map(|(key, value)| (key.to_string(), to_plain(value)))
            .collect(),
    }
}

/// Nothing for `NaN`; the greatest float for an infinity.
fn to_number(number: &Num) -> Option<Number> {
    match number {
        Num::Int(value) => match i64::try_from(*value) {
            Ok(value) => Some(Number::from(value)),
            Err(_) => Some(Number::from(*value as u64)),
        },
        Num::Float(value) if value.is_nan() => None,
        Num::Float(value) => Number::from_f64(value.clamp(f64::MIN, f64::MAX)),
        Num::Literal(_) => number.literal()?.parse().ok(),
    }
}
