//! What tasks do: which properties say so, and how each kind is read.

use super::call::{Exchange, HttpRequest};
use super::components::FunctionCall;
use super::composite::{ForEach, Fork, TryCatch};
use super::duration::Duration;
use super::emission::Emission;
use super::fields::Fields;
use super::functions::{Function, OfferedCall};
use super::openapi::OpenApiRequest;
use super::raise::ErrorTemplate;
use super::subflow::Subflow;
use super::switch::Case;
use super::task::Tasks;
use super::template::{Place, Scope, Templated};
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
    /// Calls a function that the document defines.
    CallFunction(FunctionCall),
    /// Calls a function that the runtime offers.
    CallOffered(OfferedCall),
    Emit(Emission),
    Run(Box<Subflow>),
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
            | Self::CallOffered(_)
            | Self::Emit(_)
            | Self::Run(_)
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
            Self::CallOffered(call) => call.function.kind,
            Self::Emit(_) => "emit",
            Self::Run(_) => "run:workflow",
            Self::Raise(_) => "raise",
            Self::Wait(_) => "wait",
            Self::For(_) => "for",
            Self::Try(_) => "try",
            Self::Fork(_) => "fork",
        }
    }
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
            "emit" => {
                let emit = Fields::of(value, &pointer, self.findings)?;
                Some(Action::Emit(Emission::parse(emit, here, self.findings)?))
            }
            "run" => {
                let run = Fields::of(value, &pointer, self.findings)?;
                let subflow = Subflow::parse(run, here, self.findings)?;
                Some(Action::Run(Box::new(subflow)))
            }
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
            _ => {
                let reason = "`listen` is refused: a workflow is started by its triggers";
                self.findings.add(&pointer, reason);
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
            Some(name) => match Function::find(name) {
                Some(function) if !self.components.has("functions", name) => {
                    let call = OfferedCall::parse(function, task, here, self.findings)?;
                    Some(Action::CallOffered(call))
                }
                Some(_) | None => Some(Action::CallFunction(self.function(name, task, here)?)),
            },
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
}
