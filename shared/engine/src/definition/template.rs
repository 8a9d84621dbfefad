//! Values of a document in which some strings are expressions, and which arguments those may use.

use super::fields::Findings;
use crate::problem::child;
use crate::sandbox::Source;
use serde_json::Value;
use std::sync::Arc;

/// A value with expressions in it.
#[derive(Debug)]
pub(crate) struct Templated {
    shape: Shape,
    /// In the order in which they stand in the value.
    pub(crate) sources: Vec<Source>,
}

#[derive(Debug)]
enum Shape {
    Literal(Value),
    /// The next of the sources.
    Expression,
    List(Vec<Shape>),
    Dict(Vec<(String, Shape)>),
}

/// Where an expression stands; it decides which arguments it has (DSL, "Runtime expression arguments").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    WorkflowInput,
    TaskInput,
    TaskDefinition,
    TaskOutput,
    TaskExport,
    WorkflowOutput,
}

impl Place {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::WorkflowInput => &["$workflow", "$runtime"],
            Self::TaskInput => &["$context", "$task", "$workflow", "$runtime"],
            Self::TaskDefinition | Self::TaskOutput => &[
                "$context",
                "$input",
                "$task",
                "$workflow",
                "$runtime",
                "$authorization",
            ],
            Self::TaskExport => &[
                "$context",
                "$input",
                "$output",
                "$task",
                "$workflow",
                "$runtime",
                "$authorization",
            ],
            Self::WorkflowOutput => &["$context", "$workflow", "$runtime"],
        }
    }
}

/// The variables that surround a place: those of loops and of caught errors, with their `$`.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    has_secrets: bool,
    locals: Vec<String>,
}

impl Scope {
    /// The scope that nothing surrounds. `$secrets` is there only where the document declares some.
    pub(super) fn outermost(has_secrets: bool) -> Self {
        Self {
            has_secrets,
            locals: Vec::new(),
        }
    }

    /// This scope, and these variables inside it.
    pub(super) fn with<'a>(&self, names: impl IntoIterator<Item = &'a String>) -> Self {
        let mut locals = self.locals.clone();
        locals.extend(names.into_iter().cloned());
        Self {
            has_secrets: self.has_secrets,
            locals,
        }
    }

    /// What an expression at `place` may use; the innermost variable comes last and wins.
    pub(super) fn names(&self, place: Place) -> Arc<[String]> {
        let arguments = place.arguments().iter().map(|name| (*name).to_owned());
        let secrets = self.has_secrets.then(|| "$secrets".to_owned());
        arguments
            .chain(secrets)
            .chain(self.locals.iter().cloned())
            .collect()
    }
}

impl Templated {
    /// Reads a value in which strings of the form `${ … }` are expressions.
    pub(super) fn parse(
        value: &Value,
        pointer: &str,
        names: &Arc<[String]>,
        findings: &mut Findings,
    ) -> Self {
        let mut reading = Reading {
            names,
            sources: Vec::new(),
            findings,
        };
        let shape = reading.shape(value, pointer);
        Self {
            shape,
            sources: reading.sources,
        }
    }

    /// Reads a value that is an expression when it is a string, with or without `${ }`.
    pub(super) fn parse_expression(
        value: &Value,
        pointer: &str,
        names: &Arc<[String]>,
        findings: &mut Findings,
    ) -> Self {
        let mut reading = Reading {
            names,
            sources: Vec::new(),
            findings,
        };
        let shape = match value {
            Value::String(text) => reading.expression(embraced(text).unwrap_or(text), pointer),
            Value::Null | Value::Bool(_) | Value::Number(_) => Shape::Literal(value.clone()),
            Value::Array(_) | Value::Object(_) => reading.shape(value, pointer),
        };
        Self {
            shape,
            sources: reading.sources,
        }
    }

    /// A text without expressions.
    pub(super) fn text(text: &str) -> Self {
        Self {
            shape: Shape::Literal(Value::from(text)),
            sources: Vec::new(),
        }
    }

    /// The value itself, when it has no expressions.
    pub(crate) fn literal(&self) -> Option<&Value> {
        match &self.shape {
            Shape::Literal(value) => Some(value),
            Shape::Expression | Shape::List(_) | Shape::Dict(_) => None,
        }
    }

    /// Whether one of the expressions mentions an argument.
    pub(crate) fn mentions(&self, name: &str) -> bool {
        self.sources.iter().any(|source| source.text.contains(name))
    }

    /// The value with what its expressions gave, in their order.
    pub(crate) fn fill(&self, results: Vec<Value>) -> Value {
        self.shape.fill(&mut results.into_iter())
    }
}

impl Shape {
    fn fill(&self, results: &mut impl Iterator<Item = Value>) -> Value {
        match self {
            Self::Literal(value) => value.clone(),
            Self::Expression => results.next().unwrap_or_default(),
            Self::List(items) => items.iter().map(|item| item.fill(results)).collect(),
            Self::Dict(entries) => entries
                .iter()
                .map(|(key, shape)| (key.clone(), shape.fill(results)))
                .collect(),
        }
    }
}

struct Reading<'r> {
    names: &'r Arc<[String]>,
    sources: Vec<Source>,
    findings: &'r mut Findings,
}

impl Reading<'_> {
    fn shape(&mut self, value: &Value, pointer: &str) -> Shape {
        let before = self.sources.len();
        let shape = match value {
            Value::String(text) => match embraced(text) {
                Some(expression) => self.expression(expression, pointer),
                None => Shape::Literal(value.clone()),
            },
            Value::Array(items) => {
                let shapes = items.iter().enumerate();
                Shape::List(
                    shapes
                        .map(|(at, item)| self.shape(item, &format!("{pointer}/{at}")))
                        .collect(),
                )
            }
            Value::Object(map) => {
                let shapes = map.iter();
                Shape::Dict(
                    shapes
                        .map(|(key, value)| (key.clone(), self.shape(value, &child(pointer, key))))
                        .collect(),
                )
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => Shape::Literal(value.clone()),
        };
        if self.sources.len() == before {
            Shape::Literal(value.clone())
        } else {
            shape
        }
    }

    fn expression(&mut self, text: &str, pointer: &str) -> Shape {
        let source = Source {
            text: Arc::from(text.trim()),
            names: Arc::clone(self.names),
        };
        self.findings.check_later(pointer, source.clone());
        self.sources.push(source);
        Shape::Expression
    }
}

/// What stands between `${` and `}`, if the whole string has that form.
pub(super) fn embraced(text: &str) -> Option<&str> {
    text.trim().strip_prefix("${")?.strip_suffix('}')
}
