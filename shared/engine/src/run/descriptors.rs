//! The values of `$task` and `$authorization` (DSL, "Runtime expression arguments").

use super::interpreter::Interpreter;
use super::stage::Stage;
use super::state::{Frame, OpenTask};
use crate::definition::Task;
use serde_json::{Value, json};

impl Interpreter<'_> {
    /// `$task` (DSL, "Task Descriptor").
    pub(super) fn task_descriptor(
        &self,
        task: &Task,
        open: &OpenTask,
        raw_output: Option<&Value>,
    ) -> Value {
        let (task, open) = self.described_task(task, open);
        json!({
            "name": task.name,
            "reference": task.pointer,
            "definition": self.definition.source(task),
            "input": *open.raw,
            "output": raw_output,
            "startedAt": date_time(open.started_at_ms),
        })
    }

    /// The task itself; for a task of an extension, the extended task.
    fn described_task<'t>(
        &'t self,
        task: &'t Task,
        open: &'t OpenTask,
    ) -> (&'t Task, &'t OpenTask) {
        let extended = task.extended.as_deref();
        let mut around = self.run.frames.iter().rev().filter_map(Frame::task);
        let around = around.find(|around| Some(around.pointer.as_str()) == extended);
        let found =
            around.and_then(|around| Some((self.definition.task(&around.pointer)?, around)));
        found.unwrap_or((task, open))
    }
}

/// `$authorization` (DSL, "Authorization Descriptor"): that of the call which the task has made.
pub(super) fn authorization_descriptor(open: &OpenTask) -> Value {
    let Stage::Calling(call) = &open.stage else {
        return Value::Null;
    };
    match call
        .authorization
        .as_deref()
        .and_then(|header| header.split_once(' '))
    {
        Some((scheme, parameter)) => json!({ "scheme": scheme, "parameter": parameter }),
        None => Value::Null,
    }
}

/// DSL, "DateTime Descriptor".
pub(super) fn date_time(at_ms: i64) -> Value {
    let iso8601 = jiff::Timestamp::from_millisecond(at_ms).map(|at| at.to_string());
    json!({
        "iso8601": iso8601.unwrap_or_default(),
        "epoch": { "seconds": at_ms.div_euclid(1_000), "milliseconds": at_ms },
    })
}
