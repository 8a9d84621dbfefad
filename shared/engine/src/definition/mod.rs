//! A workflow document, checked whole: what is accepted here can run, and what is refused is refused with every reason.
//!
//! Knows the language; nothing of executions.

mod action;
mod authentication;
mod call;
mod components;
mod composite;
mod duration;
mod emission;
mod extension;
mod fields;
mod filter;
mod functions;
mod heading;
mod openapi;
mod raise;
mod retry;
mod secrets;
mod subflow;
mod switch;
mod task;
mod template;

#[cfg(test)]
mod tests;

pub(crate) use action::Action;
pub(crate) use authentication::{Authentication, Scheme};
pub(crate) use call::{Exchange, HttpRequest, OutputFormat};
pub(crate) use composite::TryCatch;
pub(crate) use duration::{Duration, milliseconds};
pub(crate) use emission::Emission;
pub(crate) use extension::Extension;
pub(crate) use filter::Filter;
pub(crate) use functions::OfferedCall;
pub(crate) use openapi::OpenApiRequest;
pub(crate) use raise::{ErrorTemplate, status_code};
pub(crate) use retry::Retry;
pub(crate) use subflow::Subflow;
pub(crate) use switch::Case;
pub(crate) use task::{Task, Then};
pub(crate) use template::Templated;

use crate::deep::depth;
use crate::problem::Problem;
use components::Components;
use fields::{Fields, Findings};
use filter::Schemas;
use heading::{Heading, check_evaluation, read_heading};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use task::Tasks;
use template::Place;

/// A workflow that can run.
#[derive(Debug)]
pub struct Definition {
    document: Value,
    namespace: String,
    name: String,
    version: String,
    secrets: Vec<String>,
    pub(crate) input: Filter,
    pub(crate) output: Filter,
    pub(crate) timeout: Option<Duration>,
    /// The lists of tasks, by their pointers.
    lists: BTreeMap<String, Vec<Task>>,
    /// Where each task stands: its list, and its place there.
    places: HashMap<String, (String, usize)>,
}

/// The deepest nesting of a document.
const MAX_DOCUMENT_DEPTH: usize = 80;
/// The pointer of the workflow's own list of tasks.
pub(crate) const ROOT: &str = "/do";

impl Definition {
    /// Reads a document of the Serverless Workflow DSL 1.0.
    ///
    /// # Errors
    /// Every problem of the document at once, each with its pointer.
    pub fn parse(document: &Value) -> Result<Self, Vec<Problem>> {
        let mut findings = Findings::default();
        if depth(document) > MAX_DOCUMENT_DEPTH {
            findings.add(
                "",
                format!("the document nests deeper than {MAX_DOCUMENT_DEPTH} levels"),
            );
            return Err(findings.conclude());
        }
        let parsed = read(document, &mut findings);
        let problems = findings.conclude();
        match parsed {
            Some(definition) if problems.is_empty() => Ok(definition),
            Some(_) | None => Err(problems),
        }
    }

    /// `document.name`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `document.namespace`.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// `document.version`: the author's, which is not the version that Sluice counts.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The names of the secrets that the document declares (`use.secrets`): what an execution has to be given.
    pub fn secrets(&self) -> &[String] {
        &self.secrets
    }

    /// The document as it was read.
    pub fn document(&self) -> &Value {
        &self.document
    }

    pub(crate) fn list(&self, pointer: &str) -> Option<&[Task]> {
        self.lists.get(pointer).map(Vec::as_slice)
    }

    /// The task as it stands in the document; that of a function stands where the function is defined.
    pub(crate) fn source(&self, task: &Task) -> Option<&Value> {
        let direct = || self.document.pointer(&task.pointer);
        let in_function = || {
            let (_, rest) = task.pointer.rsplit_once("/call/0/")?;
            self.document.pointer(&format!("/use/functions/{rest}"))
        };
        direct().or_else(in_function)
    }

    pub(crate) fn task(&self, pointer: &str) -> Option<&Task> {
        let (list, at) = self.places.get(pointer)?;
        self.lists.get(list)?.get(*at)
    }
}

fn read(document: &Value, findings: &mut Findings) -> Option<Definition> {
    let components = Components::of(document);
    let scope = components.scope();
    let mut fields = Fields::of(document, "", findings)?;
    fields.require("document", findings);
    let heading = fields
        .object("document", findings)
        .map(|heading| read_heading(heading, findings));
    check_evaluation(&mut fields, findings);
    fields.refuse(
        "schedule",
        "`schedule` is refused: a workflow is started by its triggers",
        findings,
    );
    let secrets = components.secrets(findings);
    let (lists, inside, schemas) = (BTreeMap::new(), Vec::new(), Schemas::default());
    let mut tasks = Tasks {
        findings,
        lists,
        components,
        inside,
        extended: None,
        schemas,
    };
    tasks.components(&mut fields);
    let timeout = tasks.timeout(&mut fields, &scope);
    let at_input = (&scope, Place::WorkflowInput);
    let input = tasks.filter(&mut fields, "input", "from", at_input);
    let at_output = (&scope, Place::WorkflowOutput);
    let output = tasks.filter(&mut fields, "output", "as", at_output);
    if let Some(list) = fields.require("do", tasks.findings) {
        tasks.list(list, ROOT, &scope);
    }
    let Tasks {
        lists, findings, ..
    } = tasks;
    fields.end(findings);
    let places = places(&lists);
    let Heading {
        namespace,
        name,
        version,
    } = heading??;
    let document = document.clone();
    Some(Definition {
        document,
        namespace,
        name,
        version,
        secrets,
        input,
        output,
        timeout,
        lists,
        places,
    })
}

fn places(lists: &BTreeMap<String, Vec<Task>>) -> HashMap<String, (String, usize)> {
    let of_list = |(pointer, tasks): (&String, &Vec<Task>)| {
        let each = tasks.iter().enumerate();
        each.map(|(at, task)| (task.pointer.clone(), (pointer.clone(), at)))
            .collect::<Vec<_>>()
    };
    lists.iter().flat_map(of_list).collect()
}
