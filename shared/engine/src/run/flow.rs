//! Where the flow continues after a task, and the end of the workflow.

use super::effect::StepStatus;
use super::interpreter::{Failure, Interpreter, Transition};
use super::shared::Shared;
use super::state::{BranchProgress, EXITED, Frame, OpenTask, Phase};
use crate::definition::{FlowDirective, Task};

impl<'i> Interpreter<'i> {
    /// The task of the document that an open task runs.
    pub(super) fn task_of(&self, open: &OpenTask) -> Result<&'i Task, Failure> {
        let missing = || {
            let detail = format!("the document has no task at {}", open.pointer);
            Failure::from(self.corrupt_state(&detail))
        };
        self.definition.task(&open.pointer).ok_or_else(missing)
    }

    /// Continues after a task that has ended with this output.
    pub(super) fn follow_directive(
        &mut self,
        then: FlowDirective,
        output: Shared,
    ) -> Result<Transition, Failure> {
        if then == FlowDirective::End {
            return self.end_workflow(output);
        }
        match self.run.frames.last_mut() {
            Some(Frame::List { next, data, .. }) => {
                *data = output;
                match then {
                    FlowDirective::Continue => *next += 1,
                    FlowDirective::Jump(index) => *next = index,
                    FlowDirective::Exit | FlowDirective::End => *next = EXITED,
                }
                Ok(Transition::Continue)
            }
            Some(Frame::Branch { progress, .. }) => {
                *progress = BranchProgress::Ended(output);
                Ok(Transition::Continue)
            }
            Some(Frame::Task(_)) | None => {
                Err(self.corrupt_state("a task is not inside a list").into())
            }
        }
    }

    /// Leaves a task open that waits for something from outside, and records that.
    pub(super) fn suspend(&mut self, task: &Task, open: OpenTask) -> Result<Transition, Failure> {
        self.record_open(task, &open);
        self.run.frames.push(Frame::Task(Box::new(open)));
        Ok(Transition::Suspend)
    }

    /// Ends every open task, and the workflow.
    fn end_workflow(&mut self, output: Shared) -> Result<Transition, Failure> {
        while let Some(frame) = self.run.frames.pop() {
            if let Frame::Task(open) = frame
                && let Some(task) = self.definition.task(&open.pointer)
            {
                self.cancel_branches(&open);
                let mut step = self.step_for(task, &open, StepStatus::Succeeded, None);
                step.output = Some(output.to_value());
                self.record(step);
            }
        }
        self.finish_workflow(output)
    }

    pub(super) fn finish_workflow(&mut self, data: Shared) -> Result<Transition, Failure> {
        let output = self.workflow_output(data)?;
        self.run.phase = Phase::Done(output.into_value());
        Ok(Transition::Continue)
    }
}
