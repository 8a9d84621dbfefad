//! What a condition knows of values: their order, which is jq's, and what lies within them.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

use super::ConditionFailed;
use super::evaluate::{Evaluation, One};
use super::filter::FunctionOf;

/// A step is good for so many bytes of text.
pub(super) const BYTES_PER_STEP: usize = 64;

impl Evaluation {
    /// jq's order: null, false, true, numbers, texts, lists, objects. Objects by their sorted names, then by their values.
    pub(super) fn order(
        &mut self,
        left: &Value,
        right: &Value,
    ) -> Result<Ordering, ConditionFailed> {
        self.spend(1)?;
        match (left, right) {
            (Value::Number(left), Value::Number(right)) => {
                let [left, right] = [left, right].map(|number| number.as_f64().unwrap_or(f64::NAN));
                Ok(left.total_cmp(&right))
            }
            (Value::String(left), Value::String(right)) => {
                self.spend(left.len().min(right.len()) / BYTES_PER_STEP)?;
                Ok(left.cmp(right))
            }
            (Value::Array(left), Value::Array(right)) => {
                for (left, right) in left.iter().zip(right) {
                    let order = self.order(left, right)?;
                    if order != Ordering::Equal {
                        return Ok(order);
                    }
                }
                Ok(left.len().cmp(&right.len()))
            }
            (Value::Object(left), Value::Object(right)) => {
                self.spend(left.len() + right.len())?;
                let sorted = |map: &serde_json::Map<String, Value>| {
                    let mut names: Vec<String> = map.keys().cloned().collect();
                    names.sort_unstable();
                    names
                };
                let (names, others) = (sorted(left), sorted(right));
                if names != others {
                    return Ok(names.cmp(&others));
                }
                for name in &names {
                    let order = self.order(&left[name], &right[name])?;
                    if order != Ordering::Equal {
                        return Ok(order);
                    }
                }
                Ok(Ordering::Equal)
            }
            _ => Ok(rank(left).cmp(&rank(right))),
        }
    }

    /// Whether one value lies within another: a part of a text, elements of a list, fields of an object.
    pub(super) fn contains(
        &mut self,
        value: &Value,
        wanted: &Value,
    ) -> Result<bool, ConditionFailed> {
        self.spend(1)?;
        match (value, wanted) {
            (Value::String(text), Value::String(part)) => {
                self.spend(text.len() / BYTES_PER_STEP)?;
                Ok(text.contains(part.as_str()))
            }
            (Value::Array(items), Value::Array(wanted)) => {
                for wanted in wanted {
                    if !self.any_contains(items, wanted)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Value::Object(map), Value::Object(wanted)) => {
                for (name, wanted) in wanted {
                    let Some(value) = map.get(name) else {
                        return Ok(false);
                    };
                    if !self.contains(value, wanted)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            _ => Ok(self.order(value, wanted)? == Ordering::Equal),
        }
    }

    /// `has`, `contains`, `startswith`, `endswith`.
    pub(super) fn test(
        &mut self,
        function: FunctionOf,
        value: &Value,
        wanted: &Value,
    ) -> Result<bool, ConditionFailed> {
        match (function, value, wanted) {
            (FunctionOf::Has, Value::Null, _) => Ok(false),
            (FunctionOf::Has, Value::Object(map), Value::String(name)) => {
                Ok(map.contains_key(name))
            }
            (FunctionOf::Has, Value::Array(items), Value::Number(index)) => Ok(index
                .as_u64()
                .is_some_and(|index| index < items.len() as u64)),
            (FunctionOf::StartsWith, Value::String(text), Value::String(start)) => {
                Ok(text.starts_with(start))
            }
            (FunctionOf::EndsWith, Value::String(text), Value::String(end)) => {
                Ok(text.ends_with(end))
            }
            (FunctionOf::Contains, value, wanted) if type_name(value) == type_name(wanted) => {
                self.contains(value, wanted)
            }
            _ => Err(ConditionFailed::WrongType),
        }
    }

    pub(super) fn length(&mut self, value: &Value) -> Result<Value, ConditionFailed> {
        Ok(match value {
            Value::Null => Value::from(0),
            Value::Bool(_) => return Err(ConditionFailed::WrongType),
            Value::Number(number) => match number.to_string().strip_prefix('-') {
                Some(positive) => serde_json::from_str(positive).unwrap_or_default(),
                None => value.clone(),
            },
            Value::String(text) => {
                self.spend(text.len() / BYTES_PER_STEP)?;
                Value::from(text.chars().count())
            }
            Value::Array(items) => Value::from(items.len()),
            Value::Object(map) => Value::from(map.len()),
        })
    }

    fn any_contains(&mut self, items: &[Value], wanted: &Value) -> Result<bool, ConditionFailed> {
        for item in items {
            if self.contains(item, wanted)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// `.name`; of null it is null.
pub(super) fn key<'v>(value: &One<'v>, name: &str) -> Result<One<'v>, ConditionFailed> {
    match value {
        Cow::Borrowed(Value::Object(map)) => Ok(or_null(map.get(name))),
        Cow::Borrowed(Value::Null) => Ok(Cow::Owned(Value::Null)),
        Cow::Owned(Value::Null) => Ok(Cow::Owned(Value::Null)),
        // What a condition makes itself is a text, a number or a truth.
        Cow::Borrowed(_) | Cow::Owned(_) => Err(ConditionFailed::WrongType),
    }
}

/// `.[0]`; of null it is null.
pub(super) fn element<'v>(value: &One<'v>, index: i64) -> Result<One<'v>, ConditionFailed> {
    match value {
        Cow::Borrowed(Value::Array(items)) => {
            let from_end = || items.len().checked_sub(index.unsigned_abs() as usize);
            let at = usize::try_from(index).ok().or_else(from_end);
            Ok(or_null(at.and_then(|at| items.get(at))))
        }
        Cow::Borrowed(Value::Null) | Cow::Owned(Value::Null) => Ok(Cow::Owned(Value::Null)),
        Cow::Borrowed(_) | Cow::Owned(_) => Err(ConditionFailed::WrongType),
    }
}

fn or_null(value: Option<&Value>) -> One<'_> {
    value.map_or(Cow::Owned(Value::Null), Cow::Borrowed)
}

/// Truth as in jq: everything but null and false.
pub(super) fn is_true(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false))
}

pub(super) fn text(value: &Value) -> Result<&str, ConditionFailed> {
    value.as_str().ok_or(ConditionFailed::WrongType)
}

pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(false) => 1,
        Value::Bool(true) => 2,
        Value::Number(_) => 3,
        Value::String(_) => 4,
        Value::Array(_) => 5,
        Value::Object(_) => 6,
    }
}
