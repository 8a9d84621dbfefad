//! Actions other than calls over HTTP, as a task asks for them: functions that the runtime offers, events, children.

use super::effect::{ActionKind, ChildRun};
use super::machine::{Machine, Trouble};
use super::state::OpenTask;
use crate::definition::{Emission, OfferedCall, Subflow, Task, Templated};
use crate::fault::FaultKind;
use serde_json::{Map, Value};

impl Machine<'_> {
    pub(super) fn offered_call(
        &mut self,
        call: &OfferedCall,
        task: &Task,
        open: &OpenTask,
    ) -> Result<ActionKind, Trouble> {
        let arguments = self.on_input(&call.arguments, task, open)?;
        let checked = match &arguments {
            Value::Object(arguments) => call.function.check(arguments),
            _ => Err("the arguments must be an object".to_owned()),
        };
        let name = call.function.name.to_owned();
        match checked {
            Ok(()) => Ok(ActionKind::Function { name, arguments }),
            Err(reason) => Err(FaultKind::Validation.fault(reason, &task.pointer).into()),
        }
    }

    pub(super) fn child(
        &mut self,
        subflow: &Subflow,
        task: &Task,
        open: &OpenTask,
    ) -> Result<ActionKind, Trouble> {
        let mut text =
            |template: &Templated, name: &str| match self.on_input(template, task, open)? {
                Value::String(text) if !text.is_empty() => Ok::<_, Trouble>(text),
                _ => {
                    let detail = format!("the `{name}` of the workflow to run must be a text");
                    Err(FaultKind::Expression.fault(detail, &task.pointer).into())
                }
            };
        let namespace = text(&subflow.namespace, "namespace")?;
        let name = text(&subflow.name, "name")?;
        let version = text(&subflow.version, "version")?;
        let mut input = match &subflow.input {
            Some(input) => self.on_input(input, task, open)?,
            None => Value::Object(Map::new()),
        };
        // The child's history shows its input; a child that needs a secret declares it.
        self.secrets.hide_in(&mut input);
        Ok(ActionKind::Workflow(ChildRun {
            namespace,
            name,
            version,
            input,
            is_awaited: subflow.is_awaited,
        }))
    }

    /// A CloudEvent (its specification, version 1.0). Where the document does not say otherwise, its id is the
    /// idempotency key of the task, and its time is that at which the task began.
    pub(super) fn emitted(
        &mut self,
        emission: &Emission,
        task: &Task,
        open: &OpenTask,
    ) -> Result<ActionKind, Trouble> {
        let mut attributes = self.on_input(&emission.attributes, task, open)?;
        self.secrets.hide_in(&mut attributes);
        let Value::Object(mut event) = attributes else {
            let detail = "the attributes of an event must be an object";
            return Err(FaultKind::Expression.fault(detail, &task.pointer).into());
        };
        event.retain(|_, value| !value.is_null());
        let key = format!(
            "{}{}/{}",
            self.run.context.execution_id, task.pointer, open.visit
        );
        let began = jiff::Timestamp::from_millisecond(open.started_at_ms);
        let mut default = |name: &str, value: String| {
            event.entry(name).or_insert(Value::String(value));
        };
        default("id", key);
        default("time", began.map(|at| at.to_string()).unwrap_or_default());
        default("specversion", "1.0".to_owned());
        if event.contains_key("data") {
            let json = "application/json".to_owned();
            event
                .entry("datacontenttype")
                .or_insert(Value::String(json));
        }
        check_event(&event).map_err(|reason| FaultKind::Expression.fault(reason, &task.pointer))?;
        Ok(ActionKind::Emit(Value::Object(event)))
    }
}

/// CloudEvents 1.0, "Context Attributes".
fn check_event(event: &Map<String, Value>) -> Result<(), String> {
    let text = |name: &str| event.get(name).and_then(Value::as_str);
    for name in ["id", "source", "type"] {
        if text(name).is_none_or(str::is_empty) {
            return Err(format!("the `{name}` of an event must be a text"));
        }
    }
    if text("specversion") != Some("1.0") {
        return Err("the `specversion` of an event is 1.0".to_owned());
    }
    if text("time").is_none_or(|time| time.parse::<jiff::Timestamp>().is_err()) {
        return Err(
            "the `time` of an event must be a time such as 2025-01-31T12:00:00Z".to_owned(),
        );
    }
    let is_data = |name: &str| matches!(name, "data" | "data_base64");
    for (name, value) in event.iter().filter(|(name, _)| !is_data(name)) {
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        if !name.bytes().all(is_name) || name.is_empty() {
            return Err(format!(
                "`{name}`: attributes of events are named in a-z and 0-9"
            ));
        }
        if value.is_array() || value.is_object() {
            return Err(format!(
                "the attribute `{name}` of an event must be a scalar"
            ));
        }
    }
    Ok(())
}
