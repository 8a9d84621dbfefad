//! Ends a task: its output, its export, its step in history, and the extensions that run after it.

use super::effect::StepStatus;
use super::evaluation::is_true;
use super::interpreter::{Failure, Interpreter, Transition};
use super::shared::Shared;
use super::stage::{Extending, Stage};
use super::state::{Frame, OpenTask};
use crate::definition::{Extension, FlowDirective, Task};
use crate::fault::Fault;

impl Interpreter<'_> {
    /// Ends a task with the output before `output.as`; `then` overrides the flow directive of its document.
    pub(super) fn complete(
        &mut self,
        task: &Task,
        open: OpenTask,
        raw_output: Shared,
        then: Option<FlowDirective>,
    ) -> Result<Transition, Failure> {
        self.complete_with_status(task, open, raw_output, then, None)
    }

    /// Ends a call with the output before `output.as` and the status of the response.
    pub(super) fn complete_call(
        &mut self,
        task: &Task,
        open: OpenTask,
        raw_output: Shared,
        status: u16,
    ) -> Result<Transition, Failure> {
        self.complete_with_status(task, open, raw_output, None, Some(status))
    }

    fn complete_with_status(
        &mut self,
        task: &Task,
        open: OpenTask,
        raw_output: Shared,
        then: Option<FlowDirective>,
        status: Option<u16>,
    ) -> Result<Transition, Failure> {
        let output = match self.transform_output(task, &open, raw_output) {
            Ok(output) => output,
            Err(Failure::Fault(fault)) => return self.fail_call(task, &open, fault, status),
            Err(Failure::Stuck(stuck)) => return Err(stuck.into()),
        };
        let mut step = self.step_for(task, &open, StepStatus::Succeeded, status);
        step.output = Some(output.to_value());
        self.record(step);
        let then = then.unwrap_or(task.then);
        // The task itself did not run: a task of a `before` extension has exited.
        if matches!(open.stage, Stage::Extending(_)) {
            return self.follow_directive(then, output);
        }
        self.run_extensions_after(task, open, 0, output, then)
    }

    /// Applies `output.as`, then `export.as`, and checks their schemas.
    fn transform_output(
        &mut self,
        task: &Task,
        open: &OpenTask,
        raw: Shared,
    ) -> Result<Shared, Failure> {
        let output = match &task.output.expression {
            Some(template) => Shared::from(self.evaluate_output(template, task, open, &raw)?),
            None => raw.clone(),
        };
        self.check_schema(&task.output, "output", &output, &task.pointer)?;
        if let Some(template) = &task.export.expression {
            let exported = self.evaluate_export(template, task, open, &raw, &output)?;
            self.check_schema(&task.export, "context", &exported, &task.pointer)?;
            self.run.exported = Shared::from(exported);
        } else if task.export.schema.is_some() {
            let exported = self.run.exported.clone();
            self.check_schema(&task.export, "context", &exported, &task.pointer)?;
        }
        Ok(output)
    }

    /// Skips a task whose condition is false: its output is its raw input.
    pub(super) fn skip(&mut self, task: &Task, open: OpenTask) -> Result<Transition, Failure> {
        let output = open.raw.clone();
        let mut step = self.step_for(task, &open, StepStatus::Skipped, None);
        step.output = Some(output.to_value());
        self.record(step);
        self.follow_directive(FlowDirective::Continue, output)
    }

    /// Runs the `after` lists of the extensions from `first` on, then continues after the task.
    pub(super) fn run_extensions_after(
        &mut self,
        task: &Task,
        mut open: OpenTask,
        first: usize,
        output: Shared,
        then: FlowDirective,
    ) -> Result<Transition, Failure> {
        for (index, extension) in task.extensions.iter().enumerate().skip(first) {
            let Some(list) = &extension.after else {
                continue;
            };
            match self.extension_applies(extension, task, &open) {
                Ok(true) => {
                    let data = output.clone();
                    open.stage = Stage::Extending(Extending::After {
                        index,
                        output,
                        then,
                    });
                    return Ok(self.run_list(open, list, data));
                }
                Ok(false) => {}
                Err(failure) => return self.fail(task, &open, failure),
            }
        }
        self.follow_directive(then, output)
    }

    pub(super) fn extension_applies(
        &mut self,
        extension: &Extension,
        task: &Task,
        open: &OpenTask,
    ) -> Result<bool, Failure> {
        match &extension.when {
            Some(when) => Ok(is_true(&self.evaluate_on_input(when, task, open)?)),
            None => Ok(true),
        }
    }

    /// Runs a list inside a task.
    pub(super) fn run_list(&mut self, open: OpenTask, list: &str, data: Shared) -> Transition {
        self.run.frames.push(Frame::Task(Box::new(open)));
        self.run.frames.push(Frame::List {
            list: list.to_owned(),
            next: 0,
            data,
        });
        Transition::Continue
    }

    /// Records a task as failed if the failure is a fault, and hands the failure on.
    pub(super) fn fail<T>(
        &mut self,
        task: &Task,
        open: &OpenTask,
        failure: Failure,
    ) -> Result<T, Failure> {
        match failure {
            Failure::Fault(fault) => self.fail_task(task, open, fault),
            Failure::Stuck(stuck) => Err(stuck.into()),
        }
    }

    /// Records a task as failed, and hands the fault on.
    pub(super) fn fail_task<T>(
        &mut self,
        task: &Task,
        open: &OpenTask,
        fault: Fault,
    ) -> Result<T, Failure> {
        self.fail_call(task, open, fault, None)
    }

    /// Records a call as failed, with the status of its response, and hands the fault on.
    pub(super) fn fail_call<T>(
        &mut self,
        task: &Task,
        open: &OpenTask,
        fault: Fault,
        status: Option<u16>,
    ) -> Result<T, Failure> {
        let mut step = self.step_for(task, open, StepStatus::Failed, status);
        step.error = Some(fault.clone());
        self.record(step);
        Err(fault.into())
    }
}
