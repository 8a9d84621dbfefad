//! What `$workflow`, `$task` and `$authorization` show (DSL, "Runtime expression arguments").

use super::arguments::Setting;
use super::machine::Machine;
use super::stage::Stage;
use super::state::{Frame, OpenTask};
use crate::definition::Task;
use serde_json::{Value, json};

impl Machine<'_> {
    /// DSL, "Workflow Descriptor".
    pub(super) fn workflow_descriptor(&self) -> Value {
        json!({
            "id": self.run.context.execution_id,
            "definition": self.definition.document(),
            "input": self.run.input,
            "startedAt": moment(self.run.context.started_at_ms),
        })
    }

    /// DSL, "Task Descriptor".
    pub(super) fn task_descriptor(&self, setting: &Setting<'_>) -> Value {
        let Some((task, open)) = setting.task.map(|(task, open)| self.meant(task, open)) else {
            return Value::Null;
        };
        json!({
            "name": task.name,
            "reference": task.pointer,
            "definition": self.definition.source(task),
            "input": open.raw,
            "output": setting.raw_output,
            "startedAt": moment(open.started_at_ms),
        })
    }
}

impl Machine<'_> {
    /// The task itself, or for a task of an extension the one that it extends.
    fn meant<'s>(&'s self, task: &'s Task, open: &'s OpenTask) -> (&'s Task, &'s OpenTask) {
        let extended = task.extended.as_deref();
        let around = self.run.frames.iter().rev().find_map(|frame| match frame {
            Frame::Task(around) if Some(around.at.as_str()) == extended => Some(&**around),
            Frame::Task(_) | Frame::List { .. } | Frame::Branch { .. } => None,
        });
        let found = around.and_then(|around| Some((self.definition.task(&around.at)?, around)));
        found.unwrap_or((task, open))
    }
}

/// DSL, "Authorization Descriptor": of the call that the task has made.
pub(super) fn authorization(open: &OpenTask) -> Value {
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
fn moment(at_ms: i64) -> Value {
    let iso8601 = jiff::Timestamp::from_millisecond(at_ms).map(|at| at.to_string());
    json!({
        "iso8601": iso8601.unwrap_or_default(),
        "epoch": { "seconds": at_ms.div_euclid(1_000), "milliseconds": at_ms },
    })
}
