//! `run: workflow`: which workflow to run as a child, with what. Other processes are refused.

use super::fields::{Fields, Findings};
use super::template::{Place, Scope, Templated};

/// DSL reference, "Workflow Process".
#[derive(Debug)]
pub(crate) struct Subflow {
    pub(crate) namespace: Templated,
    pub(crate) name: Templated,
    pub(crate) version: Templated,
    pub(crate) input: Option<Templated>,
    pub(crate) is_awaited: bool,
}

impl Subflow {
    /// Reads `run`.
    pub(super) fn parse(
        mut run: Fields<'_>,
        at: (&Scope, Place),
        findings: &mut Findings,
    ) -> Option<Self> {
        for process in ["container", "script", "shell"] {
            let reason = "is refused: nothing runs on the worker itself";
            run.refuse(process, reason, findings);
        }
        if !["container", "script", "shell"]
            .iter()
            .any(|process| run.has(process))
        {
            run.require("workflow", findings);
        }
        run.refuse("return", "is for processes, not for a workflow", findings);
        let is_awaited = run.flag("await", findings).unwrap_or(true);
        let workflow = run.object("workflow", findings);
        run.end(findings);
        let mut workflow = workflow?;
        workflow.require("namespace", findings);
        workflow.require("name", findings);
        let namespace = workflow.template("namespace", at, findings);
        let name = workflow.template("name", at, findings);
        let version = workflow.template("version", at, findings);
        let input = workflow.template("input", at, findings);
        workflow.end(findings);
        Some(Self {
            namespace: namespace?,
            name: name?,
            version: version.unwrap_or_else(|| Templated::text("latest")),
            input,
            is_awaited,
        })
    }
}
