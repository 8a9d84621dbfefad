//! `run: workflow`: the workflow to run as a child, and its input. Other processes are refused.

use super::diagnostics::Diagnostics;
use super::fields::Fields;
use super::identity::{check_name, check_version};
use super::scope::Site;
use super::template::Template;
use serde_json::Value;

/// The processes of the DSL that are refused.
const PROCESSES: [&str; 3] = ["container", "script", "shell"];

/// DSL reference, "Workflow Process".
#[derive(Debug)]
pub(crate) struct ChildTemplate {
    pub(crate) namespace: Template,
    pub(crate) name: Template,
    pub(crate) version: Template,
    pub(crate) input: Option<Template>,
    pub(crate) is_awaited: bool,
    /// `return: none`: the output of the task is null.
    pub(crate) returns_none: bool,
}

impl ChildTemplate {
    /// Reads `run`.
    pub(super) fn parse(
        mut run: Fields<'_>,
        site: Site<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let is_process = refuse_processes(&mut run, diagnostics);
        let returns_none = if is_process {
            run.ignore("return");
            false
        } else {
            run.require("workflow", diagnostics);
            returns_none(&mut run, diagnostics)
        };
        let is_awaited = run.flag("await", diagnostics).unwrap_or(true);
        let workflow = run.object("workflow", diagnostics);
        run.end(diagnostics);
        let mut workflow = workflow?;
        workflow.require("namespace", diagnostics);
        workflow.require("name", diagnostics);
        let mut part = |name: &str, check: NameCheck| {
            let template = workflow.template(name, site, diagnostics)?;
            let literal = template.literal().and_then(Value::as_str);
            if let Some(Err(reason)) = literal.map(check) {
                diagnostics.add(&workflow.at(name), reason);
            }
            Some(template)
        };
        let namespace = part("namespace", check_name);
        let name = part("name", check_name);
        let version = part("version", check_child_version);
        let input = workflow.template("input", site, diagnostics);
        workflow.end(diagnostics);
        Some(Self {
            namespace: namespace?,
            name: name?,
            version: version.unwrap_or_else(|| Template::text("latest")),
            input,
            is_awaited,
            returns_none,
        })
    }
}

/// A check of a text; the error is a sentence without its subject.
pub(crate) type NameCheck = fn(&str) -> Result<(), String>;

/// Checks the version of a workflow to run: a semantic version, or `latest`.
pub(crate) fn check_child_version(version: &str) -> Result<(), String> {
    match version {
        "latest" => Ok(()),
        _ => check_version(version),
    }
}

/// Refuses every process; whether there was one.
fn refuse_processes(run: &mut Fields<'_>, diagnostics: &mut Diagnostics) -> bool {
    let is_process = PROCESSES.iter().any(|process| run.has(process));
    for process in PROCESSES {
        let reason = "is refused: the worker runs no processes";
        run.refuse(process, reason, diagnostics);
    }
    is_process
}

/// Reads `return`. A workflow has an output, which is what `stdout`, the default, stands for; it has no exit code.
fn returns_none(run: &mut Fields<'_>, diagnostics: &mut Diagnostics) -> bool {
    match run.text("return", diagnostics) {
        None | Some("stdout") => false,
        Some("none") => true,
        Some(_) => {
            let reason = "must be `none`, or `stdout` for the output of the workflow";
            diagnostics.add(&run.at("return"), reason);
            false
        }
    }
}
