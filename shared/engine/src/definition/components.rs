//! Reusable components (`use`): each is checked where it is defined, and looked up by name where the document uses it.

use super::authentication::Authentication;
use super::composite::DEFAULT_ERROR_NAME;
use super::diagnostics::Diagnostics;
use super::duration::Duration;
use super::fields::Fields;
use super::parser::TaskParser;
use super::raise::ErrorTemplate;
use super::scope::{Position, Scope, Site};
use super::template::Template;
use crate::problem::child_pointer;
use serde_json::{Map, Value};

/// The `use` of a document, unparsed.
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

    /// The component that `value` names, with its pointer; or `value` itself, if it is not a name.
    pub(super) fn resolve<'v>(
        self,
        kind: &str,
        value: &'v Value,
        pointer: &str,
        diagnostics: &mut Diagnostics,
    ) -> Option<(&'v Value, String)>
    where
        'a: 'v,
    {
        let Some(name) = value.as_str() else {
            return Some((value, pointer.to_owned()));
        };
        match self.get(kind, name) {
            Some(component) => Some((component, child_pointer(&format!("/use/{kind}"), name))),
            None => {
                diagnostics.add(pointer, format!("there is no `{name}` in /use/{kind}"));
                None
            }
        }
    }
}

/// A call of a function that the document defines. The function's task is parsed once for every call, at the pointer of
/// the call.
#[derive(Debug)]
pub(crate) struct FunctionCall {
    /// The pointer of the list that holds the function's task.
    pub(crate) list: String,
    /// The input of the function; without it, the input of the calling task.
    pub(crate) arguments: Option<Template>,
}

impl TaskParser<'_> {
    /// Checks `use`: its kinds, and every component.
    pub(super) fn check_components(&mut self, document: &mut Fields<'_>) {
        let Some(mut fields) = document.object("use", self.diagnostics) else {
            return;
        };
        fields.ignore("secrets");
        fields.refuse(
            "catalogs",
            "catalogs are not supported: external resources are not loaded",
            self.diagnostics,
        );
        self.check_extensions(&mut fields);
        for kind in KINDS {
            if fields.object(kind, self.diagnostics).is_none() {
                continue;
            }
            for (name, value) in self.components.all(kind) {
                self.check_component_of(kind, name, value);
            }
        }
        fields.end(self.diagnostics);
    }

    fn check_component_of(&mut self, kind: &str, name: &str, value: &Value) {
        let pointer = child_pointer(&format!("/use/{kind}"), name);
        let scope = self.components.scope();
        let site = scope.at(Position::TaskDefinition);
        match kind {
            "authentications" => {
                let components = self.components;
                drop(Authentication::parse(
                    value,
                    &pointer,
                    site,
                    components,
                    self.diagnostics,
                ));
            }
            "errors" => drop(ErrorTemplate::parse(
                value,
                &pointer,
                site,
                self.diagnostics,
            )),
            "retries" => drop(self.retry(value, &pointer, DEFAULT_ERROR_NAME, &scope)),
            "timeouts" => drop(self.timeout_of(value, &pointer, &scope)),
            _ => self.check_component(|parser| {
                parser.open_functions = vec![name.to_owned()];
                parser.task(name, value, &pointer, &[], &scope);
            }),
        }
    }

    /// Reads a call of a function that the document defines.
    pub(super) fn function_call(
        &mut self,
        name: &str,
        task: &mut Fields<'_>,
        site: Site<'_>,
    ) -> Option<FunctionCall> {
        let arguments = task.template("with", site, self.diagnostics);
        let list = task.at("call");
        let Some(value) = self.components.get("functions", name) else {
            let reason = format!(
                "there is no function `{name}`: call http, openapi, one of aws.* and records.*, or one of /use/functions"
            );
            self.diagnostics.add(&list, reason);
            return None;
        };
        if self.open_functions.iter().any(|open| open == name) {
            self.report_recursion(&list, name);
            return None;
        }
        // Functions that call functions multiply the tasks of the document.
        if self.is_too_large() {
            return None;
        }
        let pointer = child_pointer(&format!("{list}/0"), name);
        let (task, diagnostics) = self.read_component(|parser| {
            parser.open_functions.push(name.to_owned());
            parser.task(name, value, &pointer, &[], &parser.components.scope())
        });
        if diagnostics.has_recursive_function {
            self.report_recursion(&list, name);
        }
        self.lists.insert(list.clone(), task.into_iter().collect());
        self.check_size();
        Some(FunctionCall { list, arguments })
    }

    fn report_recursion(&mut self, pointer: &str, name: &str) {
        self.diagnostics.has_recursive_function = true;
        self.diagnostics
            .add(pointer, format!("the function `{name}` calls itself"));
    }

    /// Reads `timeout`: an inline one, or the name of a component.
    pub(super) fn timeout(&mut self, fields: &mut Fields<'_>, scope: &Scope) -> Option<Duration> {
        let value = fields.take("timeout")?;
        let at = fields.at("timeout");
        let (value, pointer) = self
            .components
            .resolve("timeouts", value, &at, self.diagnostics)?;
        self.timeout_of(value, &pointer, scope)
    }

    fn timeout_of(&mut self, value: &Value, pointer: &str, scope: &Scope) -> Option<Duration> {
        let mut fields = Fields::of(value, pointer, self.diagnostics)?;
        fields.require("after", self.diagnostics);
        let after = self.duration(&mut fields, "after", scope);
        fields.end(self.diagnostics);
        after
    }
}
