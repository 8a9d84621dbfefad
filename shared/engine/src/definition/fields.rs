//! Reads the objects of a document property by property. Wrong or unknown properties become diagnostics.

use super::diagnostics::Diagnostics;
use super::scope::Site;
use super::template::Template;
use crate::problem::child_pointer;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// An object of the document. A property that the parser does not read is reported as unknown.
pub(super) struct Fields<'a> {
    pub(super) pointer: String,
    map: &'a Map<String, Value>,
    taken: BTreeSet<&'a str>,
}

impl<'a> Fields<'a> {
    /// The object at `pointer`; any other value is a problem.
    pub(super) fn of(
        value: &'a Value,
        pointer: &str,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let Some(map) = value.as_object() else {
            diagnostics.add(pointer, "must be an object");
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
        child_pointer(&self.pointer, name)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.map.contains_key(name)
    }

    pub(super) fn take(&mut self, name: &str) -> Option<&'a Value> {
        let (name, value) = self.map.get_key_value(name)?;
        self.taken.insert(name);
        Some(value)
    }

    pub(super) fn require(
        &mut self,
        name: &str,
        diagnostics: &mut Diagnostics,
    ) -> Option<&'a Value> {
        let value = self.take(name);
        if value.is_none() {
            diagnostics.add(&self.pointer, format!("`{name}` is missing"));
        }
        value
    }

    /// A string; any other value is a problem.
    pub(super) fn text(&mut self, name: &str, diagnostics: &mut Diagnostics) -> Option<&'a str> {
        let value = self.take(name)?;
        let text = value.as_str();
        if text.is_none() {
            diagnostics.add(&self.at(name), "must be a string");
        }
        text
    }

    /// A boolean; any other value is a problem.
    pub(super) fn flag(&mut self, name: &str, diagnostics: &mut Diagnostics) -> Option<bool> {
        let value = self.take(name)?;
        let flag = value.as_bool();
        if flag.is_none() {
            diagnostics.add(&self.at(name), "must be true or false");
        }
        flag
    }

    /// An object inside this one.
    pub(super) fn object(&mut self, name: &str, diagnostics: &mut Diagnostics) -> Option<Self> {
        let value = self.take(name)?;
        Self::of(value, &self.at(name), diagnostics)
    }

    /// A template, in which strings of the form `${ … }` are expressions.
    pub(super) fn template(
        &mut self,
        name: &str,
        site: Site<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Template> {
        let value = self.take(name)?;
        Some(Template::parse(value, &self.at(name), site, diagnostics))
    }

    /// A property that holds an expression: a string is one even without `${ }`.
    pub(super) fn expression(
        &mut self,
        name: &str,
        site: Site<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Template> {
        let value = self.take(name)?;
        Some(Template::parse_expression(
            value,
            &self.at(name),
            site,
            diagnostics,
        ))
    }

    /// Accepts a property that has no meaning for the engine.
    pub(super) fn ignore(&mut self, name: &str) {
        self.take(name);
    }

    /// Refuses a property of the DSL, if it is given.
    pub(super) fn refuse(&mut self, name: &str, reason: &str, diagnostics: &mut Diagnostics) {
        if self.take(name).is_some() {
            diagnostics.add(&self.at(name), reason);
        }
    }

    /// Reports every property that was not taken.
    pub(super) fn end(self, diagnostics: &mut Diagnostics) {
        for name in self
            .map
            .keys()
            .filter(|name| !self.taken.contains(name.as_str()))
        {
            diagnostics.add(&self.at(name), "unknown property");
        }
    }
}
