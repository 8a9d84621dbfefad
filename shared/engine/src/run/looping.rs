//! Loops: one round after the other over the items of an array.

use super::enter::is_true;
use super::machine::{Machine, Move, Trouble};
use super::stage::Stage;
use super::state::{Frame, OpenTask};
use crate::definition::{Action, Task};
use serde_json::Value;

impl Machine<'_> {
    /// Begins the round `at` with what the one before it gave, or ends the loop.
    pub(super) fn round(
        &mut self,
        task: &Task,
        mut open: OpenTask,
        (items, at): (Vec<Value>, usize),
        data: Value,
    ) -> Result<Move, Trouble> {
        let Action::For(each) = &task.action else {
            return Err(self
                .broken("a loop is under way in a task that is none")
                .into());
        };
        let is_over = at >= items.len();
        open.stage = Stage::Looping { items, at };
        if is_over {
            return self.complete(task, open, data, None);
        }
        if let Some(condition) = &each.condition {
            match self.on_value(condition, task, &open, data.clone()) {
                Ok(holds) if is_true(&holds) => {}
                Ok(_) => return self.complete(task, open, data, None),
                Err(Trouble::Fault(fault)) => return self.fail_task(task, &open, fault),
                Err(Trouble::Stuck(stuck)) => return Err(stuck.into()),
            }
        }
        self.run.frames.push(Frame::Task(Box::new(open)));
        self.run.frames.push(Frame::List {
            at: each.list.clone(),
            next: 0,
            data,
        });
        Ok(Move::On)
    }
}
