//! The kinds of task, and the property that tells each kind.

use super::built_in::{BuiltInCall, BuiltInFunction};
use super::call::{CallOptions, HttpRequest};
use super::components::FunctionCall;
use super::composite::{ForEach, Fork, TryCatch};
use super::duration::Duration;
use super::emit::EventTemplate;
use super::fields::Fields;
use super::openapi::OpenApiRequest;
use super::parser::TaskParser;
use super::raise::ErrorTemplate;
use super::run_workflow::ChildTemplate;
use super::scope::{Position, Scope, Site};
use super::switch::SwitchCase;
use super::template::Template;
use serde_json::Value;

/// What a task does.
#[derive(Debug)]
pub(crate) enum TaskKind {
    /// `do`: runs the list at this pointer.
    Do {
        list: String,
    },
    Set(Template),
    Switch(Vec<SwitchCase>),
    CallHttp(Box<HttpRequest>),
    CallOpenApi(Box<OpenApiRequest>),
    /// Calls a function that the document defines.
    CallFunction(FunctionCall),
    /// Calls a built-in function of the runtime.
    CallBuiltIn(BuiltInCall),
    Emit(EventTemplate),
    Run(Box<ChildTemplate>),
    Raise(Box<ErrorTemplate>),
    Wait(Duration),
    For(Box<ForEach>),
    Try(Box<TryCatch>),
    Fork(Fork),
}

impl TaskKind {
    /// The options of a call over HTTP; `None` for every other kind.
    pub(crate) fn call_options(&self) -> Option<&CallOptions> {
        match self {
            Self::CallHttp(request) => Some(&request.options),
            Self::CallOpenApi(request) => Some(&request.options),
            Self::Do { .. }
            | Self::Set(_)
            | Self::Switch(_)
            | Self::CallFunction(_)
            | Self::CallBuiltIn(_)
            | Self::Emit(_)
            | Self::Run(_)
            | Self::Raise(_)
            | Self::Wait(_)
            | Self::For(_)
            | Self::Try(_)
            | Self::Fork(_) => None,
        }
    }

    /// The name of the kind in history.
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Self::Do { .. } => "do",
            Self::Set(_) => "set",
            Self::Switch(_) => "switch",
            Self::CallHttp(_) => "call:http",
            Self::CallOpenApi(_) => "call:openapi",
            Self::CallFunction(_) => "call",
            Self::CallBuiltIn(call) => call.function.kind,
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

/// The properties that tell the kind of a task. Each task has exactly one.
const TASK_KINDS: &[&str] = &[
    "call", "do", "emit", "for", "fork", "listen", "raise", "run", "set", "switch", "try", "wait",
];

impl TaskParser<'_> {
    pub(super) fn task_kind(
        &mut self,
        fields: &mut Fields<'_>,
        siblings: &[&str],
        scope: &Scope,
    ) -> Option<TaskKind> {
        let kind = self.kind_property(fields)?;
        let value = fields.take(kind)?;
        let pointer = fields.at(kind);
        let site = scope.at(Position::TaskDefinition);
        let kind = match kind {
            "do" => {
                self.list(value, &pointer, scope);
                TaskKind::Do { list: pointer }
            }
            "set" => TaskKind::Set(self.set(value, &pointer, site)),
            "switch" => TaskKind::Switch(self.cases(value, &pointer, siblings, scope)?),
            "call" => self.call(value, &pointer, fields, site)?,
            "emit" | "run" => self.action(kind, value, &pointer, site)?,
            "raise" => TaskKind::Raise(Box::new(self.raise(value, &pointer, site)?)),
            "wait" => TaskKind::Wait(Duration::parse(value, &pointer, scope, self.diagnostics)),
            "for" => TaskKind::For(Box::new(self.for_each(value, &pointer, fields, scope)?)),
            "try" => TaskKind::Try(Box::new(
                self.try_catch(value, &pointer, fields, siblings, scope)?,
            )),
            "fork" => TaskKind::Fork(self.fork(value, &pointer, scope)?),
            _ => {
                let reason = "`listen` is refused: a workflow is started by its triggers";
                self.diagnostics.add(&pointer, reason);
                return None;
            }
        };
        Some(kind)
    }

    /// `emit` or `run`.
    fn action(
        &mut self,
        kind: &str,
        value: &Value,
        pointer: &str,
        site: Site<'_>,
    ) -> Option<TaskKind> {
        let fields = Fields::of(value, pointer, self.diagnostics)?;
        if kind == "emit" {
            let event = EventTemplate::parse(fields, site, self.diagnostics)?;
            return Some(TaskKind::Emit(event));
        }
        let child = ChildTemplate::parse(fields, site, self.diagnostics)?;
        Some(TaskKind::Run(Box::new(child)))
    }

    /// The one property that tells the kind of the task.
    fn kind_property(&mut self, fields: &mut Fields<'_>) -> Option<&'static str> {
        // A `for` task has its list under `do`.
        let is_loop = fields.has("for");
        let is_given = |name: &&str| fields.has(name) && !(is_loop && *name == "do");
        let given: Vec<&'static str> = TASK_KINDS.iter().copied().filter(is_given).collect();
        if let [kind] = given.as_slice() {
            return Some(kind);
        }
        let reason = format!("a task needs exactly one of {}", TASK_KINDS.join(", "));
        self.diagnostics.add(&fields.pointer, reason);
        given.iter().for_each(|name| fields.ignore(name));
        None
    }

    fn raise(&mut self, value: &Value, pointer: &str, site: Site<'_>) -> Option<ErrorTemplate> {
        let mut fields = Fields::of(value, pointer, self.diagnostics)?;
        let error = fields.require("error", self.diagnostics)?;
        let at = fields.at("error");
        let named = self
            .components
            .resolve("errors", error, &at, self.diagnostics);
        fields.end(self.diagnostics);
        let (error, pointer) = named?;
        ErrorTemplate::parse(error, &pointer, site, self.diagnostics)
    }

    fn call(
        &mut self,
        function: &Value,
        pointer: &str,
        task: &mut Fields<'_>,
        site: Site<'_>,
    ) -> Option<TaskKind> {
        match function.as_str() {
            Some("http") => {
                let request = HttpRequest::parse(task, site, self.components, self.diagnostics)?;
                Some(TaskKind::CallHttp(Box::new(request)))
            }
            Some("openapi") => {
                let request = OpenApiRequest::parse(task, site, self.components, self.diagnostics)?;
                Some(TaskKind::CallOpenApi(Box::new(request)))
            }
            Some(protocol @ ("asyncapi" | "grpc" | "a2a" | "mcp")) => {
                task.ignore("with");
                self.diagnostics
                    .add(pointer, format!("calls of {protocol} are not supported"));
                None
            }
            Some(name) => match BuiltInFunction::find(name) {
                Some(function) if !self.components.has("functions", name) => {
                    let call = BuiltInCall::parse(function, task, site, self.diagnostics)?;
                    Some(TaskKind::CallBuiltIn(call))
                }
                Some(_) | None => Some(TaskKind::CallFunction(
                    self.function_call(name, task, site)?,
                )),
            },
            None => {
                task.ignore("with");
                self.diagnostics
                    .add(pointer, "must be the name of a function");
                None
            }
        }
    }

    fn set(&mut self, value: &Value, pointer: &str, site: Site<'_>) -> Template {
        match value {
            Value::Object(_) => Template::parse(value, pointer, site, self.diagnostics),
            Value::String(_) => Template::parse_expression(value, pointer, site, self.diagnostics),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
                self.diagnostics
                    .add(pointer, "must be an object or an expression");
                Template::parse(value, pointer, site, self.diagnostics)
            }
        }
    }
}
