//! Results of actions. Those of calls over HTTP are handed on; all others end their task here.

use super::effect::{ActionKind, ActionResult};
use super::evaluation::check_depth;
use super::interpreter::{Failure, Interpreter, Transition};
use super::shared::Shared;
use super::stage::Stage;
use super::state::{Frame, OpenTask};
use crate::definition::{Task, TaskKind};
use crate::fault::{Fault, FaultKind};
use serde_json::Value;

/// The soonest that the engine asks for a pending action again.
const MIN_PENDING_MS: i64 = 1_000;

impl Interpreter<'_> {
    /// Hands the result of an action to the task that asked for it.
    pub(super) fn accept_result(
        &mut self,
        task: &Task,
        open: OpenTask,
        result: ActionResult,
    ) -> Result<Transition, Failure> {
        let fault = match (&open.stage, result) {
            (Stage::Calling(_), ActionResult::Called(result)) => {
                return self.accept_response(task, open, result);
            }
            (Stage::Preparing { .. }, ActionResult::Called(result)) => {
                return self.accept_prerequisite(task, open, result);
            }
            (Stage::Acting { action, .. }, ActionResult::Returned(value)) => {
                let output = output_of(action, task, &open, value);
                match check_depth(&output, &task.pointer) {
                    Ok(()) => return self.complete(task, open, output, None),
                    Err(fault) => fault,
                }
            }
            (Stage::Acting { .. }, ActionResult::Pending { until_ms }) => {
                return Ok(self.postpone(open, until_ms));
            }
            (_, ActionResult::Raised(fault)) => Fault {
                instance: Some(task.pointer.clone()),
                ..fault
            },
            // A bug of the worker.
            (
                _,
                ActionResult::Called(_) | ActionResult::Returned(_) | ActionResult::Pending { .. },
            ) => FaultKind::Runtime.fault("the result does not fit the action", &task.pointer),
        };
        self.fail_task(task, &open, fault)
    }

    fn postpone(&mut self, mut open: OpenTask, until_ms: i64) -> Transition {
        let soonest_ms = self.now_ms.saturating_add(MIN_PENDING_MS);
        if let Stage::Acting {
            pending_until_ms, ..
        } = &mut open.stage
        {
            *pending_until_ms = Some(until_ms.max(soonest_ms));
        }
        self.run.frames.push(Frame::Task(Box::new(open)));
        Transition::Suspend
    }
}

/// The output of a task whose action is done.
fn output_of(action: &ActionKind, task: &Task, open: &OpenTask, returned: Value) -> Shared {
    match action {
        ActionKind::Emit(event) => Shared::from(event.clone()),
        // DSL reference, "Run": the output of a task that does not await its process is its input.
        ActionKind::Workflow(child) if !child.is_awaited => open.input().clone(),
        ActionKind::Workflow(_) if returns_none(task) => Shared::default(),
        ActionKind::Workflow(_) | ActionKind::Function { .. } | ActionKind::Http(_) => {
            Shared::from(returned)
        }
    }
}

fn returns_none(task: &Task) -> bool {
    matches!(&task.kind, TaskKind::Run(child) if child.returns_none)
}
