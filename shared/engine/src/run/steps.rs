//! The steps of history: a record of each task that has ended, or that is suspended.

use super::effect::{CallRecord, Step, StepStatus};
use super::interpreter::Interpreter;
use super::stage::{Attempt, Branch, Stage};
use super::state::{Frame, OpenTask};
use crate::definition::Task;
use crate::fault::FaultKind;
use serde_json::Value;

impl Interpreter<'_> {
    pub(super) fn record_open(&mut self, task: &Task, open: &OpenTask) {
        let step = self.step_for(task, open, StepStatus::Running, None);
        self.record(step);
    }

    pub(super) fn record(&mut self, mut step: Step) {
        self.redact_step(&mut step);
        let bytes = json_size(&step.input) + step.output.as_ref().map_or(0, json_size);
        self.budget.bytes_left = self.budget.bytes_left.saturating_sub(bytes);
        self.steps.push(step);
    }

    fn redact_step(&self, step: &mut Step) {
        self.secrets.redact_value(&mut step.input);
        step.output
            .iter_mut()
            .for_each(|output| self.secrets.redact_value(output));
        step.error
            .iter_mut()
            .for_each(|error| error.redact(self.secrets));
        step.call
            .iter_mut()
            .for_each(|call| self.secrets.redact(&mut call.url));
    }

    pub(super) fn step_for(
        &self,
        task: &Task,
        open: &OpenTask,
        status: StepStatus,
        response: Option<u16>,
    ) -> Step {
        let call = match &open.stage {
            Stage::Calling(call) => Some(CallRecord {
                method: call.method.clone(),
                url: call.url.clone(),
                status: response,
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
            kind: task.kind.label().to_owned(),
            visit: open.visit,
            status,
            attempts: self.attempts(open),
            started_at_ms: open.started_at_ms,
            finished_at_ms: (status != StepStatus::Running).then_some(self.now_ms),
            input: open.input().to_value(),
            output: None,
            error: None,
            call,
        }
    }

    /// How often this visit was attempted: the number of the task's own attempt, or of the innermost one around it.
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

    /// Records every open task in the branches of a task as cancelled.
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
                    && let Some(task) = self.definition.task(&open.pointer)
                {
                    self.cancel_branches(open);
                    let detail = "cancelled: another branch ended the fork";
                    let mut step = self.step_for(task, open, StepStatus::Failed, None);
                    step.error = Some(FaultKind::Runtime.fault(detail, &task.pointer));
                    self.record(step);
                }
            }
        }
    }
}

/// About how many bytes a value takes as JSON.
fn json_size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
        Value::String(text) => text.len() + 2,
        Value::Array(items) => 2 + items.iter().map(json_size).sum::<usize>(),
        Value::Object(map) => {
            2 + map
                .iter()
                .map(|(key, value)| key.len() + 4 + json_size(value))
                .sum::<usize>()
        }
    }
}
