//! Extensions of a task: what runs before it, and after it. What they give is dropped, unless a task before it exits:
//! then that is what the task gives, and the task itself does not run.

use super::enter::is_true;
use super::machine::{Machine, Move, Trouble};
use super::stage::{Extending, Stage};
use super::state::{Frame, OpenTask};
use crate::definition::{Extension, Task, Then};
use serde_json::Value;

impl Machine<'_> {
    /// Runs the next list before the task, from the extension `from` on; then the task itself.
    pub(super) fn before(
        &mut self,
        task: &Task,
        mut open: OpenTask,
        from: usize,
    ) -> Result<Move, Trouble> {
        for (at, extension) in task.extensions.iter().enumerate().skip(from) {
            let Some(list) = &extension.before else {
                continue;
            };
            match self.applies(extension, task, &open) {
                Ok(true) => {
                    let data = open.input.clone();
                    open.stage = Stage::Extending(Extending::Before { at });
                    return Ok(self.run_beside(open, list, data));
                }
                Ok(false) => {}
                Err(Trouble::Fault(fault)) => return self.fail_task(task, &open, fault),
                Err(Trouble::Stuck(stuck)) => return Err(stuck.into()),
            }
        }
        open.stage = Stage::Nested;
        self.perform(task, open)
    }

    /// Runs the next list after the task, from the extension `from` on; then goes where the task goes.
    pub(super) fn after(
        &mut self,
        task: &Task,
        mut open: OpenTask,
        from: usize,
        (output, then): (Value, Then),
    ) -> Result<Move, Trouble> {
        for (at, extension) in task.extensions.iter().enumerate().skip(from) {
            let Some(list) = &extension.after else {
                continue;
            };
            match self.applies(extension, task, &open) {
                Ok(true) => {
                    let data = output.clone();
                    open.stage = Stage::Extending(Extending::After { at, output, then });
                    return Ok(self.run_beside(open, list, data));
                }
                Ok(false) => {}
                Err(Trouble::Fault(fault)) => return self.fail_task(task, &open, fault),
                Err(Trouble::Stuck(stuck)) => return Err(stuck.into()),
            }
        }
        self.flow(then, output)
    }

    /// A list beside the task has ended, or was left with `exit`.
    pub(super) fn extended(
        &mut self,
        task: &Task,
        open: OpenTask,
        extending: Extending,
        (data, is_left): (Value, bool),
    ) -> Result<Move, Trouble> {
        match extending {
            Extending::Before { .. } if is_left => self.complete(task, open, data, None),
            Extending::Before { at } => self.before(task, open, at + 1),
            Extending::After { at, output, then } => self.after(task, open, at + 1, (output, then)),
        }
    }

    fn applies(
        &mut self,
        extension: &Extension,
        task: &Task,
        open: &OpenTask,
    ) -> Result<bool, Trouble> {
        match &extension.when {
            Some(when) => Ok(is_true(&self.on_input(when, task, open)?)),
            None => Ok(true),
        }
    }

    fn run_beside(&mut self, open: OpenTask, list: &str, data: Value) -> Move {
        self.run.frames.push(Frame::Task(Box::new(open)));
        self.run.frames.push(Frame::List {
            at: list.to_owned(),
            next: 0,
            data,
        });
        Move::On
    }
}
