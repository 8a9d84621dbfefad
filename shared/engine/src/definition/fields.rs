//! Reads the objects of a document, and collects what is wrong instead of stopping at it.

use super::template::{Place, Scope, Templated};
use crate::problem::{Problem, child};
use crate::sandbox::{self, Source};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Everything found wrong so far, and the expressions still to be checked.
#[derive(Default)]
pub(super) struct Findings {
    problems: Vec<Problem>,
    /// Whether a function was found to call itself.
    pub(super) is_cyclic: bool,
    expressions: Vec<(String, Source)>,
}

/// How long the expressions of a document may be in all; compiling the worst of them takes half a second.
const MAX_EXPRESSION_BYTES: usize = 256 << 10;

impl Findings {
    pub(super) fn add(&mut self, pointer: &str, reason: impl Into<String>) {
        self.problems.push(Problem::at(pointer, reason));
    }

    pub(super) fn check_later(&mut self, pointer: &str, source: Source) {
        self.expressions.push((pointer.to_owned(), source));
    }

    /// Checks the expressions, all at once, and gives every problem.
    pub(super) fn conclude(mut self) -> Vec<Problem> {
        let bytes: usize = self
            .expressions
            .iter()
            .map(|(_, source)| source.text.len())
            .sum();
        if bytes > MAX_EXPRESSION_BYTES {
            self.add(
                "",
                format!("the expressions are longer than {MAX_EXPRESSION_BYTES} bytes in all"),
            );
            self.expressions.clear();
        }
        let mut known = BTreeSet::new();
        self.problems
            .retain(|problem| known.insert((problem.pointer.clone(), problem.reason.clone())));
        let (pointers, sources): (Vec<_>, Vec<_>) = self.expressions.into_iter().unzip();
        for (pointer, refusal) in pointers.into_iter().zip(sandbox::refusals(&sources)) {
            if let Some(reason) = refusal {
                self.problems.push(Problem::at(pointer, reason));
            }
        }
        self.problems
    }
}

/// An object of the document, of which every property has to be taken.
pub(super) struct Fields<'a> {
    pub(super) pointer: String,
    map: &'a Map<String, Value>,
    taken: BTreeSet<&'a str>,
}

impl<'a> Fields<'a> {
    /// The object at `pointer`; a problem when it is something else.
    pub(super) fn of(value: &'a Value, pointer: &str, findings: &mut Findings) -> Option<Self> {
        let Some(map) = value.as_object() else {
            findings.add(pointer, "must be an object");
            return None;
        };
        Some(Self {
            pointer: pointer.to_owned(),
            map,
            taken: BTreeSet::new(),
        })
    }

    /// The pointer of a property.
    pub(super) fn at(&self, name: &str) -> String {
        child(&self.pointer, name)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.map.contains_key(name)
    }

    pub(super) fn take(&mut self, name: &str) -> Option<&'a Value> {
        let (name, value) = self.map.get_key_value(name)?;
        self.taken.insert(name);
        Some(value)
    }

    pub(super) fn require(&mut self, name: &str, findings: &mut Findings) -> Option<&'a Value> {
        let value = self.take(name);
        if value.is_none() {
            findings.add(&self.pointer, format!("`{name}` is missing"));
        }
        value
    }

    /// A string; a problem when it is something else.
    pub(super) fn text(&mut self, name: &str, findings: &mut Findings) -> Option<&'a str> {
        let value = self.take(name)?;
        let text = value.as_str();
        if text.is_none() {
            findings.add(&self.at(name), "must be a string");
        }
        text
    }

    pub(super) fn flag(&mut self, name: &str, findings: &mut Findings) -> Option<bool> {
        let value = self.take(name)?;
        let flag = value.as_bool();
        if flag.is_none() {
            findings.add(&self.at(name), "must be true or false");
        }
        flag
    }

    /// An object within this one.
    pub(super) fn object(&mut self, name: &str, findings: &mut Findings) -> Option<Self> {
        let value = self.take(name)?;
        Self::of(value, &self.at(name), findings)
    }

    /// A template, in which `${ … }` strings are expressions.
    pub(super) fn template(
        &mut self,
        name: &str,
        (scope, place): (&Scope, Place),
        findings: &mut Findings,
    ) -> Option<Templated> {
        let value = self.take(name)?;
        Some(Templated::parse(
            value,
            &self.at(name),
            &scope.names(place),
            findings,
        ))
    }

    /// A place for an expression: a string is one even without `${ }`.
    pub(super) fn expression(
        &mut self,
        name: &str,
        (scope, place): (&Scope, Place),
        findings: &mut Findings,
    ) -> Option<Templated> {
        let value = self.take(name)?;
        Some(Templated::parse_expression(
            value,
            &self.at(name),
            &scope.names(place),
            findings,
        ))
    }

    /// Passes over a property that carries no meaning for the engine.
    pub(super) fn ignore(&mut self, name: &str) {
        self.take(name);
    }

    /// Refuses a property of the DSL, where it is given.
    pub(super) fn refuse(&mut self, name: &str, reason: &str, findings: &mut Findings) {
        if self.take(name).is_some() {
            findings.add(&self.at(name), reason);
        }
    }

    /// Every property that nobody took is a problem.
    pub(super) fn end(self, findings: &mut Findings) {
        for name in self
            .map
            .keys()
            .filter(|name| !self.taken.contains(name.as_str()))
        {
            findings.add(&self.at(name), "unknown property");
        }
    }
}
