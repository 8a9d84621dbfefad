//! `for`: runs a list once for each item of an array.

use super::evaluation::is_true;
use super::interpreter::{Failure, Interpreter, Transition};
use super::shared::Shared;
use super::stage::Stage;
use super::state::OpenTask;
use crate::definition::{Task, TaskKind};
use serde_json::Value;

impl Interpreter<'_> {
    /// Begins an iteration with the output of the one before it, or ends the task.
    pub(super) fn next_iteration(
        &mut self,
        task: &Task,
        mut open: OpenTask,
        items: Vec<Value>,
        index: usize,
        data: Shared,
    ) -> Result<Transition, Failure> {
        let TaskKind::For(each) = &task.kind else {
            return Err(self.corrupt_state("the task is not a loop").into());
        };
        let is_over = index >= items.len();
        open.stage = Stage::Looping { items, index };
        if is_over {
            return self.complete(task, open, data, None);
        }
        if let Some(condition) = &each.condition {
            match self.evaluate_on(condition, task, &open, data.to_value()) {
                Ok(value) if is_true(&value) => {}
                Ok(_) => return self.complete(task, open, data, None),
                Err(failure) => return self.fail(task, &open, failure),
            }
        }
        Ok(self.run_list(open, &each.list, data))
    }
}
