//! `use.extensions`: tasks that run before and after the tasks of a kind.
//!
//! An extension is parsed once for every task that it extends, so that its tasks have pointers, visits and idempotency
//! keys of their own.

use super::components::Components;
use super::fields::Fields;
use super::parser::TaskParser;
use super::scope::Position;
use super::task::only_entry;
use super::task_kind::TaskKind;
use super::template::Template;
use crate::problem::child_pointer;
use serde_json::Value;

/// An extension of a task.
#[derive(Debug)]
pub(crate) struct Extension {
    pub(crate) when: Option<Template>,
    /// The pointer of the list that runs before the task.
    pub(crate) before: Option<String>,
    /// The pointer of the list that runs after the task.
    pub(crate) after: Option<String>,
}

/// The kinds of task that can be extended (DSL reference, "Extension").
const EXTENDABLE_KINDS: &[&str] = &[
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

impl TaskKind {
    /// The value of `extend` that names this kind.
    fn extension_kind(&self) -> &'static str {
        match self {
            Self::Do { .. } | Self::Fork(_) => "composite",
            Self::Set(_) => "set",
            Self::Switch(_) => "switch",
            Self::CallHttp(_)
            | Self::CallOpenApi(_)
            | Self::CallFunction(_)
            | Self::CallBuiltIn(_) => "call",
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
    /// The extensions of the document with their pointers.
    fn extensions(self) -> Vec<(String, &'a Value)> {
        let listed = self
            .value
            .and_then(|value| value.get("extensions")?.as_array());
        let listed = listed.into_iter().flatten().enumerate();
        let named = listed.filter_map(|(index, item)| {
            let (name, value) = only_entry(item)?;
            let pointer = child_pointer(&format!("/use/extensions/{index}"), name);
            Some((pointer, value))
        });
        named.collect()
    }
}

impl TaskParser<'_> {
    /// Checks every extension where it is defined.
    pub(super) fn check_extensions(&mut self, components: &mut Fields<'_>) {
        let Some(listed) = components.take("extensions") else {
            return;
        };
        let extensions = self.components.extensions();
        if listed.as_array().map(Vec::len) != Some(extensions.len()) {
            let reason = "must be a list of extensions, each an object with one name";
            self.diagnostics.add("/use/extensions", reason);
        }
        for (pointer, value) in extensions {
            self.check_extension(&pointer, value);
        }
    }

    fn check_extension(&mut self, pointer: &str, value: &Value) {
        let Some(mut fields) = Fields::of(value, pointer, self.diagnostics) else {
            return;
        };
        fields.require("extend", self.diagnostics);
        if fields
            .text("extend", self.diagnostics)
            .is_some_and(|kind| !EXTENDABLE_KINDS.contains(&kind))
        {
            let reason = format!("must be one of {}", EXTENDABLE_KINDS.join(", "));
            self.diagnostics.add(&fields.at("extend"), reason);
        }
        self.check_component(|parser| {
            parser.extended = Some(pointer.to_owned());
            parser.extension(&mut fields, pointer);
        });
        fields.end(self.diagnostics);
    }

    /// The extensions of a task. The tasks of an extension are not extended themselves.
    pub(super) fn extensions_of(&mut self, kind: &TaskKind, pointer: &str) -> Vec<Extension> {
        if self.extended.is_some() || self.is_too_large() {
            return Vec::new();
        }
        let mut extensions = Vec::new();
        for (_, value) in self.components.extensions() {
            let extend = value.get("extend").and_then(Value::as_str);
            if extend.is_none_or(|extend| extend != "all" && extend != kind.extension_kind()) {
                continue;
            }
            let at = format!("{pointer}/extension/{}", extensions.len());
            let (extension, _) = self.read_component(|parser| {
                parser.extended = Some(pointer.to_owned());
                let mut fields = Fields::of(value, &at, parser.diagnostics)?;
                Some(parser.extension(&mut fields, &at))
            });
            extensions.extend(extension);
        }
        self.check_size();
        extensions
    }

    fn extension(&mut self, fields: &mut Fields<'_>, pointer: &str) -> Extension {
        let scope = self.components.scope();
        let site = scope.at(Position::TaskDefinition);
        let when = fields.expression("when", site, self.diagnostics);
        let mut list = |name: &str| {
            let tasks = fields.take(name)?;
            let list = child_pointer(pointer, name);
            self.list(tasks, &list, &scope);
            Some(list)
        };
        Extension {
            when,
            before: list("before"),
            after: list("after"),
        }
    }
}
