//! Templates: values of a document in which some strings are expressions.

use super::diagnostics::Diagnostics;
use super::embedded::embedded_expression_problem;
use super::scope::Site;
use crate::problem::child_pointer;
use crate::sandbox::Source;
use serde_json::Value;
use std::sync::Arc;

/// A value with expressions in it.
#[derive(Debug)]
pub(crate) struct Template {
    shape: Shape,
    /// The expressions, in document order.
    pub(crate) sources: Vec<Source>,
}

#[derive(Debug)]
enum Shape {
    Literal(Value),
    /// The next of the sources.
    Expression,
    List(Vec<Shape>),
    Object(Vec<(String, Shape)>),
}

impl Template {
    /// Reads a value in which strings of the form `${ … }` are expressions.
    pub(super) fn parse(
        value: &Value,
        pointer: &str,
        site: Site<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let mut parser = TemplateParser::new(site, diagnostics);
        let shape = parser.shape(value, pointer);
        parser.finish(shape)
    }

    /// Reads a value that is an expression if it is a string, with or without `${ }`.
    pub(super) fn parse_expression(
        value: &Value,
        pointer: &str,
        site: Site<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let mut parser = TemplateParser::new(site, diagnostics);
        let shape = match value {
            Value::String(text) => {
                parser.report_embedded_expression(text, pointer);
                parser.expression(delimited_expression(text).unwrap_or(text), pointer)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => Shape::Literal(value.clone()),
            Value::Array(_) | Value::Object(_) => parser.shape(value, pointer),
        };
        parser.finish(shape)
    }

    /// A text without expressions.
    pub(super) fn text(text: &str) -> Self {
        Self {
            shape: Shape::Literal(Value::from(text)),
            sources: Vec::new(),
        }
    }

    /// The value itself, if it has no expressions.
    pub(crate) fn literal(&self) -> Option<&Value> {
        match &self.shape {
            Shape::Literal(value) => Some(value),
            Shape::Expression | Shape::List(_) | Shape::Object(_) => None,
        }
    }

    /// Whether one of the expressions mentions an argument.
    pub(crate) fn mentions(&self, name: &str) -> bool {
        self.sources.iter().any(|source| source.text.contains(name))
    }

    /// The value with the results of its expressions, which come in document order.
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
            Self::Object(entries) => entries
                .iter()
                .map(|(key, shape)| (key.clone(), shape.fill(results)))
                .collect(),
        }
    }
}

struct TemplateParser<'p> {
    arguments: Arc<[String]>,
    sources: Vec<Source>,
    diagnostics: &'p mut Diagnostics,
}

impl<'p> TemplateParser<'p> {
    fn new(site: Site<'_>, diagnostics: &'p mut Diagnostics) -> Self {
        Self {
            arguments: site.arguments(),
            sources: Vec::new(),
            diagnostics,
        }
    }

    fn finish(self, shape: Shape) -> Template {
        Template {
            shape,
            sources: self.sources,
        }
    }

    fn shape(&mut self, value: &Value, pointer: &str) -> Shape {
        let before = self.sources.len();
        let shape = match value {
            Value::String(text) => self.text(text, pointer),
            Value::Array(items) => {
                let items = items.iter().enumerate();
                let shapes = items.map(|(at, item)| self.shape(item, &format!("{pointer}/{at}")));
                Shape::List(shapes.collect())
            }
            Value::Object(map) => {
                let shapes = map.iter().map(|(key, value)| {
                    (key.clone(), self.shape(value, &child_pointer(pointer, key)))
                });
                Shape::Object(shapes.collect())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => Shape::Literal(value.clone()),
        };
        if self.sources.len() == before {
            Shape::Literal(value.clone())
        } else {
            shape
        }
    }

    fn text(&mut self, text: &str, pointer: &str) -> Shape {
        if let Some(problem) = embedded_expression_problem(text) {
            self.diagnostics.add(pointer, problem);
            return Shape::Literal(Value::from(text));
        }
        match delimited_expression(text) {
            Some(expression) => self.expression(expression, pointer),
            None => Shape::Literal(Value::from(text)),
        }
    }

    /// Reports `${ … }` inside of an expression. Inside a jq string it is an ordinary text.
    fn report_embedded_expression(&mut self, text: &str, pointer: &str) {
        let before = text.split_once("${").map(|(before, _)| before);
        if before.is_some_and(|before| !before.contains('"'))
            && let Some(problem) = embedded_expression_problem(text)
        {
            self.diagnostics.add(pointer, problem);
        }
    }

    fn expression(&mut self, text: &str, pointer: &str) -> Shape {
        let source = Source {
            text: Arc::from(text.trim()),
            names: Arc::clone(&self.arguments),
        };
        self.diagnostics
            .check_expression_later(pointer, source.clone());
        self.sources.push(source);
        Shape::Expression
    }
}

/// The expression between `${` and `}`, if the whole string has that form.
pub(super) fn delimited_expression(text: &str) -> Option<&str> {
    text.trim().strip_prefix("${")?.strip_suffix('}')
}
