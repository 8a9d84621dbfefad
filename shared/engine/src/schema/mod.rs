//! JSON Schemas that come with a document: checked and compiled once, then held against values.
//!
//! Whoever writes a schema is a stranger. Nothing is fetched from elsewhere, patterns run on automata, references
//! cannot go round in a circle, and how much work a check is, is reckoned before it begins. Knows nothing of workflows.

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

/// The greatest automaton of a pattern.
const MAX_AUTOMATON_BYTES: usize = 256 << 10;
/// How many violations are told.
const MAX_TOLD: usize = 3;
/// How much of each is told.
const MAX_TOLD_CHARACTERS: usize = 200;

/// A schema that values can be held against.
pub struct Schema {
    validator: Validator,
    survey: Survey,
}

/// A reason why something is no schema that can be used here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// A JSON pointer within the schema.
    pub pointer: String,
    /// A sentence for the author of the schema.
    pub reason: String,
}

impl Schema {
    /// Compiles a schema: of the draft that `$schema` names, else of 2020-12. Formats are annotations.
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
                // A schema is held against the schema of schemas, so the place in the instance is the place in it.
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

    /// How many patterns it has.
    pub(crate) fn patterns(&self) -> usize {
        self.survey.patterns
    }

    /// Holds the schema against a value.
    pub(crate) fn check(&self, value: &Value) -> Checked {
        let checked = on_large_stack(|| match self.survey.cost(value) {
            None => Checked {
                outcome: Err("to hold it against the schema is too much work".to_owned()),
                work_units: cost::MAX_UNITS,
            },
            Some(work_units) => Checked {
                outcome: self.violations(value),
                work_units,
            },
        });
        checked.unwrap_or_else(|| Checked {
            outcome: Err("it cannot be held against the schema".to_owned()),
            work_units: cost::MAX_UNITS,
        })
    }

    /// Whether a value fits; the error names the first violations, each with its pointer, but nothing of the value.
    pub fn fit(&self, value: &Value) -> Result<(), String> {
        self.check(value).outcome
    }

    fn violations(&self, value: &Value) -> Result<(), String> {
        if self.validator.is_valid(value) {
            return Ok(());
        }
        let violations = self.validator.iter_errors(value).take(MAX_TOLD);
        let told = violations.map(|violation| {
            let place = violation.instance_path().to_string();
            let place = if place.is_empty() { "value" } else { &place };
            // The value itself may be long, or secret.
            shortened(&violation.masked_with(place).to_string())
        });
        Err(told.collect::<Vec<_>>().join("; "))
    }
}

/// What came of a check, and what it cost at most.
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
    match text.char_indices().nth(MAX_TOLD_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
