//! What `$workflow`, `$task` and `$authorization` show (DSL, "Runtime expression arguments").

use super::arguments::Setting;
use super::machine::Machine;
use super::state::{OpenTask, Stage};
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
        let Some((task, open)) = setting.task else {
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
