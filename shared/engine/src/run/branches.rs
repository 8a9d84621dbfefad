//! Branches: each goes as far as it can before the next one has its turn; only what they all wait for stops the run.
//!
//! One branch at a time lies on top of its task's frame; the others are set aside in it. Their calls are asked for one
//! after the other.

use super::arguments::check_depth;
use super::deadline::deadline_in;
use super::effect::Effect;
use super::machine::{Machine, Move, Trouble};
use super::state::{Awaited, Branch, Frame, OpenTask, Stage};
use crate::definition::{Action, Task};
use serde_json::Value;

/// What a branch that is set aside waits for. Less comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Waits {
    Nothing,
    Answer,
    Until(i64),
}

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
            return Ok(Move::Halt(Effect::Continue));
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
        if let Some(frames) = choice(branches, now_ms).and_then(|index| activate(branches, index)) {
            self.run.frames.push(Frame::Task(Box::new(open)));
            self.run.frames.extend(frames);
            return Ok(Move::On);
        }
        let outputs = branches.iter().map(|branch| match branch {
            Branch::Done(output) => output.clone(),
            Branch::Active | Branch::Parked(_) => Value::Null,
        });
        let output = outputs.collect();
        match check_depth(&output, &task.pointer) {
            Ok(()) => self.complete(task, open, output, None),
            Err(fault) => self.fail_task(task, &open, fault),
        }
    }

    /// Sets the active branches aside, innermost first. The run is blocked unless another branch of one of these tasks
    /// should have its turn.
    pub(super) fn is_blocked(&mut self) -> bool {
        let is_active = |branch: &Branch| matches!(branch, Branch::Active);
        let mut top = self.run.frames.len();
        while let Some(below) = top.checked_sub(1) {
            let above = match self.run.frames.get(below) {
                Some(Frame::Task(open)) => match &open.stage {
                    Stage::Forked(branches) => branches.iter().position(is_active),
                    _ => None,
                },
                Some(Frame::List { .. } | Frame::Branch { .. }) | None => None,
            };
            if let Some(active) = above {
                let frames = self.run.frames.split_off(top);
                let now_ms = self.now_ms;
                if let Some(Frame::Task(open)) = self.run.frames.last_mut()
                    && let Stage::Forked(branches) = &mut open.stage
                {
                    if let Some(branch) = branches.get_mut(active) {
                        *branch = Branch::Parked(frames);
                    }
                    if choice(branches, now_ms) != Some(active) {
                        return false;
                    }
                }
            }
            top = below;
        }
        true
    }

    /// Activates the branches that lead to the task whose result has come.
    pub(super) fn bring_up_awaited(&mut self) {
        let Some(awaited) = self.run.awaited.clone() else {
            return;
        };
        while let Some(Frame::Task(open)) = self.run.frames.last_mut() {
            let Stage::Forked(branches) = &mut open.stage else {
                return;
            };
            let index = branches.iter().position(|branch| match branch {
                Branch::Parked(frames) => holds(frames, &awaited),
                Branch::Active | Branch::Done(_) => false,
            });
            let Some(frames) = index.and_then(|index| activate(branches, index)) else {
                return;
            };
            self.run.frames.extend(frames);
        }
    }
}

/// The branch whose turn it is: one that can go on, else one that waits for an answer, else the one due first.
fn choice(branches: &[Branch], now_ms: i64) -> Option<usize> {
    let waiting = branches
        .iter()
        .enumerate()
        .filter_map(|(index, branch)| match branch {
            Branch::Parked(frames) => Some((waits(frames, now_ms), index)),
            Branch::Active | Branch::Done(_) => None,
        });
    waiting.min().map(|(_, index)| index)
}

fn activate(branches: &mut [Branch], index: usize) -> Option<Vec<Frame>> {
    let branch = branches.get_mut(index)?;
    match std::mem::replace(branch, Branch::Active) {
        Branch::Parked(frames) => Some(frames),
        other @ (Branch::Active | Branch::Done(_)) => {
            *branch = other;
            None
        }
    }
}

/// What the branch waits for; a deadline inside it is waited for, too.
fn waits(frames: &[Frame], now_ms: i64) -> Waits {
    match (waits_itself(frames, now_ms), deadline_in(frames)) {
        (_, Some(deadline_ms)) if deadline_ms <= now_ms => Waits::Nothing,
        (Waits::Until(until_ms), Some(deadline_ms)) => Waits::Until(until_ms.min(deadline_ms)),
        (waits @ (Waits::Nothing | Waits::Answer), Some(_)) | (waits, None) => waits,
    }
}

fn waits_itself(frames: &[Frame], now_ms: i64) -> Waits {
    let Some(Frame::Task(open)) = frames.last() else {
        return Waits::Nothing;
    };
    match &open.stage {
        Stage::Calling(_) | Stage::Authenticating(_) | Stage::Describing(_) => Waits::Answer,
        Stage::Waiting { until_ms } | Stage::Retrying { until_ms, .. } => {
            if *until_ms <= now_ms {
                Waits::Nothing
            } else {
                Waits::Until(*until_ms)
            }
        }
        Stage::Forked(branches) => {
            let inner = branches.iter().filter_map(|branch| match branch {
                Branch::Parked(frames) => Some(waits(frames, now_ms)),
                Branch::Active | Branch::Done(_) => None,
            });
            inner.min().unwrap_or(Waits::Nothing)
        }
        Stage::Nested | Stage::Looping { .. } | Stage::Trying(_) | Stage::Catching { .. } => {
            Waits::Nothing
        }
    }
}

fn holds(frames: &[Frame], awaited: &Awaited) -> bool {
    let Some(Frame::Task(open)) = frames.last() else {
        return false;
    };
    match &open.stage {
        Stage::Forked(branches) => branches.iter().any(|branch| match branch {
            Branch::Parked(frames) => holds(frames, awaited),
            Branch::Active | Branch::Done(_) => false,
        }),
        _ => open.at == awaited.at && open.visit == awaited.visit,
    }
}
