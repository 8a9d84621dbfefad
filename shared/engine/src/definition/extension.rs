//! Extensions (`use.extensions`): tasks that run before and after the tasks of a kind.
//!
//! They are read anew for every task that they extend, so that each has visits and keys of its own.

use super::action::Action;
use super::components::Components;
use super::fields::{Fields, Findings};
use super::task::{Tasks, only_entry};
use super::template::{Place, Templated};
use crate::problem::child;
use serde_json::Value;
use std::collections::BTreeMap;

/// An extension at a task.
#[derive(Debug)]
pub(crate) struct Extension {
    pub(crate) when: Option<Templated>,
    /// The pointers of the lists to run.
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

/// The kinds of task that can be extended (DSL reference, "Extension").
const KINDS: &[&str] = &[
    "all",
    "call",
    "composite",
    "emit",
    "for",
    "listen",
    "raise",
    "run",
    "set",
    "switch",
    "try",
    "wait",
];

impl Action {
    fn extended_as(&self) -> &'static str {
        match self {
            Self::Do { .. } | Self::Fork(_) => "composite",
            Self::Set(_) => "set",
            Self::Switch(_) => "switch",
            Self::CallHttp(_)
            | Self::CallOpenApi(_)
            | Self::CallFunction(_)
            | Self::CallOffered(_) => "call",
            Self::Emit(_) => "emit",
            Self::Run(_) => "run",
            Self::Raise(_) => "raise",
            Self::Wait(_) => "wait",
            Self::For(_) => "for",
            Self::Try(_) => "try",
        }
    }
}

impl<'a> Components<'a> {
    /// The extensions of the document, each with its place.
    fn extensions(self) -> Vec<(String, &'a Value)> {
        let listed = self
            .value
            .and_then(|value| value.get("extensions")?.as_array());
        let listed = listed.into_iter().flatten().enumerate();
        let named = listed.filter_map(|(at, item)| {
            let (name, value) = only_entry(item)?;
            Some((child(&format!("/use/extensions/{at}"), name), value))
        });
        named.collect()
    }
}

impl Tasks<'_> {
    /// Checks every extension by itself.
    pub(super) fn check_extensions(&mut self, components: &mut Fields<'_>) {
        let Some(listed) = components.take("extensions") else {
            return;
        };
        let extensions = self.components.extensions();
        if listed.as_array().map(Vec::len) != Some(extensions.len()) {
            let reason = "must be a list of extensions, each an object with one name";
            self.findings.add("/use/extensions", reason);
        }
        for (pointer, value) in extensions {
            let Some(mut fields) = Fields::of(value, &pointer, self.findings) else {
                continue;
            };
            fields.require("extend", self.findings);
            if fields
                .text("extend", self.findings)
                .is_some_and(|kind| !KINDS.contains(&kind))
            {
                let reason = format!("must be one of {}", KINDS.join(", "));
                self.findings.add(&fields.at("extend"), reason);
            }
            let mut checking = Tasks {
                findings: self.findings,
                lists: BTreeMap::new(),
                components: self.components,
                inside: Vec::new(),
                extended: Some(pointer.clone()),
                schemas: std::mem::take(&mut self.schemas),
            };
            checking.extension(&mut fields, &pointer);
            self.schemas = checking.schemas;
            fields.end(self.findings);
        }
    }

    /// The extensions of a task. Those of an extension's own tasks are none.
    pub(super) fn extensions_of(&mut self, action: &Action, pointer: &str) -> Vec<Extension> {
        if self.extended.is_some() || self.is_too_large() {
            return Vec::new();
        }
        let mut found = Vec::new();
        for (_, value) in self.components.extensions() {
            let kind = value.get("extend").and_then(Value::as_str);
            if kind.is_none_or(|kind| kind != "all" && kind != action.extended_as()) {
                continue;
            }
            // Its own problems are found where it is defined.
            let mut found_there = Findings::default();
            let place = format!("{pointer}/extension/{}", found.len());
            let Some(mut fields) = Fields::of(value, &place, &mut found_there) else {
                continue;
            };
            let mut reading = Tasks {
                findings: &mut found_there,
                lists: std::mem::take(&mut self.lists),
                components: self.components,
                inside: self.inside.clone(),
                extended: Some(pointer.to_owned()),
                schemas: std::mem::take(&mut self.schemas),
            };
            found.push(reading.extension(&mut fields, &place));
            self.lists = reading.lists;
            self.schemas = reading.schemas;
        }
        self.check_size();
        found
    }

    fn extension(&mut self, fields: &mut Fields<'_>, pointer: &str) -> Extension {
        let scope = self.components.scope();
        let when = fields.expression("when", (&scope, Place::TaskDefinition), self.findings);
        let mut list = |name: &str| {
            let tasks = fields.take(name)?;
            let place = child(pointer, name);
            self.list(tasks, &place, &scope);
            Some(place)
        };
        Extension {
            when,
            before: list("before"),
            after: list("after"),
        }
    }
}
