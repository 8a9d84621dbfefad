//! Conditions: whether a resource is there, and which of two values a property has. Does not know of what.

use serde_json::Value;

use super::TemplateError;
use super::resolve::{Resolver, text_of};

impl Resolver<'_> {
    /// The one of the two values of `Fn::If` that holds.
    pub(super) fn chosen<'v>(
        &self,
        parts: &'v Value,
        path: &str,
        depth: usize,
    ) -> Result<&'v Value, TemplateError> {
        let Some([Value::String(name), then, otherwise]) = parts.as_array().map(Vec::as_slice)
        else {
            let reason = "Fn::If takes the name of a condition and two values";
            return Err(TemplateError::new(path, reason));
        };
        Ok(if self.holds(name, path, depth)? {
            then
        } else {
            otherwise
        })
    }

    /// Whether the condition of that name holds.
    pub(super) fn holds(
        &self,
        name: &str,
        path: &str,
        depth: usize,
    ) -> Result<bool, TemplateError> {
        let conditions = self.document.get("Conditions");
        let Some(condition) = conditions.and_then(|all| all.get(name)) else {
            let reason = format!("there is no condition {name}");
            return Err(TemplateError::new(path, reason));
        };
        self.is_true(condition, &format!("/Conditions/{name}"), depth)
    }

    fn is_true(&self, condition: &Value, path: &str, depth: usize) -> Result<bool, TemplateError> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(TemplateError::new(path, "refers to itself"));
        };
        let wrong = || {
            let reason = "a condition is Fn::Equals, Fn::Not, Fn::And, Fn::Or or Condition";
            TemplateError::new(path, reason)
        };
        let function = condition.as_object().filter(|entries| entries.len() == 1);
        let (function, arguments) = function
            .and_then(|entries| entries.iter().next())
            .ok_or_else(wrong)?;
        match (function.as_str(), arguments) {
            ("Condition", Value::String(name)) => self.holds(name, path, depth),
            ("Fn::Equals", Value::Array(two)) if two.len() == 2 => {
                let text = |value| text_of(&self.resolve_within(value, path, depth)?, path);
                Ok(text(&two[0])? == text(&two[1])?)
            }
            ("Fn::Not", Value::Array(one)) if one.len() == 1 => {
                Ok(!self.is_true(&one[0], path, depth)?)
            }
            ("Fn::And", Value::Array(all)) => all.iter().try_fold(true, |so_far, one| {
                Ok(so_far & self.is_true(one, path, depth)?)
            }),
            ("Fn::Or", Value::Array(any)) => any.iter().try_fold(false, |so_far, one| {
                Ok(so_far | self.is_true(one, path, depth)?)
            }),
            _ => Err(wrong()),
        }
    }
}
