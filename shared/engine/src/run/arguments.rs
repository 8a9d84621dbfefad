//! The arguments of expressions (DSL, "Runtime expression arguments").

use super::descriptors::{authorization_descriptor, date_time};
use super::interpreter::Interpreter;
use super::stage::Stage;
use super::state::{Frame, OpenTask};
use crate::definition::{Task, TaskKind};
use serde_json::{Value, json};

/// The input of an expression, and the sources of its arguments.
pub(super) struct EvaluationContext<'c> {
    /// The value of `.`.
    pub(super) input: Value,
    /// The instance of a fault of the expression.
    pub(super) instance: &'c str,
    pub(super) task: Option<(&'c Task, &'c OpenTask)>,
    /// The output of the task before `output.as`.
    pub(super) raw_output: Option<&'c Value>,
    /// The error that `catch` and `retry` see.
    pub(super) caught: Option<CaughtError<'c>>,
    /// The output of the task after `output.as`.
    pub(super) output: Option<&'c Value>,
}

impl<'c> EvaluationContext<'c> {
    /// The context of an expression of a task.
    pub(super) fn of_task(task: &'c Task, open: &'c OpenTask, input: Value) -> Self {
        Self {
            input,
            instance: &task.pointer,
            task: Some((task, open)),
            caught: None,
            raw_output: None,
            output: None,
        }
    }
}

/// An error, and the variable that holds it, with its `$`.
#[derive(Clone, Copy)]
pub(super) struct CaughtError<'c> {
    pub(super) name: &'c str,
    pub(super) error: &'c Value,
}

impl Interpreter<'_> {
    /// The value of an argument, by its name with `$`.
    pub(super) fn argument(&self, name: &str, context: &EvaluationContext<'_>) -> Value {
        let open = context.task.map(|(_, open)| open);
        match name {
            "$context" => self.run.exported.to_value(),
            "$input" => open.map_or(Value::Null, |open| open.input().to_value()),
            "$output" => context.output.cloned().unwrap_or_default(),
            "$secrets" => self.secrets.of(self.definition.secrets()),
            "$task" => context.task.map_or(Value::Null, |(task, open)| {
                self.task_descriptor(task, open, context.raw_output)
            }),
            "$workflow" => json!({
                "id": self.run.context.execution_id,
                "definition": self.definition.document(),
                "input": *self.run.input,
                "startedAt": date_time(self.run.context.started_at_ms),
            }),
            "$runtime" => {
                json!({ "name": "sluice", "version": env!("CARGO_PKG_VERSION"), "metadata": {} })
            }
            "$authorization" => open.map_or(Value::Null, authorization_descriptor),
            local => match context.caught {
                Some(caught) if caught.name == local => caught.error.clone(),
                Some(_) | None => self.local_variable(local, open),
            },
        }
    }

    /// A variable of a loop or of a caught error; the innermost of that name.
    fn local_variable(&self, name: &str, open: Option<&OpenTask>) -> Value {
        let around = self.run.frames.iter().rev().filter_map(Frame::task);
        open.into_iter()
            .chain(around)
            .find_map(|open| self.variable_of(name, open))
            .unwrap_or_default()
    }

    /// The variable, if this task defines it.
    fn variable_of(&self, name: &str, open: &OpenTask) -> Option<Value> {
        match (&self.definition.task(&open.pointer)?.kind, &open.stage) {
            (TaskKind::For(each), Stage::Looping { items, index }) => {
                if name == each.item_name {
                    return items.get(*index).cloned();
                }
                (name == each.index_name).then(|| Value::from(*index))
            }
            (TaskKind::Try(try_catch), Stage::Catching { error, .. }) => (name
                == try_catch.error_name)
                .then(|| serde_json::to_value(error).unwrap_or_default()),
            _ => None,
        }
    }
}
