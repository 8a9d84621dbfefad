//! The machine that runs a slice: what it works on, what is left of the slice, and what a move can come to.

use super::effect::{ActionResult, Step};
use super::state::Run;
use crate::definition::Definition;
use crate::fault::Fault;
use crate::sandbox::{Sandbox, Stuck};
use crate::secrets::Secrets;

/// After so many tasks the worker gets a chance to write a checkpoint.
const TASKS_PER_SLICE: u32 = 200;
/// After so much work of expressions, too. One evaluation may go beyond it, but not by more than its own limit.
const WORK_UNITS_PER_SLICE: u64 = 1_000_000;
/// And after so many bytes of history.
const STEP_BYTES_PER_SLICE: usize = 256 << 10;

/// What is left of this slice.
pub(super) struct Slice {
    pub(super) tasks_left: u32,
    pub(super) work_left: u64,
    pub(super) bytes_left: usize,
}

impl Slice {
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

pub(super) struct Machine<'m> {
    pub(super) definition: &'m Definition,
    pub(super) run: &'m mut Run,
    pub(super) secrets: &'m Secrets,
    pub(super) sandbox: &'m Sandbox,
    pub(super) now_ms: i64,
    pub(super) steps: Vec<Step>,
    pub(super) slice: Slice,
}

/// Why something could not be done.
pub(super) enum Trouble {
    Fault(Fault),
    Stuck(Stuck),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Stuck> for Trouble {
    fn from(stuck: Stuck) -> Self {
        Self::Stuck(stuck)
    }
}

/// What a move of the machine came to.
pub(super) enum Move {
    /// On with the loop.
    On,
    /// The topmost task waits for something outside.
    Rest,
    /// The slice is used up.
    Yield,
}

/// A result on its way to the task that asked for it.
pub(super) struct Arrived {
    /// The id of the action.
    pub(super) id: String,
    pub(super) result: ActionResult,
}
