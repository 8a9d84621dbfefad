//! Tasks: what they do, and what surrounds it (condition, input, output, export, where it goes next).

use super::action::Action;
use super::components::Components;
use super::duration::Duration;
use super::extension::Extension;
use super::fields::{Fields, Findings};
use super::filter::{Filter, Schemas};
use super::template::{Place, Scope, Templated};
use crate::problem::child;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A task at its place in the document.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) name: String,
    /// The JSON pointer of the task, which is also its reference in the DSL (`/do/2/name`).
    pub(crate) pointer: String,
    pub(crate) condition: Option<Templated>,
    pub(crate) input: Filter,
    pub(crate) output: Filter,
    pub(crate) export: Filter,
    pub(crate) timeout: Option<Duration>,
    pub(crate) then: Then,
    pub(crate) action: Action,
    /// What runs before and after it.
    pub(crate) extensions: Vec<Extension>,
    /// The pointer of the task that this one extends: `$task` is that one.
    pub(crate) extended: Option<String>,
}

impl Task {
    /// Whether it can send the flow to another task of its list.
    pub(super) fn jumps(&self) -> bool {
        let is_jump = |then: Then| matches!(then, Then::Jump(_));
        is_jump(self.then)
            || matches!(&self.action, Action::Switch(cases) if cases.iter().any(|case| is_jump(case.then)))
    }
}

/// Where the flow goes after a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Then {
    Continue,
    /// Leave the list that the task stands in.
    Exit,
    /// Leave the workflow.
    End,
    /// On to the task at this place of the same list.
    Jump(usize),
}

/// What the reading of tasks needs to know, and what it fills.
pub(super) struct Tasks<'a> {
    pub(super) findings: &'a mut Findings,
    /// Every list found, by its pointer.
    pub(super) lists: BTreeMap<String, Vec<Task>>,
    pub(super) components: Components<'a>,
    /// The functions whose tasks are being read, outermost first.
    pub(super) inside: Vec<String>,
    /// The pointer of the task whose extension is being read.
    pub(super) extended: Option<String>,
    pub(super) schemas: Schemas,
}

/// How many tasks a document may have, those of a function counted for each of its calls.
const MAX_TASKS: usize = 5_000;

impl<'a> Tasks<'a> {
    /// Reads the list of tasks at `pointer`, and everything inside it.
    pub(super) fn list(&mut self, value: &Value, pointer: &str, scope: &Scope) {
        let Some(items) = value.as_array() else {
            self.findings.add(
                pointer,
                "must be a list of tasks, each an object with one name",
            );
            return;
        };
        if items.is_empty() {
            self.findings.add(pointer, "must hold at least one task");
        }
        let names: Vec<&str> = items.iter().map(only_key).collect();
        let mut tasks = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            let place = format!("{pointer}/{at}");
            let Some((name, body)) = only_entry(item) else {
                self.findings.add(&place, "must be an object with one name");
                continue;
            };
            if names.iter().take(at).any(|earlier| *earlier == name) {
                self.findings.add(
                    &place,
                    format!("there is another task `{name}` in this list"),
                );
            }
            tasks.extend(self.task(name, body, &child(&place, name), &names, scope));
        }
        self.lists.insert(pointer.to_owned(), tasks);
        self.check_size();
    }

    /// Refuses a document that grows too large.
    pub(super) fn check_size(&mut self) {
        if self.is_too_large() {
            self.findings
                .add("", format!("the document has more than {MAX_TASKS} tasks"));
        }
    }

    pub(super) fn is_too_large(&self) -> bool {
        self.lists.values().map(Vec::len).sum::<usize>() > MAX_TASKS
    }

    pub(super) fn task(
        &mut self,
        name: &str,
        body: &Value,
        pointer: &str,
        siblings: &[&str],
        scope: &Scope,
    ) -> Option<Task> {
        let mut fields = Fields::of(body, pointer, self.findings)?;
        let condition = fields.expression("if", (scope, Place::TaskInput), self.findings);
        let input = self.filter(&mut fields, "input", "from", (scope, Place::TaskInput));
        let output = self.filter(&mut fields, "output", "as", (scope, Place::TaskOutput));
        let export = self.filter(&mut fields, "export", "as", (scope, Place::TaskExport));
        let then = self.then(&mut fields, siblings);
        fields.ignore("metadata");
        let timeout = self.timeout(&mut fields, scope);
        let action = self.action(&mut fields, siblings, scope);
        fields.end(self.findings);
        let action = action?;
        let extensions = self.extensions_of(&action, pointer);
        let extended = self.extended.clone();
        let (name, pointer) = (name.to_owned(), pointer.to_owned());
        Some(Task {
            name,
            pointer,
            condition,
            input,
            output,
            export,
            timeout,
            then,
            action,
            extensions,
            extended,
        })
    }

    pub(super) fn then(&mut self, fields: &mut Fields<'_>, siblings: &[&str]) -> Then {
        match fields.text("then", self.findings) {
            Some(directive) => {
                let pointer = fields.at("then");
                self.directive(directive, &pointer, siblings)
            }
            None => Then::Continue,
        }
    }

    fn directive(&mut self, directive: &str, pointer: &str, siblings: &[&str]) -> Then {
        match directive {
            "continue" => Then::Continue,
            "exit" => Then::Exit,
            "end" => Then::End,
            name => match siblings.iter().position(|sibling| *sibling == name) {
                Some(at) => Then::Jump(at),
                None => {
                    self.findings
                        .add(pointer, format!("there is no task `{name}` in this list"));
                    Then::Continue
                }
            },
        }
    }
}

/// The name and body of an object with one entry.
pub(super) fn only_entry(item: &Value) -> Option<(&str, &Value)> {
    let mut entries = item.as_object()?.iter();
    let (name, body) = entries.next()?;
    entries.next().is_none().then_some((name, body))
}

fn only_key(item: &Value) -> &str {
    only_entry(item).map_or("", |(name, _)| name)
}
