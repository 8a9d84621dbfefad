//! What becomes of the results of actions: those of calls are read elsewhere, all others here.

use super::arguments::check_depth;
use super::effect::{ActionKind, ActionResult};
use super::machine::{Machine, Move, Trouble};
use super::stage::Stage;
use super::state::{Frame, OpenTask};
use crate::definition::Task;
use crate::fault::{Fault, FaultKind};
use serde_json::Value;

/// How soon a pending action may be asked for again by the clock.
const LEAST_PENDING_MS: i64 = 1_000;

impl Machine<'_> {
    /// The action that the task has asked for has come to something.
    pub(super) fn finished(
        &mut self,
        task: &Task,
        open: OpenTask,
        result: ActionResult,
    ) -> Result<Move, Trouble> {
        let fault = match (&open.stage, result) {
            (Stage::Calling(_), ActionResult::Called(result)) => {
                return self.answered(task, open, result);
            }
            (Stage::Preparing { .. }, ActionResult::Called(result)) => {
                return self.prepared(task, open, result);
            }
            (Stage::Acting { action, .. }, ActionResult::Returned(value)) => {
                let output = output_of(action, &open, value);
                match check_depth(&output, &task.pointer) {
                    Ok(()) => return self.complete(task, open, output, None),
                    Err(fault) => fault,
                }
            }
            (Stage::Acting { .. }, ActionResult::Pending { until_ms }) => {
                return Ok(self.put_off(open, until_ms));
            }
            (_, ActionResult::Raised(fault)) => Fault {
                instance: Some(task.pointer.clone()),
                ..fault
            },
            // Whoever performs it is wrong.
            (
                _,
                ActionResult::Called(_) | ActionResult::Returned(_) | ActionResult::Pending { .. },
            ) => FaultKind::Runtime.fault("the result does not fit the action", &task.pointer),
        };
        self.fail_task(task, &open, fault)
    }

    fn put_off(&mut self, mut open: OpenTask, until_ms: i64) -> Move {
        let soonest_ms = self.now_ms.saturating_add(LEAST_PENDING_MS);
        if let Stage::Acting {
            pending_until_ms, ..
        } = &mut open.stage
        {
            *pending_until_ms = Some(until_ms.max(soonest_ms));
        }
        self.run.frames.push(Frame::Task(Box::new(open)));
        Move::Rest
    }
}

/// What a task gives when its action is done.
fn output_of(action: &ActionKind, open: &OpenTask, returned: Value) -> Value {
    match action {
        ActionKind::Emit(event) => event.clone(),
        // DSL reference, "Run": a task that does not wait for its process gives its input.
        ActionKind::Workflow(child) if !child.is_awaited => open.input.clone(),
        ActionKind::Workflow(_) | ActionKind::Function { .. } | ActionKind::Http(_) => returned,
    }
}
