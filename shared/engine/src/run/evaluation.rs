//! Evaluates the templates of a definition, each with the arguments of its position.

use super::arguments::{CaughtError, EvaluationContext};
use super::interpreter::{Failure, Interpreter};
use super::shared::Shared;
use super::state::OpenTask;
use crate::definition::{Duration, Task, Template, Transform, duration_ms};
use crate::fault::{Fault, FaultKind};
use crate::nesting::{MAX_DATA_DEPTH, depth};
use crate::sandbox::Request;
use serde_json::Value;

/// Refuses a value that nests too deeply: its checkpoint could not be read.
pub(super) fn check_depth(value: &Value, instance: &str) -> Result<(), Fault> {
    if depth(value) <= MAX_DATA_DEPTH {
        return Ok(());
    }
    let detail = format!("the value nests deeper than {MAX_DATA_DEPTH} levels");
    Err(FaultKind::Runtime.fault(detail, instance))
}

/// Truth as in jq: everything but null and false.
pub(super) fn is_true(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false))
}

impl Interpreter<'_> {
    pub(super) fn workflow_input(&mut self) -> Result<Shared, Failure> {
        let input = self.run.input.clone();
        let transform = &self.definition.input;
        self.check_schema(transform, "input", &input, "/input/schema")?;
        match &transform.expression {
            Some(from) => {
                let input = self.evaluate_for_workflow(from, &input, "/input/from")?;
                Ok(Shared::from(input))
            }
            None => Ok(input),
        }
    }

    pub(super) fn workflow_output(&mut self, data: Shared) -> Result<Shared, Failure> {
        let transform = &self.definition.output;
        let output = match &transform.expression {
            Some(template) => {
                Shared::from(self.evaluate_for_workflow(template, &data, "/output/as")?)
            }
            None => data,
        };
        self.check_schema(transform, "output", &output, "/output/schema")?;
        Ok(output)
    }

    /// Checks a value against the schema of a transform, if there is one. The fault calls the value `what`.
    pub(super) fn check_schema(
        &mut self,
        transform: &Transform,
        what: &str,
        value: &Value,
        instance: &str,
    ) -> Result<(), Fault> {
        let Some(schema) = &transform.schema else {
            return Ok(());
        };
        let checked = schema.check(value);
        self.budget.work_left = self.budget.work_left.saturating_sub(checked.work_units);
        checked.outcome.map_err(|reason| {
            let detail = format!("the {what} does not match its schema: {reason}");
            FaultKind::Validation.fault(detail, instance)
        })
    }

    pub(super) fn evaluate_for_workflow(
        &mut self,
        template: &Template,
        input: &Shared,
        instance: &str,
    ) -> Result<Value, Failure> {
        let context = EvaluationContext {
            input: input.to_value(),
            instance,
            task: None,
            caught: None,
            raw_output: None,
            output: None,
        };
        self.evaluate(template, context)
    }

    /// Evaluates on the input of the task before `input.from`.
    pub(super) fn evaluate_on_raw_input(
        &mut self,
        template: &Template,
        task: &Task,
        open: &OpenTask,
    ) -> Result<Value, Failure> {
        self.evaluate_on(template, task, open, open.raw.to_value())
    }

    /// Evaluates on the input of the task.
    pub(super) fn evaluate_on_input(
        &mut self,
        template: &Template,
        task: &Task,
        open: &OpenTask,
    ) -> Result<Value, Failure> {
        self.evaluate_on(template, task, open, open.input().to_value())
    }

    /// Evaluates on another value, with the arguments of the task.
    pub(super) fn evaluate_on(
        &mut self,
        template: &Template,
        task: &Task,
        open: &OpenTask,
        input: Value,
    ) -> Result<Value, Failure> {
        self.evaluate(template, EvaluationContext::of_task(task, open, input))
    }

    pub(super) fn evaluate_output(
        &mut self,
        template: &Template,
        task: &Task,
        open: &OpenTask,
        raw: &Value,
    ) -> Result<Value, Failure> {
        let context = EvaluationContext {
            raw_output: Some(raw),
            ..EvaluationContext::of_task(task, open, raw.clone())
        };
        self.evaluate(template, context)
    }

    pub(super) fn evaluate_export(
        &mut self,
        template: &Template,
        task: &Task,
        open: &OpenTask,
        raw: &Value,
        output: &Value,
    ) -> Result<Value, Failure> {
        let context = EvaluationContext {
            raw_output: Some(raw),
            output: Some(output),
            ..EvaluationContext::of_task(task, open, output.clone())
        };
        self.evaluate(template, context)
    }

    /// Whether `when` is true and `exceptWhen` is not, as far as they are given. Both are evaluated on the error.
    pub(super) fn conditions_hold(
        &mut self,
        when: Option<&Template>,
        except_when: Option<&Template>,
        task: &Task,
        open: &OpenTask,
        caught: CaughtError<'_>,
    ) -> Result<bool, Failure> {
        let mut is_met = |condition: &Template| {
            let context = EvaluationContext {
                caught: Some(caught),
                ..EvaluationContext::of_task(task, open, caught.error.clone())
            };
            Ok::<_, Failure>(is_true(&self.evaluate(condition, context)?))
        };
        if let Some(when) = when
            && !is_met(when)?
        {
            return Ok(false);
        }
        match except_when {
            Some(except_when) => Ok(!is_met(except_when)?),
            None => Ok(true),
        }
    }

    /// Evaluates a duration that begins at `from_ms`; the result is in milliseconds.
    pub(super) fn evaluate_duration_ms(
        &mut self,
        duration: &Duration,
        task: &Task,
        open: &OpenTask,
        from_ms: i64,
    ) -> Result<i64, Failure> {
        let value = self.evaluate_on_input(duration.template(), task, open)?;
        duration_ms(&value, from_ms)
            .map_err(|reason| FaultKind::Expression.fault(reason, &task.pointer).into())
    }

    /// Evaluates a duration of a retry policy, which sees the error.
    pub(super) fn evaluate_retry_duration_ms(
        &mut self,
        duration: &Duration,
        task: &Task,
        open: &OpenTask,
        caught: CaughtError<'_>,
        from_ms: i64,
    ) -> Result<i64, Failure> {
        let context = EvaluationContext {
            caught: Some(caught),
            ..EvaluationContext::of_task(task, open, open.input().to_value())
        };
        let value = self.evaluate(duration.template(), context)?;
        duration_ms(&value, from_ms)
            .map_err(|reason| FaultKind::Expression.fault(reason, &task.pointer).into())
    }

    fn evaluate(
        &mut self,
        template: &Template,
        context: EvaluationContext<'_>,
    ) -> Result<Value, Failure> {
        if let Some(literal) = template.literal() {
            return Ok(literal.clone());
        }
        let names = template.sources.first().map(|source| source.names.iter());
        let arguments = names.into_iter().flatten().map(|name| {
            if template.mentions(name) {
                self.argument(name, &context)
            } else {
                Value::Null
            }
        });
        let request = Request {
            sources: template.sources.clone(),
            arguments: arguments.collect(),
            input: context.input,
            now_ms: self.now_ms,
        };
        let evaluated = self.sandbox.evaluate(request)?;
        self.budget.work_left = self.budget.work_left.saturating_sub(evaluated.work_units);
        let results = evaluated
            .outcome
            .map_err(|reason| FaultKind::Expression.fault(reason, context.instance))?;
        let value = template.fill(results);
        check_depth(&value, context.instance)?;
        Ok(value)
    }
}
