//! Begins a task: its condition, its input, and the extensions that run before it.

use super::evaluation::is_true;
use super::interpreter::{Failure, Interpreter, Transition};
use super::shared::Shared;
use super::stage::{Extending, Stage};
use super::state::OpenTask;
use crate::definition::Task;
use crate::fault::{Fault, FaultKind};

/// The most tasks that one execution may begin. The next one faults the workflow.
pub const MAX_TASKS: u64 = 100_000;

impl Interpreter<'_> {
    pub(super) fn begin_task(&mut self, task: &Task, raw: Shared) -> Result<Transition, Failure> {
        self.count_task(task)?;
        let visit = self.run.visits.entry(task.pointer.clone()).or_insert(0);
        *visit += 1;
        let mut open = OpenTask {
            pointer: task.pointer.clone(),
            visit: *visit,
            started_at_ms: self.now_ms,
            deadline_ms: None,
            raw,
            transformed: None,
            stage: Stage::Nested,
        };
        match self.prepare_input(task, &mut open) {
            Ok(true) => self.run_extensions_before(task, open, 0),
            Ok(false) => self.skip(task, open),
            Err(failure) => self.fail(task, &open, failure),
        }
    }

    fn count_task(&mut self, task: &Task) -> Result<(), Fault> {
        self.budget.tasks_left = self.budget.tasks_left.saturating_sub(1);
        self.run.tasks += 1;
        if self.run.tasks > MAX_TASKS {
            let detail = format!("an execution runs at most {MAX_TASKS} tasks");
            return Err(FaultKind::Runtime.fault(detail, &task.pointer));
        }
        Ok(())
    }

    /// Whether the condition of the task is true; if so, its input and deadline are set.
    fn prepare_input(&mut self, task: &Task, open: &mut OpenTask) -> Result<bool, Failure> {
        if let Some(condition) = &task.condition
            && !is_true(&self.evaluate_on_raw_input(condition, task, open)?)
        {
            return Ok(false);
        }
        self.check_schema(&task.input, "input", &open.raw, &task.pointer)?;
        if let Some(from) = &task.input.expression {
            let input = self.evaluate_on_raw_input(from, task, open)?;
            open.transformed = Some(Shared::from(input));
        }
        self.set_deadline(task, open)?;
        Ok(true)
    }

    /// Runs the `before` lists of the extensions from `first` on, then performs the task itself.
    fn run_extensions_before(
        &mut self,
        task: &Task,
        mut open: OpenTask,
        first: usize,
    ) -> Result<Transition, Failure> {
        for (index, extension) in task.extensions.iter().enumerate().skip(first) {
            let Some(list) = &extension.before else {
                continue;
            };
            match self.extension_applies(extension, task, &open) {
                Ok(true) => {
                    let data = open.input().clone();
                    open.stage = Stage::Extending(Extending::Before { index });
                    return Ok(self.run_list(open, list, data));
                }
                Ok(false) => {}
                Err(failure) => return self.fail(task, &open, failure),
            }
        }
        open.stage = Stage::Nested;
        self.perform(task, open)
    }

    /// A list of an extension has ended. Its output is dropped, unless a task of a `before` list exits: then it is the
    /// output of the extended task, which does not run.
    pub(super) fn end_extension_list(
        &mut self,
        task: &Task,
        open: OpenTask,
        extending: Extending,
        data: Shared,
        has_exited: bool,
    ) -> Result<Transition, Failure> {
        match extending {
            Extending::Before { .. } if has_exited => self.complete(task, open, data, None),
            Extending::Before { index } => self.run_extensions_before(task, open, index + 1),
            Extending::After {
                index,
                output,
                then,
            } => self.run_extensions_after(task, open, index + 1, output, then),
        }
    }
}
