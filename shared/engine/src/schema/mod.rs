//! JSON Schemas of a document: checked and compiled once, then values are checked against them.
//!
//! Schemas come from strangers. Nothing is fetched from elsewhere, patterns run on automata and have a budget,
//! references cannot form a circle, and the work of a check is estimated before it begins. Knows nothing of workflows.

mod cost;
mod growth;
mod keywords;
mod survey;

#[cfg(test)]
mod tests;

use crate::nesting::on_large_stack;
use jsonschema::{PatternOptions, Validator};
use serde_json::Value;
use std::fmt;
use survey::Survey;

use crate::limits::pattern::MAX_AUTOMATON_BYTES;
use crate::limits::schema::MAX_CHECK_UNITS;

/// How many violations a message names.
const MAX_VIOLATIONS: usize = 3;
/// How much of each violation a message shows.
const MAX_VIOLATION_CHARACTERS: usize = 200;

/// A compiled schema.
pub struct Schema {
    validator: Validator,
    survey: Survey,
}

/// The reason why a schema is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// A JSON pointer within the schema.
    pub pointer: String,
    /// A sentence for the author of the schema.
    /// A sentence for the author of the schema.
    pub reason: String,
}

impl Schema {
    /// Compiles a schema: of the draft that `$schema` names, otherwise of 2020-12. Formats are annotations.
    ///
    /// # Errors
    /// Every reason why the schema is refused.
    pub fn compile(schema: &Value) -> Result<Self, Vec<Refusal>> {
        let survey = Survey::of(schema)?;
        let refused = |pointer: String, reason: String| vec![Refusal { pointer, reason }];
        let compiled = on_large_stack(|| {
            let patterns = PatternOptions::regex()
                .size_limit(MAX_AUTOMATON_BYTES)
                .dfa_size_limit(MAX_AUTOMATON_BYTES);
            let options = jsonschema::options()
                .offline()
                .should_validate_formats(false)
                .with_pattern_options(patterns);
            options.build(schema).map_err(|error| {
                // A schema is an instance of its meta-schema, so the path in the instance is the path in the schema.
                refused(
                    error.instance_path().to_string(),
                    shortened(&error.to_string()),
                )
            })
        });
        let unreadable = || refused(String::new(), "the schema cannot be read".to_owned());
        let validator = compiled.ok_or_else(unreadable)??;
        Ok(Self { validator, survey })
    }

    /// The number of patterns in the schema.
    pub(crate) fn patterns(&self) -> usize {
        self.survey.patterns
    }

    /// Checks a value.
    pub(crate) fn check(&self, value: &Value) -> Checked {
        let checked = on_large_stack(|| match self.survey.cost(value) {
            None => Checked {
                outcome: Err("to check it against the schema is too much work".to_owned()),
                work_units: MAX_CHECK_UNITS,
            },
            Some(work_units) => Checked {
                outcome: self.violations(value),
                work_units,
            },
        });
        checked.unwrap_or_else(|| Checked {
            outcome: Err("it cannot be checked against the schema".to_owned()),
            work_units: MAX_CHECK_UNITS,
        })
    }

    /// Whether a value fits the schema.
    ///
    /// # Errors
    /// A sentence with the first violations, each with its pointer, and nothing of the value.
    pub fn fit(&self, value: &Value) -> Result<(), String> {
        self.check(value).outcome
    }

    fn violations(&self, value: &Value) -> Result<(), String> {
        if self.validator.is_valid(value) {
            return Ok(());
        }
        let violations = self.validator.iter_errors(value).take(MAX_VIOLATIONS);
        let sentences = violations.map(|violation| {
            let place = violation.instance_path().to_string();
            let place = if place.is_empty() { "value" } else { &place };
            // The value itself may be long, or secret.
            shortened(&violation.masked_with(place).to_string())
        });
        Err(sentences.collect::<Vec<_>>().join("; "))
    }
}

/// The outcome of a check, and its work at most.
#[derive(Debug)]
pub(crate) struct Checked {
    /// The error names the first violations, each with its pointer.
    pub(crate) outcome: Result<(), String>,
    pub(crate) work_units: u64,
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Schema")
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_VIOLATION_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
