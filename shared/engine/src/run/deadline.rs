//! Timeouts of tasks and of the workflow: a deadline is set when they begin, and looked at before every move.

use super::effect::StepStatus;
use super::machine::{Machine, Trouble};
use super::stage::{Branch, Stage};
use super::state::{Frame, OpenTask};
use crate::definition::{Task, milliseconds};
use crate::fault::{Fault, FaultKind};
use serde_json::Value;

impl Machine<'_> {
    pub(super) fn set_deadline(&mut self, task: &Task, open: &mut OpenTask) -> Result<(), Trouble> {
        if let Some(timeout) = &task.timeout {
            let after_ms = self.length_ms(timeout, task, open)?;
            open.deadline_ms = Some(open.started_at_ms.saturating_add(after_ms));
        }
        Ok(())
    }

    pub(super) fn set_workflow_deadline(&mut self, input: Value) -> Result<(), Trouble> {
        if let Some(timeout) = &self.definition.timeout {
            let length = self.on_workflow(timeout.templated(), input, "/timeout")?;
            let after_ms = milliseconds(&length)
                .map_err(|reason| FaultKind::Expression.fault(reason, "/timeout"))?;
            let from_ms = self.run.context.started_at_ms;
            self.run.deadline_ms = Some(from_ms.saturating_add(after_ms));
        }
        Ok(())
    }

    /// The fault of whatever has run out of time, outermost first. Everything inside it has failed by then.
    pub(super) fn time_out(&mut self) -> Option<Fault> {
        if self
            .run
            .deadline_ms
            .is_some_and(|deadline_ms| deadline_ms <= self.now_ms)
        {
            let fault = FaultKind::Timeout.fault("the workflow ran out of time", "");
            self.fail_down_to(0, &fault);
            return Some(fault);
        }
        let is_late = |frame: &Frame| own_deadline(frame).is_some_and(|at_ms| at_ms <= self.now_ms);
        let late = self.run.frames.iter().position(is_late)?;
        let Some(Frame::Task(open)) = self.run.frames.get(late) else {
            return None;
        };
        if open.deadline_ms.is_some_and(|at_ms| at_ms <= self.now_ms) {
            let fault = FaultKind::Timeout.fault("the task ran out of time", &open.at);
            self.fail_down_to(late, &fault);
            return Some(fault);
        }
        // What runs out of time in an attempt is the attempt, and its `try` may catch that.
        let fault = FaultKind::Timeout.fault("the attempt ran out of time", &open.at);
        self.fail_down_to(late + 1, &fault);
        Some(fault)
    }

    /// Ends the frames from this one upwards; a `try` among them catches nothing.
    fn fail_down_to(&mut self, lowest: usize, fault: &Fault) {
        while self.run.frames.len() > lowest {
            if let Some(Frame::Task(open)) = self.run.frames.pop()
                && let Some(task) = self.definition.task(&open.at)
            {
                self.cancel_branches(&open);
                let mut step = self.step_of(task, &open, StepStatus::Failed, None);
                step.error = Some(fault.clone());
                self.show(step);
            }
        }
    }
}

pub(super) fn own_deadline(frame: &Frame) -> Option<i64> {
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

/// The first deadline in frames, and in the branches that are set aside in them.
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
    frames.iter().filter_map(own_deadline).chain(nested).min()
}
