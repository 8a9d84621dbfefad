//! The steps that history shows: how a task stood when it ended, or stands while it is open.

use super::effect::{CallRecord, Step, StepStatus};
use super::machine::Machine;
use super::stage::{Attempt, Branch, Stage};
use super::state::{Frame, OpenTask};
use crate::definition::Task;
use crate::fault::FaultKind;
use serde_json::Value;

impl Machine<'_> {
    pub(super) fn show_open(&mut self, task: &Task, open: &OpenTask) {
        let step = self.step_of(task, open, StepStatus::Running, None);
        self.show(step);
    }

    pub(super) fn show(&mut self, mut step: Step) {
        self.hide_secrets(&mut step);
        let bytes = weight(&step.input) + step.output.as_ref().map_or(0, weight);
        self.slice.bytes_left = self.slice.bytes_left.saturating_sub(bytes);
        self.steps.push(step);
    }

    fn hide_secrets(&self, step: &mut Step) {
        self.secrets.hide_in(&mut step.input);
        step.output
            .iter_mut()
            .for_each(|output| self.secrets.hide_in(output));
        step.error
            .iter_mut()
            .for_each(|error| error.hide(self.secrets));
        step.call
            .iter_mut()
            .for_each(|call| self.secrets.hide(&mut call.url));
    }

    pub(super) fn step_of(
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
            Stage::Nested
            | Stage::Extending(_)
            | Stage::Preparing { .. }
            | Stage::Acting { .. }
            | Stage::Waiting { .. }
            | Stage::Looping { .. }
            | Stage::Trying(_)
            | Stage::Retrying { .. }
            | Stage::Catching { .. }
            | Stage::Forked(_) => None,
        };
        Step {
            path: task.pointer.clone(),
            name: task.name.clone(),
            kind: task.action.kind().to_owned(),
            visit: open.visit,
            status,
            attempts: self.attempts(open),
            started_at_ms: open.started_at_ms,
            finished_at_ms: (status != StepStatus::Running).then_some(self.now_ms),
            input: open.input.clone(),
            output: None,
            error: None,
            call,
        }
    }

    /// How often this visit was tried: the number of the innermost attempt around it, or its own.
    fn attempts(&self, open: &OpenTask) -> u32 {
        let of_stage = |stage: &Stage| match stage {
            Stage::Trying(Attempt { number, .. })
            | Stage::Retrying {
                attempt: Attempt { number, .. },
                ..
            } => Some(*number),
            Stage::Catching { attempt, .. } => Some(*attempt),
            Stage::Nested
            | Stage::Extending(_)
            | Stage::Preparing { .. }
            | Stage::Calling(_)
            | Stage::Acting { .. }
            | Stage::Waiting { .. }
            | Stage::Looping { .. }
            | Stage::Forked(_) => None,
        };
        let around = self
            .run
            .frames
            .iter()
            .rev()
            .filter_map(|frame| match frame {
                Frame::Task(task) => Some(&task.stage),
                Frame::List { .. } | Frame::Branch { .. } => None,
            });
        let around = around.filter(|stage| !matches!(stage, Stage::Catching { .. }));
        of_stage(&open.stage)
            .or_else(|| around.filter_map(of_stage).next())
            .unwrap_or(1)
    }

    /// Everything open in the branches of a task has failed with them: nobody will come back to it.
    pub(super) fn cancel_branches(&mut self, open: &OpenTask) {
        let Stage::Forked(branches) = &open.stage else {
            return;
        };
        for branch in branches {
            let Branch::Parked(frames) = branch else {
                continue;
            };
            for frame in frames.iter().rev() {
                if let Frame::Task(open) = frame
                    && let Some(task) = self.definition.task(&open.at)
                {
                    self.cancel_branches(open);
                    let detail = "cancelled: another branch ended the fork";
                    let mut step = self.step_of(task, open, StepStatus::Failed, None);
                    step.error = Some(FaultKind::Runtime.fault(detail, &task.pointer));
                    self.show(step);
                }
            }
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
