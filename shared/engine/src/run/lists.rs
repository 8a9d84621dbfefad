//! Lists of tasks: begins the next task, and ends the list.

use super::interpreter::{Failure, Interpreter, Transition};
use super::shared::Shared;
use super::stage::Stage;
use super::state::{EXITED, Frame};
use crate::definition::TaskKind;

impl Interpreter<'_> {
    pub(super) fn next_in_list(
        &mut self,
        list: String,
        next: usize,
        data: Shared,
    ) -> Result<Transition, Failure> {
        let Some(tasks) = self.definition.list(&list) else {
            let detail = format!("the document has no list at {list}");
            return Err(self.corrupt_state(&detail).into());
        };
        let Some(task) = tasks.get(next) else {
            return self.end_list(data, next == EXITED);
        };
        let raw = data.clone();
        self.run.frames.push(Frame::List { list, next, data });
        if self.budget.is_used_up() {
            return Ok(Transition::Yield);
        }
        self.begin_task(task, raw)
    }

    /// Hands the output of a list, whose frame is gone, to the task that contains it.
    fn end_list(&mut self, data: Shared, has_exited: bool) -> Result<Transition, Failure> {
        let mut open = match self.run.frames.pop() {
            None => return self.finish_workflow(data),
            Some(Frame::Task(open)) => *open,
            Some(Frame::List { .. } | Frame::Branch { .. }) => {
                return Err(self.corrupt_state("a list is not inside a task").into());
            }
        };
        let task = self.task_of(&open)?;
        match std::mem::replace(&mut open.stage, Stage::Nested) {
            Stage::Looping { items, index } => {
                self.next_iteration(task, open, items, index + 1, data)
            }
            Stage::Extending(extending) => {
                if has_exited {
                    open.stage = Stage::Extending(extending.clone());
                }
                self.end_extension_list(task, open, extending, data, has_exited)
            }
            stage @ Stage::Trying(_) => {
                open.stage = stage;
                self.complete(task, open, data, None)
            }
            stage @ Stage::Catching { .. } => {
                open.stage = stage;
                let then = match &task.kind {
                    TaskKind::Try(try_catch) => try_catch.then,
                    _ => None,
                };
                self.complete(task, open, data, then)
            }
            Stage::Nested
            | Stage::Preparing { .. }
            | Stage::Calling(_)
            | Stage::Acting { .. }
            | Stage::Waiting { .. }
            | Stage::Retrying { .. }
            | Stage::Forked(_) => self.complete(task, open, data, None),
        }
    }
}
