//! Actions other than calls over HTTP: built-in functions, events, child workflows.

use super::effect::{ActionKind, ChildRun};
use super::interpreter::{Failure, Interpreter};
use super::state::OpenTask;
use crate::definition::{
    BuiltInCall, ChildTemplate, EventTemplate, NameCheck, Task, Template, check_child_version,
    check_name,
};
use crate::fault::FaultKind;
use crate::uri::percent_encode;
use serde_json::{Map, Value};

impl Interpreter<'_> {
    pub(super) fn built_in_call(
        &mut self,
        call: &BuiltInCall,
        task: &Task,
        open: &OpenTask,
    ) -> Result<ActionKind, Failure> {
        let arguments = self.evaluate_on_input(&call.arguments, task, open)?;
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

    pub(super) fn child_workflow(
        &mut self,
        child: &ChildTemplate,
        task: &Task,
        open: &OpenTask,
    ) -> Result<ActionKind, Failure> {
        let mut text = |template: &Template, name: &str, check: NameCheck| {
            let value = self.evaluate_on_input(template, task, open)?;
            let reason = match value.as_str().map(check) {
                Some(Ok(())) => {
                    return Ok::<_, Failure>(value.as_str().unwrap_or_default().to_owned());
                }
                Some(Err(reason)) => reason,
                None => "must be a string".to_owned(),
            };
            let detail = format!("the `{name}` of the workflow to run {reason}");
            Err(FaultKind::Expression.fault(detail, &task.pointer).into())
        };
        let namespace = text(&child.namespace, "namespace", check_name)?;
        let name = text(&child.name, "name", check_name)?;
        let version = text(&child.version, "version", check_child_version)?;
        let mut input = match &child.input {
            Some(input) => self.evaluate_on_input(input, task, open)?,
            None => Value::Object(Map::new()),
        };
        // The history of the child shows its input. A child that needs a secret declares it itself.
        self.secrets.redact_value(&mut input);
        Ok(ActionKind::Workflow(ChildRun {
            namespace,
            name,
            version,
            input,
            is_awaited: child.is_awaited,
        }))
    }

    /// The CloudEvent (CloudEvents 1.0) of an `emit`. By default its id is the idempotency key of the task, its source is
    /// `/{namespace}/{name}/{version}` of the workflow, and its time is when the task began.
    pub(super) fn cloud_event(
        &mut self,
        template: &EventTemplate,
        task: &Task,
        open: &OpenTask,
    ) -> Result<ActionKind, Failure> {
        let mut attributes = self.evaluate_on_input(&template.attributes, task, open)?;
        self.secrets.redact_value(&mut attributes);
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
        default("source", self.event_source());
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

impl Interpreter<'_> {
    fn event_source(&self) -> String {
        let definition = self.definition;
        let parts = [
            definition.namespace(),
            definition.name(),
            definition.version(),
        ];
        parts
            .map(|part| format!("/{}", percent_encode(part)))
            .concat()
    }
}

/// CloudEvents 1.0, "Context Attributes".
fn check_event(event: &Map<String, Value>) -> Result<(), String> {
    let text = |name: &str| event.get(name).and_then(Value::as_str);
    for name in ["id", "source", "type"] {
        if text(name).is_none_or(str::is_empty) {
            return Err(format!("the `{name}` of an event must be a string"));
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
