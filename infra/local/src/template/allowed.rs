//! Which functions of CloudFormation's language are allowed, anywhere in the template. Does not know what they do.

use serde_json::Value;

use super::TemplateError;
use super::resolve::escaped;

const READABLE: [&str; 6] = [
    "Fn::GetAtt",
    "Fn::Sub",
    "Fn::Join",
    "Fn::Split",
    "Fn::If",
    "Fn::FindInMap",
];

/// Conditions have functions of their own, which are refused where one is evaluated.
const CONDITIONS: &str = "/Conditions";

/// Refuses, anywhere in the template, a function that [`Resolver`] does not have.
pub(super) fn refuse_unknown_intrinsics(value: &Value, path: &str) -> Result<(), TemplateError> {
    if path == CONDITIONS {
        return Ok(());
    }
    match value {
        Value::Object(entries) => {
            for (key, inner) in entries {
                if key.starts_with("Fn::") && !READABLE.contains(&key.as_str()) {
                    return Err(TemplateError::new(
                        path,
                        format!(
                            "{key} is not read here; only Ref and {} are",
                            READABLE.join(", ")
                        ),
                    ));
                }
                refuse_unknown_intrinsics(inner, &format!("{path}/{}", escaped(key)))?;
            }
            Ok(())
        }
        Value::Array(items) => items.iter().enumerate().try_for_each(|(index, inner)| {
            refuse_unknown_intrinsics(inner, &format!("{path}/{index}"))
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}
