//! Ends tasks: output, export, and where the flow goes.

use super::effect::StepStatus;
use super::machine::{Machine, Move, Trouble};
use super::stage::Stage;
use super::state::{Frame, OpenTask, Phase};
use crate::definition::{Task, Then};
use crate::fault::Fault;
use serde_json::Value;

impl Machine<'_> {
    /// The task has given `output`; `then` overrides where its document says to go.
    pub(super) fn complete(
        &mut self,
        task: &Task,
        open: OpenTask,
        output: Value,
        then: Option<Then>,
    ) -> Result<Move, Trouble> {
        self.complete_call(task, open, output, then, None)
    }

    /// The same for a task that called, with the status of the answer.
    pub(super) fn complete_call(
        &mut self,
        task: &Task,
        open: OpenTask,
        output: Value,
        then: Option<Then>,
        status: Option<u16>,
    ) -> Result<Move, Trouble> {
        match self.transform_output(task, &open, output) {
            Ok(output) => {
                let mut step = self.step_of(task, &open, StepStatus::Succeeded, status);
                step.output = Some(output.clone());
                self.show(step);
                let is_bypassed = matches!(open.stage, Stage::Extending(_));
                match then.unwrap_or(task.then) {
                    then if is_bypassed => self.flow(then, output),
                    then => self.after(task, open, 0, (output, then)),
                }
            }
            Err(Trouble::Fault(fault)) => self.fail_call(task, &open, fault, status),
            Err(Trouble::Stuck(stuck)) => Err(stuck.into()),
        }
    }

    /// `output.as`, then `export.as`; what they give has to fit.
    fn transform_output(
        &mut self,
        task: &Task,
        open: &OpenTask,
        raw: Value,
    ) -> Result<Value, Trouble> {
        let output = match &task.output.transformation {
            Some(template) => self.on_output(template, task, open, raw.clone())?,
            None => raw.clone(),
        };
        self.fits(&task.output, "output", &output, &task.pointer)?;
        if let Some(template) = &task.export.transformation {
            let exported = self.on_export(template, task, open, &raw, output.clone())?;
            self.fits(&task.export, "context", &exported, &task.pointer)?;
            self.run.exported = exported;
        } else if task.export.schema.is_some() {
            let kept = self.run.exported.clone();
            self.fits(&task.export, "context", &kept, &task.pointer)?;
        }
        Ok(output)
    }

    /// A task whose condition is false gives its raw input and lets the flow go on.
    pub(super) fn skip(&mut self, task: &Task, mut open: OpenTask) -> Result<Move, Trouble> {
        let output = open.raw.clone();
        open.input = output.clone();
        let mut step = self.step_of(task, &open, StepStatus::Skipped, None);
        step.output = Some(output.clone());
        self.show(step);
        self.flow(Then::Continue, output)
    }

    pub(super) fn flow(&mut self, then: Then, output: Value) -> Result<Move, Trouble> {
        if then == Then::End {
            return self.end(output);
        }
        match self.run.frames.last_mut() {
            Some(Frame::List { next, data, .. }) => {
                *data = output;
                match then {
                    Then::Continue => *next += 1,
                    Then::Jump(at) => *next = at,
                    Then::Exit | Then::End => *next = usize::MAX,
                }
                Ok(Move::On)
            }
            Some(Frame::Branch { index, .. }) => {
                let index = *index;
                self.branch_ended(index, output)
            }
            Some(Frame::Task(_)) | None => {
                Err(self.broken("a task stands outside of a list").into())
            }
        }
    }

    /// The list has run to its end; its frame is gone. Whoever ran it gets what it gave.
    pub(super) fn list_ended(&mut self, data: Value, is_left: bool) -> Result<Move, Trouble> {
        let mut open = match self.run.frames.pop() {
            None => return self.finish(data),
            Some(Frame::Task(open)) => *open,
            Some(Frame::List { .. } | Frame::Branch { .. }) => {
                return Err(self.broken("a list stands in a list").into());
            }
        };
        let Some(task) = self.definition.task(&open.at) else {
            return Err(self
                .broken(&format!("the document has no task at {}", open.at))
                .into());
        };
        match std::mem::replace(&mut open.stage, Stage::Nested) {
            Stage::Looping { items, at } => self.round(task, open, (items, at + 1), data),
            Stage::Extending(extending) => {
                if is_left {
                    open.stage = Stage::Extending(extending.clone());
                }
                self.extended(task, open, extending, (data, is_left))
            }
            stage @ (Stage::Trying(_) | Stage::Catching { .. }) => {
                open.stage = stage;
                self.complete(task, open, data, None)
            }
            Stage::Nested
            | Stage::Preparing { .. }
            | Stage::Calling(_)
            | Stage::Acting { .. }
            | Stage::Waiting { .. }
            | Stage::Retrying { .. }
            | Stage::Forked(_) => self.complete(task, open, data, None),
        }
    }

    /// Leaves everything that is open, and the workflow.
    fn end(&mut self, output: Value) -> Result<Move, Trouble> {
        while let Some(frame) = self.run.frames.pop() {
            if let Frame::Task(open) = frame
                && let Some(task) = self.definition.task(&open.at)
            {
                self.cancel_branches(&open);
                let mut step = self.step_of(task, &open, StepStatus::Succeeded, None);
                step.output = Some(output.clone());
                self.show(step);
            }
        }
        self.finish(output)
    }

    fn finish(&mut self, data: Value) -> Result<Move, Trouble> {
        let output = self.workflow_output(data)?;
        self.run.phase = Phase::Done(output);
        Ok(Move::On)
    }

    pub(super) fn fail_task(
        &mut self,
        task: &Task,
        open: &OpenTask,
        fault: Fault,
    ) -> Result<Move, Trouble> {
        self.fail_call(task, open, fault, None)
    }

    pub(super) fn fail_call(
        &mut self,
        task: &Task,
        open: &OpenTask,
        fault: Fault,
        status: Option<u16>,
    ) -> Result<Move, Trouble> {
        let mut step = self.step_of(task, open, StepStatus::Failed, status);
        step.error = Some(fault.clone());
        self.show(step);
        Err(fault.into())
    }
}
