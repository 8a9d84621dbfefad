//! Ends tasks: output, export, where the flow goes, faults, and the steps that history shows.

use super::advance::{Machine, Move, Trouble};
use super::effect::{CallRecord, Step, StepStatus};
use super::state::{Frame, OpenTask, Phase, Stage};
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
                self.flow(then.unwrap_or(task.then), output)
            }
            Err(Trouble::Fault(fault)) => self.fail_call(task, &open, fault, status),
            Err(Trouble::Stuck(stuck)) => Err(stuck.into()),
        }
    }

    /// `output.as`, then `export.as`.
    fn transform_output(
        &mut self,
        task: &Task,
        open: &OpenTask,
        raw: Value,
    ) -> Result<Value, Trouble> {
        let output = match &task.output {
            Some(template) => self.on_output(template, task, open, raw.clone())?,
            None => raw.clone(),
        };
        if let Some(template) = &task.export {
            self.run.exported = self.on_export(template, task, open, &raw, output.clone())?;
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

    fn flow(&mut self, then: Then, output: Value) -> Result<Move, Trouble> {
        if then == Then::End {
            return self.end(output);
        }
        let Some(Frame::List { next, data, .. }) = self.run.frames.last_mut() else {
            return Err(self.broken("a task stands outside of a list").into());
        };
        *data = output;
        match then {
            Then::Continue => *next += 1,
            Then::Jump(at) => *next = at,
            Then::Exit | Then::End => *next = usize::MAX,
        }
        Ok(Move::On)
    }

    /// The list has run to its end; its frame is gone. Whoever ran it gets what it gave.
    pub(super) fn list_ended(&mut self, data: Value) -> Result<Move, Trouble> {
        match self.run.frames.pop() {
            None => self.finish(data),
            Some(Frame::Task(open)) => match self.definition.task(&open.at) {
                Some(task) => self.complete(task, *open, data, None),
                None => Err(self
                    .broken(&format!("the document has no task at {}", open.at))
                    .into()),
            },
            Some(Frame::List { .. }) => Err(self.broken("a list stands in a list").into()),
        }
    }

    /// Leaves everything that is open, and the workflow.
    fn end(&mut self, output: Value) -> Result<Move, Trouble> {
        while let Some(frame) = self.run.frames.pop() {
            if let Frame::Task(open) = frame
                && let Some(task) = self.definition.task(&open.at)
            {
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

    /// Nothing catches the fault: everything that is open fails with it, and so does the workflow.
    pub(super) fn raise(&mut self, fault: &Fault) {
        while let Some(frame) = self.run.frames.pop() {
            if let Frame::Task(open) = frame
                && let Some(task) = self.definition.task(&open.at)
            {
                let mut step = self.step_of(task, &open, StepStatus::Failed, None);
                step.error = Some(fault.clone());
                self.show(step);
            }
        }
        self.run.phase = Phase::Faulted(fault.clone());
    }

    pub(super) fn show_open(&mut self, task: &Task, open: &OpenTask) {
        let step = self.step_of(task, open, StepStatus::Running, None);
        self.show(step);
    }

    fn show(&mut self, step: Step) {
        let bytes = weight(&step.input) + step.output.as_ref().map_or(0, weight);
        self.slice.bytes_left = self.slice.bytes_left.saturating_sub(bytes);
        self.steps.push(step);
    }

    fn step_of(
        &self,
        task: &Task,
        open: &OpenTask,
        status: StepStatus,
        answer: Option<u16>,
    ) -> Step {
        let call = match &open.stage {
            Stage::Calling(call) => Some(CallRecord {
                method: call.method.clone(),
                url: call.url.clone(),
                status: answer,
            }),
            Stage::Nested | Stage::Waiting { .. } => None,
        };
        Step {
            path: task.pointer.clone(),
            name: task.name.clone(),
            kind: task.action.kind().to_owned(),
            visit: open.visit,
            status,
            attempts: 1,
            started_at_ms: open.started_at_ms,
            finished_at_ms: (status != StepStatus::Running).then_some(self.now_ms),
            input: open.input.clone(),
            output: None,
            error: None,
            call,
        }
    }
}

/// About how many bytes a value takes as JSON.
fn weight(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
        Value::String(text) => text.len() + 2,
        Value::Array(items) => 2 + items.iter().map(weight).sum::<usize>(),
        Value::Object(map) => {
            2 + map
                .iter()
                .map(|(key, value)| key.len() + 4 + weight(value))
                .sum::<usize>()
        }
    }
}
