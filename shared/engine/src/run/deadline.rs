//! Timeouts of tasks, attempts and the workflow. A deadline is set when they begin, and checked before every transition.

use super::effect::StepStatus;
use super::interpreter::{Failure, Interpreter};
use super::shared::Shared;
use super::stage::{Branch, Stage};
use super::state::{Frame, OpenTask};
use crate::definition::{Task, duration_ms};
use crate::fault::{Fault, FaultKind};

impl Interpreter<'_> {
    pub(super) fn set_deadline(&mut self, task: &Task, open: &mut OpenTask) -> Result<(), Failure> {
        if let Some(timeout) = &task.timeout {
            let from_ms = open.started_at_ms;
            let after_ms = self.evaluate_duration_ms(timeout, task, open, from_ms)?;
            open.deadline_ms = Some(from_ms.saturating_add(after_ms));
        }
        Ok(())
    }

    pub(super) fn set_workflow_deadline(&mut self, input: &Shared) -> Result<(), Failure> {
        if let Some(timeout) = &self.definition.timeout {
            let length = self.evaluate_for_workflow(timeout.template(), input, "/timeout")?;
            let from_ms = self.run.context.started_at_ms;
            let after_ms = duration_ms(&length, from_ms)
                .map_err(|reason| FaultKind::Expression.fault(reason, "/timeout"))?;
            self.run.deadline_ms = Some(from_ms.saturating_add(after_ms));
        }
        Ok(())
    }

    /// The fault of the outermost deadline that has passed. Everything inside it is recorded as failed.
    pub(super) fn check_deadlines(&mut self) -> Option<Fault> {
        if self
            .run
            .deadline_ms
            .is_some_and(|deadline_ms| deadline_ms <= self.now_ms)
        {
            let fault = FaultKind::Timeout.fault("the workflow ran out of time", "");
            self.fail_frames_from(0, &fault);
            return Some(fault);
        }
        let is_late =
            |frame: &Frame| frame_deadline(frame).is_some_and(|at_ms| at_ms <= self.now_ms);
        let late = self.run.frames.iter().position(is_late)?;
        let Some(Frame::Task(open)) = self.run.frames.get(late) else {
            return None;
        };
        if open.deadline_ms.is_some_and(|at_ms| at_ms <= self.now_ms) {
            let fault = FaultKind::Timeout.fault("the task ran out of time", &open.pointer);
            self.fail_frames_from(late, &fault);
            return Some(fault);
        }
        // The timeout of an attempt can be caught by the `try` of the attempt.
        let fault = FaultKind::Timeout.fault("the attempt ran out of time", &open.pointer);
        self.fail_frames_from(late + 1, &fault);
        Some(fault)
    }

    /// Ends this frame and those above it; a `try` among them catches nothing.
    fn fail_frames_from(&mut self, lowest: usize, fault: &Fault) {
        while self.run.frames.len() > lowest {
            if let Some(Frame::Task(open)) = self.run.frames.pop()
                && let Some(task) = self.definition.task(&open.pointer)
            {
                self.cancel_branches(&open);
                let mut step = self.step_for(task, &open, StepStatus::Failed, None);
                step.error = Some(fault.clone());
                self.record(step);
            }
        }
    }
}

/// The deadline of the task of a frame, or of its attempt, whichever is earlier.
pub(super) fn frame_deadline(frame: &Frame) -> Option<i64> {
    match frame {
        Frame::Task(open) => {
            let of_attempt = match &open.stage {
                Stage::Trying(attempt) => attempt.deadline_ms,
                _ => None,
            };
            open.deadline_ms.into_iter().chain(of_attempt).min()
        }
        Frame::List { .. } | Frame::Branch { .. } => None,
    }
}

/// The first deadline in these frames and in the branches that are parked in them.
pub(super) fn deadline_in(frames: &[Frame]) -> Option<i64> {
    let nested = frames.iter().filter_map(|frame| match frame {
        Frame::Task(open) => match &open.stage {
            Stage::Forked(branches) => branches
                .iter()
                .filter_map(Branch::frames)
                .filter_map(deadline_in)
                .min(),
            _ => None,
        },
        Frame::List { .. } | Frame::Branch { .. } => None,
    });
    frames.iter().filter_map(frame_deadline).chain(nested).min()
}
