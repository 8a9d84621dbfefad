//! The steps of an execution as JSON, and the query of their list. It does not know how steps are stored.

use domain::Timestamp;
use domain::limits::{DEFAULT_PAGE_STEPS, MAX_PAGE_BYTES, MAX_PAGE_STEPS, MAX_SHOWN_VALUE_BYTES};
use serde::Serialize;
use serde_json::{Value, json};

use crate::inbound::Inbound;
use crate::page::{Page, PageCursor, Paging, escaped_bytes, only, write_cursor};
use crate::problem::Problem;

/// One visit of a task: its input, its output, and what it called.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// JSON pointer (RFC 6901) of the task in the definition.
    pub path: String,
    /// The name of the task.
    pub name: String,
    /// What the task is: `set`, `call:http`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Which time the task was run, from 1.
    pub visit: u32,
    /// `running`, `succeeded`, `failed` or `skipped`.
    pub status: &'static str,
    /// How often the task was tried.
    pub attempts: u32,
    /// When the visit began.
    pub started_at: Timestamp,
    /// When the visit ended.
    pub finished_at: Option<Timestamp>,
    /// The input of the task.
    pub input: Value,
    /// The output of a task that succeeded.
    pub output: Option<Value>,
    /// Why the task failed: `{type, title, status, detail, instance}`.
    pub error: Option<Value>,
    /// What the task called: `{method, url, status}`.
    pub call: Option<Value>,
}

/// The number of steps before a page: the steps of an execution keep their order, and new ones follow at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StepCount(usize);

impl PageCursor for StepCount {
    const LIST: &'static str = "steps";

    fn write(&self) -> String {
        self.0.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

/// Reads the query of `GET /v1/executions/{executionId}/steps`: `limit` (100 by default, at most 1,000) and `cursor`.
pub fn paging(inbound: &Inbound) -> Result<Paging<StepCount>, Problem> {
    only(inbound, &["limit", "cursor"])?;
    Paging::parse_with(inbound, DEFAULT_PAGE_STEPS, MAX_PAGE_STEPS)
}

/// A page of the steps of an execution.
pub fn page(steps: Vec<Step>, paging: &Paging<StepCount>) -> Page {
    let first = paging.after.map_or(0, |count| count.0);
    steps_from(steps, first, paging.limit, MAX_PAGE_BYTES)
}

/// The steps that follow the first ones, as many as `max_steps` and `max_bytes` allow. The bounded values of a single
/// step fit into [`MAX_PAGE_BYTES`], so each page has a step.
pub(super) fn steps_from(
    steps: Vec<Step>,
    first: usize,
    max_steps: usize,
    max_bytes: usize,
) -> Page {
    let count = steps.len();
    let mut items = Vec::new();
    let mut bytes = 0;
    for step in steps.into_iter().skip(first).take(max_steps) {
        let value = step.view();
        bytes += escaped_bytes(&value);
        if bytes > max_bytes {
            break;
        }
        items.push(value);
    }
    let shown = first.saturating_add(items.len());
    Page {
        items,
        next_cursor: (shown < count).then(|| write_cursor(&StepCount(shown))),
    }
}

impl Step {
    /// The step as JSON, in which a value that is too large is replaced by a note of its size.
    fn view(mut self) -> Value {
        self.input = bounded(self.input, MAX_SHOWN_VALUE_BYTES);
        let bounded = |value| bounded(value, MAX_SHOWN_VALUE_BYTES);
        self.output = self.output.map(bounded);
        self.error = self.error.map(bounded);
        json!(self)
    }
}

/// The value, or a note of its size where it takes more than these bytes of an answer.
pub(super) fn bounded(value: Value, max_bytes: usize) -> Value {
    if escaped_bytes(&value) <= max_bytes {
        return value;
    }
    let bytes = value.to_string().len();
    json!({"omitted": format!("{bytes} bytes of JSON are too large to show")})
}

#[cfg(test)]
mod tests;
