//! Reusable components (`use`): looked up by name where a document refers to them, and each checked once by itself.

use super::authentication::Authentication;
use super::duration::Duration;
use super::fields::{Fields, Findings};
use super::raise::ErrorTemplate;
use super::task::Tasks;
use super::template::{Place, Scope, Templated};
use crate::problem::child;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The components of a document, as they stand there.
#[derive(Clone, Copy, Default)]
pub(super) struct Components<'a> {
    pub(super) value: Option<&'a Map<String, Value>>,
}

/// The kinds of component that a document can define.
const KINDS: &[&str] = &[
    "authentications",
    "errors",
    "functions",
    "retries",
    "timeouts",
];

impl<'a> Components<'a> {
    pub(super) fn of(document: &'a Value) -> Self {
        Self {
            value: document.get("use").and_then(Value::as_object),
        }
    }

    fn all(self, kind: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
        let components = self
            .value
            .and_then(|value| value.get(kind))
            .and_then(Value::as_object);
        components.into_iter().flatten()
    }

    /// Whether the document defines such a component.
    pub(super) fn has(self, kind: &str, name: &str) -> bool {
        self.get(kind, name).is_some()
    }

    fn get(self, kind: &str, name: &str) -> Option<&'a Value> {
        self.value?.get(kind)?.get(name)
    }

    /// The component that `value` names, with its pointer; or `value` itself, where it is no name.
    pub(super) fn resolve<'v>(
        self,
        kind: &str,
        value: &'v Value,
        pointer: &str,
        findings: &mut Findings,
    ) -> Option<(&'v Value, String)>
    where
        'a: 'v,
    {
        let Some(name) = value.as_str() else {
            return Some((value, pointer.to_owned()));
        };
        match self.get(kind, name) {
            Some(component) => Some((component, child(&format!("/use/{kind}"), name))),
            None => {
                findings.add(pointer, format!("there is no `{name}` in /use/{kind}"));
                None
            }
        }
    }
}

/// A function that a task calls: its task, read anew for every call, as if it stood there.
#[derive(Debug)]
pub(crate) struct FunctionCall {
    pub(crate) list: String,
    /// The input of the function; without it, the task's.
    pub(crate) arguments: Option<Templated>,
}

impl<'a> Tasks<'a> {
    /// Checks `use`: its kinds, and every component by itself.
    pub(super) fn components(&mut self, document: &mut Fields<'_>) {
        let Some(mut fields) = document.object("use", self.findings) else {
            return;
        };
        fields.ignore("secrets");
        fields.refuse(
            "catalogs",
            "catalogs are not supported: nothing is loaded from elsewhere",
            self.findings,
        );
        self.check_extensions(&mut fields);
        for kind in KINDS {
            if fields.object(kind, self.findings).is_none() {
                continue;
            }
            for (name, value) in self.components.all(kind) {
                self.component(kind, name, value);
            }
        }
        fields.end(self.findings);
    }

    fn component(&mut self, kind: &str, name: &str, value: &Value) {
        let pointer = child(&format!("/use/{kind}"), name);
        let scope = self.components.scope();
        let at = (&scope, Place::TaskDefinition);
        match kind {
            "authentications" => {
                let components = self.components;
                drop(Authentication::parse(
                    value,
                    &pointer,
                    at,
                    components,
                    self.findings,
                ));
            }
            "errors" => drop(ErrorTemplate::parse(value, &pointer, at, self.findings)),
            "retries" => {
                let scope = scope.with([&"$error".to_owned()]);
                drop(self.retry(value, &pointer, &scope));
            }
            "timeouts" => drop(self.timeout_of(value, &pointer, &scope)),
            _ => {
                // Read only to be checked; what a call runs is read where it is called.
                let mut checking = Tasks {
                    findings: self.findings,
                    lists: BTreeMap::new(),
                    components: self.components,
                    inside: vec![name.to_owned()],
                    extended: None,
                    schemas: std::mem::take(&mut self.schemas),
                };
                checking.task(name, value, &pointer, &[], &scope);
                self.schemas = checking.schemas;
            }
        }
    }

    /// A call of a function that the document defines.
    pub(super) fn function(
        &mut self,
        name: &str,
        task: &mut Fields<'_>,
        at: (&Scope, Place),
    ) -> Option<FunctionCall> {
        let arguments = task.template("with", at, self.findings);
        let pointer = task.at("call");
        let Some(value) = self.components.get("functions", name) else {
            let reason = format!(
                "there is no function `{name}`: call http, openapi, one of aws.* and records.*, or one of /use/functions"
            );
            self.findings.add(&pointer, reason);
            return None;
        };
        if self.inside.iter().any(|outer| outer == name) {
            self.cycle(&pointer, name);
            return None;
        }
        // A function that calls functions that call functions grows by multiplication.
        if self.is_too_large() {
            return None;
        }
        // Its own problems are found where it is defined.
        let mut found_there = Findings::default();
        let mut inside = self.inside.clone();
        inside.push(name.to_owned());
        let mut reading = Tasks {
            findings: &mut found_there,
            lists: std::mem::take(&mut self.lists),
            components: self.components,
            inside,
            extended: self.extended.clone(),
            schemas: std::mem::take(&mut self.schemas),
        };
        let place = child(&format!("{pointer}/0"), name);
        let function = reading.task(name, value, &place, &[], &self.components.scope());
        self.lists = reading.lists;
        self.schemas = reading.schemas;
        if found_there.is_cyclic {
            self.cycle(&pointer, name);
        }
        self.lists
            .insert(pointer.clone(), function.into_iter().collect());
        self.check_size();
        Some(FunctionCall {
            list: pointer,
            arguments,
        })
    }

    fn cycle(&mut self, pointer: &str, name: &str) {
        self.findings.is_cyclic = true;
        self.findings
            .add(pointer, format!("the function `{name}` calls itself"));
    }

    /// `timeout`: the name of one, or one itself.
    pub(super) fn timeout(&mut self, fields: &mut Fields<'_>, scope: &Scope) -> Option<Duration> {
        let value = fields.take("timeout")?;
        let pointer = fields.at("timeout");
        let (value, pointer) =
            self.components
                .resolve("timeouts", value, &pointer, self.findings)?;
        self.timeout_of(value, &pointer, scope)
    }

    fn timeout_of(&mut self, value: &Value, pointer: &str, scope: &Scope) -> Option<Duration> {
        let mut fields = Fields::of(value, pointer, self.findings)?;
        fields.require("after", self.findings);
        let after = self.duration(&mut fields, "after", scope);
        fields.end(self.findings);
        after
    }
}
