//! Tasks: their condition, input, output, export and timeout, and the flow directive after them.

use super::duration::Duration;
use super::extension::Extension;
use super::fields::Fields;
use super::parser::TaskParser;
use super::scope::{Position, Scope};
use super::task_kind::TaskKind;
use super::template::Template;
use super::transform::Transform;
use crate::problem::child_pointer;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A task of the document.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) name: String,
    /// The JSON pointer of the task, which the DSL calls its reference (`/do/2/name`).
    pub(crate) pointer: String,
    pub(crate) condition: Option<Template>,
    pub(crate) input: Transform,
    pub(crate) output: Transform,
    pub(crate) export: Transform,
    pub(crate) timeout: Option<Duration>,
    pub(crate) then: FlowDirective,
    pub(crate) kind: TaskKind,
    /// The extensions that run before and after this task.
    pub(crate) extensions: Vec<Extension>,
    /// For a task of an extension: the pointer of the extended task, which is `$task`.
    pub(crate) extended: Option<String>,
}

impl Task {
    /// Whether it can continue at another task of its list.
    pub(super) fn jumps(&self) -> bool {
        let is_jump = |then: FlowDirective| matches!(then, FlowDirective::Jump(_));
        let by_kind = match &self.kind {
            TaskKind::Switch(cases) => cases.iter().any(|case| is_jump(case.then)),
            TaskKind::Try(try_catch) => try_catch.then.is_some_and(is_jump),
            _ => false,
        };
        is_jump(self.then) || by_kind
    }
}

/// Where the flow continues after a task (DSL reference, "Flow Directive").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum FlowDirective {
    Continue,
    /// Leave the list that contains the task.
    Exit,
    /// End the workflow.
    End,
    /// Continue at the task with this index of the same list.
    Jump(usize),
}

impl TaskParser<'_> {
    /// Reads the list of tasks at `pointer`, and everything inside it.
    pub(super) fn list(&mut self, value: &Value, pointer: &str, scope: &Scope) {
        let Some(items) = value.as_array() else {
            let reason = "must be a list of tasks, each an object with one name";
            self.diagnostics.add(pointer, reason);
            return;
        };
        if items.is_empty() {
            self.diagnostics.add(pointer, "must hold at least one task");
        }
        let names: Vec<&str> = items.iter().map(only_key).collect();
        let mut tasks = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let item_pointer = format!("{pointer}/{index}");
            let Some((name, body)) = only_entry(item) else {
                self.diagnostics
                    .add(&item_pointer, "must be an object with one name");
                continue;
            };
            let task_pointer = child_pointer(&item_pointer, name);
            tasks.extend(self.task(name, body, &task_pointer, &names, scope));
        }
        self.lists.insert(pointer.to_owned(), tasks);
        self.check_size();
    }

    pub(super) fn task(
        &mut self,
        name: &str,
        body: &Value,
        pointer: &str,
        siblings: &[&str],
        scope: &Scope,
    ) -> Option<Task> {
        let mut fields = Fields::of(body, pointer, self.diagnostics)?;
        let at_input = scope.at(Position::TaskInput);
        let condition = fields.expression("if", at_input, self.diagnostics);
        let input = self.transform(&mut fields, "input", "from", at_input);
        let output = self.transform(&mut fields, "output", "as", scope.at(Position::TaskOutput));
        let export = self.transform(&mut fields, "export", "as", scope.at(Position::TaskExport));
        let then = self.then(&mut fields, siblings);
        let then = then.unwrap_or(FlowDirective::Continue);
        fields.ignore("metadata");
        let timeout = self.timeout(&mut fields, scope);
        let kind = self.task_kind(&mut fields, siblings, scope);
        fields.end(self.diagnostics);
        let kind = kind?;
        let extensions = self.extensions_of(&kind, pointer);
        Some(Task {
            name: name.to_owned(),
            pointer: pointer.to_owned(),
            condition,
            input,
            output,
            export,
            timeout,
            then,
            kind,
            extensions,
            extended: self.extended.clone(),
        })
    }

    /// Reads `then`, which may name one of the siblings.
    pub(super) fn then(
        &mut self,
        fields: &mut Fields<'_>,
        siblings: &[&str],
    ) -> Option<FlowDirective> {
        let directive = fields.text("then", self.diagnostics)?;
        let pointer = fields.at("then");
        Some(self.directive(directive, &pointer, siblings))
    }

    fn directive(&mut self, directive: &str, pointer: &str, siblings: &[&str]) -> FlowDirective {
        match directive {
            "continue" => FlowDirective::Continue,
            "exit" => FlowDirective::Exit,
            "end" => FlowDirective::End,
            name => self.jump(name, pointer, siblings),
        }
    }

    /// The directive to continue at the sibling of this name.
    fn jump(&mut self, name: &str, pointer: &str, siblings: &[&str]) -> FlowDirective {
        let mut indexes = siblings
            .iter()
            .enumerate()
            .filter(|(_, sibling)| **sibling == name);
        let reason = match (indexes.next(), indexes.next()) {
            (Some((index, _)), None) => return FlowDirective::Jump(index),
            (Some(_), Some(_)) => format!("there are several tasks `{name}` in this list"),
            (None, _) => format!("there is no task `{name}` in this list"),
        };
        self.diagnostics.add(pointer, reason);
        FlowDirective::Continue
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
