//! The condition of a trigger: whether an event runs the workflow. It is written in a part of jq that needs no sandbox: paths,
//! comparisons, and a few functions, without loops, variables and regular expressions, so it is cheap and its work is
//! bounded. Every condition means in jq what it means here. It does not know what becomes of an event that is ignored.

mod evaluate;
mod filter;
mod parse;
mod scan;
mod terms;
mod values;

use serde_json::Value;

use filter::Filter;

/// The text of a condition, in bytes.
pub const MAX_CONDITION_BYTES: usize = 1_024;
/// How deep the parts of a condition may nest.
pub(crate) const MAX_CONDITION_NESTING: usize = 32;
/// The work of one evaluation: values that are made, looked at or compared.
pub(crate) const MAX_CONDITION_STEPS: usize = 100_000;

/// A condition that can be evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    text: String,
    filter: Filter,
}

/// A text is no condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidCondition(String);

/// A condition does not apply to an event: it looks for a field in a text, or takes too many steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConditionFailed {
    /// A function or a path does not apply to the type of a value.
    #[error("the condition does not apply to the type of a value")]
    WrongType,
    /// The event has more values than a condition may look at.
    #[error("the condition takes more than {MAX_CONDITION_STEPS} steps")]
    TooManySteps,
}

impl Condition {
    /// Reads a condition.
    pub fn parse(text: &str) -> Result<Self, InvalidCondition> {
        if text.len() > MAX_CONDITION_BYTES {
            return Err(InvalidCondition(format!(
                "a condition has at most {MAX_CONDITION_BYTES} bytes"
            )));
        }
        Ok(Self {
            filter: parse::filter(text)?,
            text: text.to_owned(),
        })
    }

    /// The text, as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the event satisfies it: one of its results is neither `null` nor `false`.
    pub fn holds(&self, event: &Value) -> Result<bool, ConditionFailed> {
        evaluate::holds(&self.filter, event)
    }
}

#[cfg(test)]
mod tests;
