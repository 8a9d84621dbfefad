//! Branches: each goes as far as it can before the next one has its turn; only what they all wait for stops the run.
//!
//! One branch at a time lies on top of its task's frame; the others are set aside in it.

use super::arguments::check_depth;
use super::demand::{asks_for, is_ready};
use super::machine::{Machine, Move, Trouble};
use super::stage::{Branch, Stage};
use super::state::{Frame, OpenTask};
use crate::definition::{Action, Task};
use serde_json::Value;

impl Machine<'_> {
    /// Sets all branches up.
    pub(super) fn fork(
        &mut self,
        mut open: OpenTask,
        list: &str,
        count: usize,
    ) -> Result<Move, Trouble> {
        let branch = |index| {
            let input = Some(open.input.clone());
            Branch::Parked(vec![Frame::Branch {
                at: list.to_owned(),
                index,
                input,
            }])
        };
        open.stage = Stage::Forked((0..count).map(branch).collect());
        self.run.frames.push(Frame::Task(Box::new(open)));
        Ok(Move::On)
    }

    pub(super) fn begin_branch(
        &mut self,
        at: String,
        index: usize,
        input: Option<Value>,
    ) -> Result<Move, Trouble> {
        let task = self.definition.list(&at).and_then(|list| list.get(index));
        let (Some(task), Some(raw)) = (task, input.clone()) else {
            return Err(self
                .broken(&format!("there is no branch {index} to begin at {at}"))
                .into());
        };
        if self.slice.is_used_up() {
            self.run.frames.push(Frame::Branch { at, index, input });
            return Ok(Move::Yield);
        }
        self.run.frames.push(Frame::Branch {
            at,
            index,
            input: None,
        });
        self.count(task)?;
        self.enter(task, raw)
    }

    /// The active branch has ended; its frame is the topmost.
    pub(super) fn branch_ended(&mut self, index: usize, output: Value) -> Result<Move, Trouble> {
        self.run.frames.pop();
        let Some(Frame::Task(mut open)) = self.run.frames.pop() else {
            return Err(self.broken("a branch belongs to no task").into());
        };
        let Some(task) = self.definition.task(&open.at) else {
            return Err(self
                .broken(&format!("the document has no task at {}", open.at))
                .into());
        };
        let (Action::Fork(fork), Stage::Forked(branches)) = (&task.action, &mut open.stage) else {
            return Err(self
                .broken("a branch belongs to a task that has none")
                .into());
        };
        if fork.is_race {
            self.cancel_branches(&open);
            return self.complete(task, *open, output, None);
        }
        if let Some(branch) = branches.get_mut(index) {
            *branch = Branch::Done(output);
        }
        self.run.frames.push(Frame::Task(open));
        Ok(Move::On)
    }

    /// Gives the next branch its turn, or ends the task when all have ended.
    pub(super) fn next_branch(&mut self, task: &Task, mut open: OpenTask) -> Result<Move, Trouble> {
        let now_ms = self.now_ms;
        let Stage::Forked(branches) = &mut open.stage else {
            return Err(self.broken("the task has no branches").into());
        };
        let can_go_on = |branch: &Branch| {
            let frames = branch.frames();
            frames.is_some_and(|frames| is_ready(frames, now_ms))
        };
        if let Some(frames) = activate_first(branches, can_go_on) {
            self.run.frames.push(Frame::Task(Box::new(open)));
            self.run.frames.extend(frames);
            return Ok(Move::On);
        }
        let outputs = branches.iter().map(|branch| match branch {
            Branch::Done(output) => Some(output.clone()),
            Branch::Active | Branch::Parked(_) => None,
        });
        let Some(outputs) = outputs.collect::<Option<Vec<_>>>() else {
            self.run.frames.push(Frame::Task(Box::new(open)));
            return Ok(Move::Rest);
        };
        let output = Value::from(outputs);
        match check_depth(&output, &task.pointer) {
            Ok(()) => self.complete(task, open, output, None),
            Err(fault) => self.fail_task(task, &open, fault),
        }
    }

    /// Sets the active branches aside, innermost first.
    pub(super) fn park(&mut self) {
        let mut top = self.run.frames.len();
        while let Some(below) = top.checked_sub(1) {
            let active = match self.run.frames.get(below) {
                Some(Frame::Task(open)) => match &open.stage {
                    Stage::Forked(branches) => branches
                        .iter()
                        .position(|branch| matches!(branch, Branch::Active)),
                    _ => None,
                },
                Some(Frame::List { .. } | Frame::Branch { .. }) | None => None,
            };
            if let Some(active) = active {
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

    /// Brings up the branches that lead to the task which has asked for this action.
    pub(super) fn bring_up(&mut self, id: &str) {
        self.park();
        while let Some(Frame::Task(open)) = self.run.frames.last_mut()
            && let Stage::Forked(branches) = &mut open.stage
        {
            let leads_there = |branch: &Branch| {
                let frames = branch.frames();
                frames.is_some_and(|frames| asks_for(frames, id))
            };
            let Some(frames) = activate_first(branches, leads_there) else {
                return;
            };
            self.run.frames.extend(frames);
        }
    }
}

/// Takes the frames of the first branch that is wanted, which is active from then on.
fn activate_first(
    branches: &mut [Branch],
    is_wanted: impl Fn(&Branch) -> bool,
) -> Option<Vec<Frame>> {
    let branch = branches.iter_mut().find(|branch| is_wanted(branch))?;
    match std::mem::replace(branch, Branch::Active) {
        Branch::Parked(frames) => Some(frames),
        other @ (Branch::Active | Branch::Done(_)) => {
            *branch = other;
            None
        }
    }
}
