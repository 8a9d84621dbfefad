//! Parses and checks a workflow document. A document that is accepted can run; a refusal lists every problem.
//!
//! Knows the language; nothing of executions.

mod authentication;
mod built_in;
mod call;
mod components;
mod composite;
mod diagnostics;
mod duration;
mod embedded;
mod emit;
mod extension;
mod fields;
mod identity;
mod openapi;
mod parser;
mod raise;
mod retry;
mod run_workflow;
mod scope;
mod secrets;
mod switch;
mod task;
mod task_kind;
mod template;
mod transform;

#[cfg(test)]
mod tests;

pub(crate) use authentication::{Authentication, Scheme};
pub(crate) use built_in::BuiltInCall;
pub(crate) use call::{CallOptions, HttpRequest, OutputFormat};
pub(crate) use composite::TryCatch;
pub(crate) use duration::{Duration, duration_ms};
pub(crate) use emit::EventTemplate;
pub(crate) use extension::Extension;
pub(crate) use identity::check_name;
pub(crate) use openapi::OpenApiRequest;
pub(crate) use raise::{ErrorTemplate, status_code};
pub(crate) use retry::Retry;
pub(crate) use run_workflow::{ChildTemplate, NameCheck, check_child_version};
pub(crate) use switch::SwitchCase;
pub(crate) use task::{FlowDirective, Task};
pub(crate) use task_kind::TaskKind;
pub(crate) use template::Template;
pub(crate) use transform::Transform;

use crate::nesting::depth;
use crate::problem::Problem;
use components::Components;
use diagnostics::Diagnostics;
use fields::Fields;
use identity::{WorkflowIdentity, check_evaluation, read_identity};
use parser::TaskParser;
use scope::Position;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// A workflow that can run.
#[derive(Debug)]
pub struct Definition {
    document: Value,
    identity: WorkflowIdentity,
    secrets: Vec<String>,
    pub(crate) input: Transform,
    pub(crate) output: Transform,
    pub(crate) timeout: Option<Duration>,
    /// The lists of tasks, by their pointers.
    lists: BTreeMap<String, Vec<Task>>,
    /// The pointer of the list of each task and the index in it, by the pointer of the task.
    task_index: HashMap<String, (String, usize)>,
}

/// The most levels that a document may nest.
const MAX_DOCUMENT_DEPTH: usize = 80;
/// The pointer of the list of tasks of the workflow.
pub(crate) const ROOT: &str = "/do";

impl Definition {
    /// Reads a document of the Open Workflow Specification 1.0 (formerly Serverless Workflow).
    ///
    /// # Errors
    /// Every problem of the document at once, each with its pointer.
    pub fn parse(document: &Value) -> Result<Self, Vec<Problem>> {
        let mut diagnostics = Diagnostics::default();
        if depth(document) > MAX_DOCUMENT_DEPTH {
            diagnostics.add(
                "",
                format!("the document nests deeper than {MAX_DOCUMENT_DEPTH} levels"),
            );
            return Err(diagnostics.finish());
        }
        let parsed = read(document, &mut diagnostics);
        let problems = diagnostics.finish();
        match parsed {
            Some(definition) if problems.is_empty() => Ok(definition),
            Some(_) | None => Err(problems),
        }
    }

    /// `document.name`.
    pub fn name(&self) -> &str {
        &self.identity.name
    }

    /// `document.namespace`.
    pub fn namespace(&self) -> &str {
        &self.identity.namespace
    }

    /// `document.version`: the author's version, not the version number that Sluice counts up.
    pub fn version(&self) -> &str {
        &self.identity.version
    }

    /// The names of the secrets that the document declares (`use.secrets`); [`advance`](crate::advance) needs their values.
    pub fn secrets(&self) -> &[String] {
        &self.secrets
    }

    /// The document that was parsed.
    pub fn document(&self) -> &Value {
        &self.document
    }

    pub(crate) fn list(&self, pointer: &str) -> Option<&[Task]> {
        self.lists.get(pointer).map(Vec::as_slice)
    }

    /// The JSON of a task. That of a function's task is where the function is defined.
    pub(crate) fn source(&self, task: &Task) -> Option<&Value> {
        let direct = || self.document.pointer(&task.pointer);
        let in_function = || {
            let (_, rest) = task.pointer.rsplit_once("/call/0/")?;
            self.document.pointer(&format!("/use/functions/{rest}"))
        };
        direct().or_else(in_function)
    }

    pub(crate) fn task(&self, pointer: &str) -> Option<&Task> {
        let (list, index) = self.task_index.get(pointer)?;
        self.lists.get(list)?.get(*index)
    }
}

fn read(document: &Value, diagnostics: &mut Diagnostics) -> Option<Definition> {
    let components = Components::of(document);
    let scope = components.scope();
    let mut fields = Fields::of(document, "", diagnostics)?;
    fields.require("document", diagnostics);
    let identity = fields
        .object("document", diagnostics)
        .and_then(|document| read_identity(document, diagnostics));
    check_evaluation(&mut fields, diagnostics);
    fields.refuse(
        "schedule",
        "`schedule` is refused: a workflow is started by its triggers",
        diagnostics,
    );
    let secrets = components.secrets(diagnostics);
    let mut parser = TaskParser::new(diagnostics, components);
    parser.check_components(&mut fields);
    let timeout = parser.timeout(&mut fields, &scope);
    let at_input = scope.at(Position::WorkflowInput);
    let input = parser.transform(&mut fields, "input", "from", at_input);
    let at_output = scope.at(Position::WorkflowOutput);
    let output = parser.transform(&mut fields, "output", "as", at_output);
    if let Some(list) = fields.require("do", parser.diagnostics) {
        parser.list(list, ROOT, &scope);
    }
    let lists = parser.lists.into_map();
    fields.end(diagnostics);
    let task_index = index_tasks(&lists);
    Some(Definition {
        document: document.clone(),
        identity: identity?,
        secrets,
        input,
        output,
        timeout,
        lists,
        task_index,
    })
}

fn index_tasks(lists: &BTreeMap<String, Vec<Task>>) -> HashMap<String, (String, usize)> {
    let mut index = HashMap::new();
    for (list, tasks) in lists {
        for (at, task) in tasks.iter().enumerate() {
            index.insert(task.pointer.clone(), (list.clone(), at));
        }
    }
    index
}
