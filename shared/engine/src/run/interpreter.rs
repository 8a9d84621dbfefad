//! The interpreter of a slice: what it works on, the budget of the slice, and the outcomes of one transition.

use super::effect::{ActionResult, Step};
use super::state::Run;
use crate::definition::Definition;
use crate::fault::{Fault, FaultKind};
use crate::sandbox::{Sandbox, Stuck};
use crate::secrets::Secrets;

/// The most tasks that begin in a slice. After a slice the worker can write a checkpoint.
const TASKS_PER_SLICE: u32 = 200;
/// The most work of expressions in a slice. The last evaluation may exceed it, but not by more than its own limit.
const WORK_UNITS_PER_SLICE: u64 = 1_000_000;
/// The most bytes of history in a slice. The last step may exceed it.
const STEP_BYTES_PER_SLICE: usize = 256 << 10;

/// What is left of a slice.
pub(super) struct SliceBudget {
    pub(super) tasks_left: u32,
    pub(super) work_left: u64,
    pub(super) bytes_left: usize,
}

impl SliceBudget {
    pub(super) fn new() -> Self {
        Self {
            tasks_left: TASKS_PER_SLICE,
            work_left: WORK_UNITS_PER_SLICE,
            bytes_left: STEP_BYTES_PER_SLICE,
        }
    }

    pub(super) fn is_used_up(&self) -> bool {
        self.tasks_left == 0 || self.work_left == 0 || self.bytes_left == 0
    }
}

pub(super) struct Interpreter<'i> {
    pub(super) definition: &'i Definition,
    pub(super) run: &'i mut Run,
    pub(super) secrets: &'i Secrets,
    pub(super) sandbox: &'i Sandbox,
    pub(super) now_ms: i64,
    pub(super) steps: Vec<Step>,
    pub(super) budget: SliceBudget,
}

impl Interpreter<'_> {
    /// The fault of a state that does not match the definition, such as a checkpoint of another document.
    pub(super) fn corrupt_state(&self, detail: &str) -> Fault {
        let detail = format!("the state of the execution is corrupt: {detail}");
        FaultKind::Runtime.fault(detail, "")
    }
}

/// Why an operation of the interpreter failed.
pub(super) enum Failure {
    /// The workflow may catch it.
    Fault(Fault),
    /// The slice cannot go on.
    Stuck(Stuck),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Stuck> for Failure {
    fn from(stuck: Stuck) -> Self {
        Self::Stuck(stuck)
    }
}

/// What the loop does after a transition.
pub(super) enum Transition {
    /// Resume the topmost frame.
    Continue,
    /// The topmost task waits for something from outside.
    Suspend,
    /// End the slice: its budget is used up.
    Yield,
}

/// The result of an action, on its way to the task that asked for it.
pub(super) struct ArrivedResult {
    /// The id of the action.
    pub(super) id: String,
    pub(super) result: ActionResult,
}
