//! The answer that shows one execution, before and after its steps are added.

use domain::StepPosition;
use domain::limits::MAX_PAGE_BYTES;
use serde_json::{Value, json};

use super::super::step::StepList;
use crate::page::{Page, escaped_bytes};

/// An execution with its contents, whose steps are still to be added.
#[derive(Debug)]
pub struct View(Value);

impl View {
    pub(super) fn of(execution: Value) -> Self {
        Self(execution)
    }

    /// The list for as many of the first steps as fit into the answer.
    pub fn step_list(&self) -> StepList {
        let max_bytes = MAX_PAGE_BYTES.saturating_sub(escaped_bytes(&self.0));
        StepList::new(StepPosition::default(), usize::MAX, max_bytes)
    }

    /// The whole answer. The steps that do not fit are left to `GET /v1/executions/{executionId}/steps`, with
    /// `nextStepsCursor`.
    pub fn with_steps(self, steps: Page) -> Value {
        let Self(mut view) = self;
        view["steps"] = Value::from(steps.items);
        view["nextStepsCursor"] = json!(steps.next_cursor);
        view
    }
}
