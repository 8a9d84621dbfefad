//! What tasks do: which properties say so, and how each kind is read.

use super::call::{Exchange, HttpRequest};
use super::components::FunctionCall;
use super::composite::{ForEach, Fork, TryCatch};
use super::duration::Duration;
use super::fields::Fields;
use super::openapi::OpenApiRequest;
use super::raise::ErrorTemplate;
use super::task::{Tasks, Then, only_entry};
use super::template::{Place, Scope, Templated};
use crate::problem::child;
use serde_json::Value;

/// What a task does.
#[derive(Debug)]
pub(crate) enum Action {
    /// Runs the list at this pointer.
    Do {
        list: String,
    },
    Set(Templated),
    Switch(Vec<Case>),
    CallHttp(Box<HttpRequest>),
    CallOpenApi(Box<OpenApiRequest>),
    CallFunction(FunctionCall),
    Raise(ErrorTemplate),
    Wait(Duration),
    For(Box<ForEach>),
    Try(Box<TryCatch>),
    Fork(Fork),
}

impl Action {
    /// What a call says about its answer; nothing for a task that makes none.
    pub(crate) fn exchange(&self) -> Option<&Exchange> {
        match self {
            Self::CallHttp(request) => Some(&request.exchange),
            Self::CallOpenApi(request) => Some(&request.exchange),
            Self::Do { .. }
            | Self::Set(_)
            | Self::Switch(_)
            | Self::CallFunction(_)
            | Self::Raise(_)
            | Self::Wait(_)
            | Self::For(_)
            | Self::Try(_)
            | Self::Fork(_) => None,
        }
    }

    /// How history names the kind of task.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Do { .. } => "do",
            Self::Set(_) => "set",
            Self::Switch(_) => "switch",
            Self::CallHttp(_) => "call:http",
            Self::CallOpenApi(_) => "call:openapi",
            Self::CallFunction(_) => "call",
            Self::Raise(_) => "raise",
            Self::Wait(_) => "wait",
            Self::For(_) => "for",
            Self::Try(_) => "try",
            Self::Fork(_) => "fork",
        }
    }
}

/// One way out of a `switch`; without a condition it is the default.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) when: Option<Templated>,
    pub(crate) then: Then,
}

/// The properties that say what a task does. Each task has exactly one.
const ACTIONS: &[&str] = &[
    "call", "do", "emit", "for", "fork", "listen", "raise", "run", "set", "switch", "try", "wait",
];

impl Tasks<'_> {
    pub(super) fn action(
        &mut self,
        fields: &mut Fields<'_>,
        siblings: &[&str],
        scope: &Scope,
    ) -> Option<Action> {
        let kind = self.kind(fields)?;
        let value = fields.take(kind)?;
        let pointer = fields.at(kind);
        let here = (scope, Place::TaskDefinition);
        match kind {
            "do" => {
                self.list(value, &pointer, scope);
                Some(Action::Do { list: pointer })
            }
            "set" => Some(Action::Set(self.set(value, &pointer, scope))),
            "switch" => Some(Action::Switch(
                self.cases(value, &pointer, siblings, scope)?,
            )),
            "call" => self.call(value, &pointer, fields, here),
            "raise" => self.raise(value, &pointer, here),
            "wait" => {
                let duration = Duration::parse(value, &pointer, scope, self.findings);
                Some(Action::Wait(duration))
            }
            "for" => {
                let each = self.for_each(value, &pointer, fields, scope)?;
                Some(Action::For(Box::new(each)))
            }
            "try" => {
                let attempt = self.try_catch(value, &pointer, fields, scope)?;
                Some(Action::Try(Box::new(attempt)))
            }
            "fork" => Some(Action::Fork(self.fork(value, &pointer, scope)?)),
            refused => {
                self.findings.add(&pointer, reason_refused(refused));
                None
            }
        }
    }

    /// The one property that says what the task does.
    fn kind(&mut self, fields: &mut Fields<'_>) -> Option<&'static str> {
        // A loop has its tasks under `do`.
        let is_loop = fields.has("for");
        let is_given = |name: &&str| fields.has(name) && !(is_loop && *name == "do");
        let given: Vec<&'static str> = ACTIONS.iter().copied().filter(is_given).collect();
        if let [kind] = given.as_slice() {
            return Some(kind);
        }
        let reason = format!("a task needs exactly one of {}", ACTIONS.join(", "));
        self.findings.add(&fields.pointer, reason);
        given.iter().for_each(|name| fields.ignore(name));
        None
    }

    fn raise(&mut self, value: &Value, pointer: &str, here: (&Scope, Place)) -> Option<Action> {
        let mut fields = Fields::of(value, pointer, self.findings)?;
        let error = fields.require("error", self.findings)?;
        let place = fields.at("error");
        let named = self
            .components
            .resolve("errors", error, &place, self.findings);
        fields.end(self.findings);
        let (error, place) = named?;
        let error = ErrorTemplate::parse(error, &place, here, self.findings)?;
        Some(Action::Raise(error))
    }

    fn call(
        &mut self,
        function: &Value,
        pointer: &str,
        task: &mut Fields<'_>,
        here: (&Scope, Place),
    ) -> Option<Action> {
        match function.as_str() {
            Some("http") => {
                let request = HttpRequest::parse(task, here, self.components, self.findings)?;
                Some(Action::CallHttp(Box::new(request)))
            }
            Some("openapi") => {
                let request = OpenApiRequest::parse(task, here, self.components, self.findings)?;
                Some(Action::CallOpenApi(Box::new(request)))
            }
            Some(protocol @ ("asyncapi" | "grpc" | "a2a" | "mcp")) => {
                task.ignore("with");
                self.findings
                    .add(pointer, format!("calls of {protocol} are not supported"));
                None
            }
            Some(name) => Some(Action::CallFunction(self.function(name, task, here)?)),
            None => {
                task.ignore("with");
                self.findings.add(pointer, "must be the name of a function");
                None
            }
        }
    }

    fn set(&mut self, value: &Value, pointer: &str, scope: &Scope) -> Templated {
        let names = scope.names(Place::TaskDefinition);
        match value {
            Value::Object(_) => Templated::parse(value, pointer, &names, self.findings),
            Value::String(_) => Templated::parse_expression(value, pointer, &names, self.findings),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
                self.findings
                    .add(pointer, "must be an object or an expression");
                Templated::parse(value, pointer, &names, self.findings)
            }
        }
    }

    fn cases(
        &mut self,
        value: &Value,
        pointer: &str,
        siblings: &[&str],
        scope: &Scope,
    ) -> Option<Vec<Case>> {
        let Some(items) = value.as_array() else {
            self.findings.add(
                pointer,
                "must be a list of cases, each an object with one name",
            );
            return None;
        };
        let mut cases = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            let place = format!("{pointer}/{at}");
            let Some((name, body)) = only_entry(item) else {
                self.findings.add(&place, "must be an object with one name");
                continue;
            };
            let Some(mut fields) = Fields::of(body, &child(&place, name), self.findings) else {
                continue;
            };
            let when = fields.expression("when", (scope, Place::TaskDefinition), self.findings);
            if !fields.has("then") {
                self.findings.add(&fields.pointer, "`then` is missing");
            }
            let then = self.then(&mut fields, siblings);
            fields.end(self.findings);
            cases.push(Case { when, then });
        }
        if cases.iter().filter(|case| case.when.is_none()).count() > 1 {
            self.findings
                .add(pointer, "only one case may go without `when`");
        }
        Some(cases)
    }
}

fn reason_refused(kind: &str) -> String {
    match kind {
        "run" => "`run` is refused: nothing runs on the worker itself".to_owned(),
        "listen" => "`listen` is refused: a workflow is started by its triggers".to_owned(),
        other => format!("`{other}` is not supported"),
    }
}
