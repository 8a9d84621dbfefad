//! `fork`: its branches take turns. Each runs until it waits for something from outside; the run is suspended only when
//! all of them wait.
//!
//! The frames of one branch at a time are on the stack, above those of the task; the others are parked in the task.

use super::evaluation::check_depth;
use super::interpreter::{Failure, Interpreter, Transition};
use super::pending_work::{awaits_action, is_ready};
use super::shared::Shared;
use super::stage::{Branch, Stage};
use super::state::{BranchProgress, Frame, OpenTask};
use crate::definition::{Task, TaskKind};
use serde_json::Value;

impl Interpreter<'_> {
    pub(super) fn begin_branch(
        &mut self,
        list: String,
        index: usize,
        input: Shared,
    ) -> Result<Transition, Failure> {
        let tasks = self.definition.list(&list);
        let Some(task) = tasks.and_then(|tasks| tasks.get(index)) else {
            let detail = format!("the document has no branch {index} at {list}");
            return Err(self.corrupt_state(&detail).into());
        };
        let progress = match self.budget.is_used_up() {
            true => BranchProgress::New(input.clone()),
            false => BranchProgress::Running,
        };
        self.run.frames.push(Frame::Branch {
            list,
            index,
            progress,
        });
        if self.budget.is_used_up() {
            return Ok(Transition::Yield);
        }
        self.begin_task(task, input)
    }

    /// The active branch has ended; its frames are gone.
    pub(super) fn end_branch(
        &mut self,
        index: usize,
        output: Shared,
    ) -> Result<Transition, Failure> {
        let Some(Frame::Task(mut open)) = self.run.frames.pop() else {
            return Err(self.corrupt_state("a branch belongs to no task").into());
        };
        let task = self.task_of(&open)?;
        let (TaskKind::Fork(fork), Stage::Forked(branches)) = (&task.kind, &mut open.stage) else {
            let detail = "a branch belongs to a task that is not a fork";
            return Err(self.corrupt_state(detail).into());
        };
        if fork.is_competing {
            self.cancel_branches(&open);
            return self.complete(task, *open, output, None);
        }
        if let Some(branch) = branches.get_mut(index) {
            *branch = Branch::Done(output);
        }
        self.run.frames.push(Frame::Task(open));
        Ok(Transition::Continue)
    }

    /// Activates the next branch that can continue, or ends the task if all branches have ended.
    pub(super) fn next_branch(
        &mut self,
        task: &Task,
        mut open: OpenTask,
    ) -> Result<Transition, Failure> {
        let now_ms = self.now_ms;
        let Stage::Forked(branches) = &mut open.stage else {
            return Err(self.corrupt_state("the task has no branches").into());
        };
        let can_continue = |branch: &Branch| {
            let frames = branch.frames();
            frames.is_some_and(|frames| is_ready(frames, now_ms))
        };
        if let Some(frames) = activate_first(branches, can_continue) {
            self.run.frames.push(Frame::Task(Box::new(open)));
            self.run.frames.extend(frames);
            return Ok(Transition::Continue);
        }
        let outputs = branches.iter().map(|branch| match branch {
            Branch::Done(output) => Some(output.to_value()),
            Branch::Active | Branch::Parked(_) => None,
        });
        let Some(outputs) = outputs.collect::<Option<Vec<_>>>() else {
            self.run.frames.push(Frame::Task(Box::new(open)));
            return Ok(Transition::Suspend);
        };
        let output = Value::from(outputs);
        match check_depth(&output, &task.pointer) {
            Ok(()) => self.complete(task, open, Shared::from(output), None),
            Err(fault) => self.fail_task(task, &open, fault),
        }
    }

    /// Parks the active branches, innermost first.
    pub(super) fn park_branches(&mut self) {
        let mut top = self.run.frames.len();
        while let Some(below) = top.checked_sub(1) {
            let frame = self.run.frames.get(below);
            if let Some(active) = frame.and_then(active_branch) {
                let frames = self.run.frames.split_off(top);
                if let Some(Frame::Task(open)) = self.run.frames.last_mut()
                    && let Stage::Forked(branches) = &mut open.stage
                    && let Some(branch) = branches.get_mut(active)
                {
                    *branch = Branch::Parked(frames);
                }
            }
            top = below;
        }
    }

    /// Activates the branches that contain the task which waits for this action.
    pub(super) fn activate_branch_for(&mut self, id: &str) {
        self.park_branches();
        while let Some(Frame::Task(open)) = self.run.frames.last_mut()
            && let Stage::Forked(branches) = &mut open.stage
        {
            let contains_task = |branch: &Branch| {
                let frames = branch.frames();
                frames.is_some_and(|frames| awaits_action(frames, id))
            };
            let Some(frames) = activate_first(branches, contains_task) else {
                return;
            };
            self.run.frames.extend(frames);
        }
    }
}

/// The index of the active branch of a fork.
fn active_branch(frame: &Frame) -> Option<usize> {
    match frame {
        Frame::Task(open) => match &open.stage {
            Stage::Forked(branches) => branches
                .iter()
                .position(|branch| matches!(branch, Branch::Active)),
            _ => None,
        },
        Frame::List { .. } | Frame::Branch { .. } => None,
    }
}

/// Activates the first branch that fits, and returns its frames.
fn activate_first(branches: &mut [Branch], fits: impl Fn(&Branch) -> bool) -> Option<Vec<Frame>> {
    let branch = branches.iter_mut().find(|branch| fits(branch))?;
    match std::mem::replace(branch, Branch::Active) {
        Branch::Parked(frames) => Some(frames),
        other @ (Branch::Active | Branch::Done(_)) => {
            *branch = other;
            None
        }
    }
}
