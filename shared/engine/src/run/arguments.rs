//! Evaluates the templates of a definition, each with the arguments that its place has.

use super::descriptors::authorization;
use super::machine::{Machine, Trouble};
use super::stage::Stage;
use super::state::{Frame, OpenTask};
use crate::deep::{MAX_DATA_DEPTH, depth};
use crate::definition::{Action, Filter, Task, Templated};
use crate::fault::{Fault, FaultKind};
use crate::sandbox::Request;
use serde_json::{Value, json};

/// What an expression is evaluated on, and what it may mention.
pub(super) struct Setting<'s> {
    on: Value,
    /// Where it stands, for the instance of a fault.
    instance: &'s str,
    pub(super) task: Option<(&'s Task, &'s OpenTask)>,
    /// The task's output before `output.as`.
    pub(super) raw_output: Option<&'s Value>,
    /// The task's output after `output.as`.
    output: Option<&'s Value>,
}

/// Data that nests too deeply would make a checkpoint that cannot be read.
pub(super) fn check_depth(value: &Value, instance: &str) -> Result<(), Fault> {
    if depth(value) <= MAX_DATA_DEPTH {
        return Ok(());
    }
    let detail = format!("the value nests deeper than {MAX_DATA_DEPTH} levels");
    Err(FaultKind::Runtime.fault(detail, instance))
}

impl Machine<'_> {
    pub(super) fn workflow_input(&mut self) -> Result<Value, Trouble> {
        let input = self.run.input.clone();
        let filter = &self.definition.input;
        self.fits(filter, "input", &input, "/input/schema")?;
        match &filter.transformation {
            Some(template) => self.on_workflow(template, input, "/input/from"),
            None => Ok(input),
        }
    }

    pub(super) fn workflow_output(&mut self, data: Value) -> Result<Value, Trouble> {
        let filter = &self.definition.output;
        let output = match &filter.transformation {
            Some(template) => self.on_workflow(template, data, "/output/as")?,
            None => data,
        };
        self.fits(filter, "output", &output, "/output/schema")?;
        Ok(output)
    }

    /// Holds the schema of a filter, where there is one, against what is called `what`.
    pub(super) fn fits(
        &mut self,
        filter: &Filter,
        what: &str,
        value: &Value,
        instance: &str,
    ) -> Result<(), Fault> {
        let Some(schema) = &filter.schema else {
            return Ok(());
        };
        let checked = schema.check(value);
        self.slice.work_left = self.slice.work_left.saturating_sub(checked.work_units);
        checked.outcome.map_err(|reason| {
            let detail = format!("the {what} does not fit its schema: {reason}");
            FaultKind::Validation.fault(detail, instance)
        })
    }

    pub(super) fn on_workflow(
        &mut self,
        template: &Templated,
        on: Value,
        instance: &str,
    ) -> Result<Value, Trouble> {
        let setting = Setting {
            on,
            instance,
            task: None,
            raw_output: None,
            output: None,
        };
        self.evaluate(template, setting)
    }

    /// On the task's input before `input.from`.
    pub(super) fn on_raw(
        &mut self,
        template: &Templated,
        task: &Task,
        open: &OpenTask,
    ) -> Result<Value, Trouble> {
        self.on_task(template, (task, open), open.raw.clone(), None, None)
    }

    /// On the task's input.
    pub(super) fn on_input(
        &mut self,
        template: &Templated,
        task: &Task,
        open: &OpenTask,
    ) -> Result<Value, Trouble> {
        self.on_task(template, (task, open), open.input.clone(), None, None)
    }

    /// On a value of its own.
    pub(super) fn on_value(
        &mut self,
        template: &Templated,
        task: &Task,
        open: &OpenTask,
        value: Value,
    ) -> Result<Value, Trouble> {
        self.on_task(template, (task, open), value, None, None)
    }

    pub(super) fn on_output(
        &mut self,
        template: &Templated,
        task: &Task,
        open: &OpenTask,
        raw: Value,
    ) -> Result<Value, Trouble> {
        self.on_task(template, (task, open), raw.clone(), Some(&raw), None)
    }

    pub(super) fn on_export(
        &mut self,
        template: &Templated,
        task: &Task,
        open: &OpenTask,
        raw: &Value,
        output: Value,
    ) -> Result<Value, Trouble> {
        self.on_task(
            template,
            (task, open),
            output.clone(),
            Some(raw),
            Some(&output),
        )
    }

    fn on_task(
        &mut self,
        template: &Templated,
        task: (&Task, &OpenTask),
        on: Value,
        raw_output: Option<&Value>,
        output: Option<&Value>,
    ) -> Result<Value, Trouble> {
        let instance = task.0.pointer.as_str();
        self.evaluate(
            template,
            Setting {
                on,
                instance,
                task: Some(task),
                raw_output,
                output,
            },
        )
    }

    fn evaluate(&mut self, template: &Templated, setting: Setting<'_>) -> Result<Value, Trouble> {
        if let Some(literal) = template.literal() {
            return Ok(literal.clone());
        }
        let names = template.sources.first().map(|source| source.names.iter());
        let arguments = names.into_iter().flatten().map(|name| {
            if template.mentions(name) {
                self.argument(name, &setting)
            } else {
                Value::Null
            }
        });
        let request = Request {
            sources: template.sources.clone(),
            arguments: arguments.collect(),
            input: setting.on,
            now_ms: self.now_ms,
        };
        let evaluated = self.sandbox.evaluate(request)?;
        self.slice.work_left = self.slice.work_left.saturating_sub(evaluated.work_units);
        let results = evaluated
            .outcome
            .map_err(|reason| FaultKind::Expression.fault(reason, setting.instance))?;
        let value = template.fill(results);
        check_depth(&value, setting.instance)?;
        Ok(value)
    }

    fn argument(&self, name: &str, setting: &Setting<'_>) -> Value {
        match name {
            "$context" => self.run.exported.clone(),
            "$input" => setting
                .task
                .map_or(Value::Null, |(_, open)| open.input.clone()),
            "$output" => setting.output.cloned().unwrap_or_default(),
            "$secrets" => self.secrets.of(self.definition.secrets()),
            "$task" => self.task_descriptor(setting),
            "$workflow" => self.workflow_descriptor(),
            "$runtime" => {
                json!({ "name": "sluice", "version": env!("CARGO_PKG_VERSION"), "metadata": {} })
            }
            "$authorization" => setting
                .task
                .map_or(Value::Null, |(_, open)| authorization(open)),
            local => self.local(local, setting),
        }
    }

    /// A variable of a loop or of a caught error; the innermost of that name.
    fn local(&self, name: &str, setting: &Setting<'_>) -> Value {
        let own = setting.task.map(|(_, open)| open);
        let around = self
            .run
            .frames
            .iter()
            .rev()
            .filter_map(|frame| match frame {
                Frame::Task(open) => Some(&**open),
                Frame::List { .. } | Frame::Branch { .. } => None,
            });
        own.into_iter()
            .chain(around)
            .find_map(|open| self.bound(name, open))
            .unwrap_or_default()
    }

    /// The variable, if this task binds it.
    fn bound(&self, name: &str, open: &OpenTask) -> Option<Value> {
        match (&self.definition.task(&open.at)?.action, &open.stage) {
            (Action::For(each), Stage::Looping { items, at }) => {
                if name == each.item_name {
                    return items.get(*at).cloned();
                }
                (name == each.index_name).then(|| Value::from(*at))
            }
            (Action::Try(attempt), Stage::Catching { error, .. }) => (name == attempt.error_name)
                .then(|| serde_json::to_value(error).unwrap_or_default()),
            _ => None,
        }
    }
}
