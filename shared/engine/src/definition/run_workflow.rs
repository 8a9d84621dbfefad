//! `run: workflow`: the workflow to run as a child, and its input. Other processes are refused.

use super::diagnostics::Diagnostics;
use super::fields::Fields;
use super::scope::Site;
use super::template::Template;

/// DSL reference, "Workflow Process".
#[derive(Debug)]
pub(crate) struct ChildTemplate {
    pub(crate) namespace: Template,
    pub(crate) name: Template,
    pub(crate) version: Template,
    pub(crate) input: Option<Template>,
    pub(crate) is_awaited: bool,
}

impl ChildTemplate {
    /// Reads `run`.
    pub(super) fn parse(
        mut run: Fields<'_>,
        site: Site<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        for process in ["container", "script", "shell"] {
            let reason = "is refused: the worker runs no processes";
            run.refuse(process, reason, diagnostics);
        }
        if !["container", "script", "shell"]
            .iter()
            .any(|process| run.has(process))
        {
            run.require("workflow", diagnostics);
        }
        run.refuse(
            "return",
            "is for processes, not for a workflow",
            diagnostics,
        );
        let is_awaited = run.flag("await", diagnostics).unwrap_or(true);
        let workflow = run.object("workflow", diagnostics);
        run.end(diagnostics);
        let mut workflow = workflow?;
        workflow.require("namespace", diagnostics);
        workflow.require("name", diagnostics);
        let namespace = workflow.template("namespace", site, diagnostics);
        let name = workflow.template("name", site, diagnostics);
        let version = workflow.template("version", site, diagnostics);
        let input = workflow.template("input", site, diagnostics);
        workflow.end(diagnostics);
        Some(Self {
            namespace: namespace?,
            name: name?,
            version: version.unwrap_or_else(|| Template::text("latest")),
            input,
            is_awaited,
        })
    }
}
