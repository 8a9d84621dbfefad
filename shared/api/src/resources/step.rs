//! The steps of an execution as JSON, and the query of their list. It does not know how steps are stored.

use std::collections::HashMap;

use domain::limits::{DEFAULT_PAGE_STEPS, MAX_PAGE_BYTES, MAX_PAGE_STEPS, MAX_SHOWN_VALUE_BYTES};
use domain::{StepPosition, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

use crate::inbound::Inbound;
use crate::page::{Page, PageCursor, Paging, escaped_bytes, only, write_cursor};
use crate::problem::Problem;

/// One visit of a task: its input, its output, and what it called.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    /// What has become of it.
    #[cfg_attr(test, schemars(extend("enum" = ["running", "succeeded", "failed", "skipped"])))]
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

impl PageCursor for StepPosition {
    const LIST: &'static str = "steps";

    fn write(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

/// Reads the query of `GET /v1/executions/{executionId}/steps`: `limit` (100 by default, at most 1,000) and `cursor`.
pub fn paging(inbound: &Inbound) -> Result<Paging<StepPosition>, Problem> {
    only(inbound, &["limit", "cursor"])?;
    Paging::parse_with(inbound, DEFAULT_PAGE_STEPS, MAX_PAGE_STEPS)
}

/// A page of steps in the making: as many as `max_steps` and `max_bytes` allow. A step that was stored while it ran, and
/// again when it ended, is shown once, as it ended; where the second time is on a later page, it is shown there again.
#[derive(Debug)]
pub struct StepList {
    max_steps: usize,
    max_bytes: usize,
    items: Vec<Value>,
    /// The bytes of each item as answered, and of all.
    item_bytes: Vec<usize>,
    all_bytes: usize,
    /// Where the visit of a task is among the items.
    indexes: HashMap<(String, u32), usize>,
    /// The position of the first step that is not on this page.
    next: StepPosition,
    is_full: bool,
}

impl StepList {
    /// The page that begins at the cursor. The bounded values of a single step fit into [`MAX_PAGE_BYTES`], so each page
    /// has a step.
    pub fn of_paging(paging: &Paging<StepPosition>) -> Self {
        let first = paging.after.unwrap_or_default();
        Self::new(first, paging.limit, MAX_PAGE_BYTES)
    }

    pub(super) fn new(first: StepPosition, max_steps: usize, max_bytes: usize) -> Self {
        Self {
            max_steps,
            max_bytes,
            items: Vec::new(),
            item_bytes: Vec::new(),
            all_bytes: 0,
            indexes: HashMap::new(),
            next: first,
            is_full: false,
        }
    }

    /// Adds a step, after which the next one is at that position. `false` where it does not fit: the page is complete.
    pub fn add(&mut self, step: Step, next: StepPosition) -> bool {
        let visit = (step.path.clone(), step.visit);
        let earlier = self.indexes.get(&visit).copied();
        let value = step.view();
        let bytes = escaped_bytes(&value);
        let earlier_bytes = earlier.map_or(0, |index| self.item_bytes[index]);
        let all_bytes = self.all_bytes - earlier_bytes + bytes;
        let count = self.items.len() + usize::from(earlier.is_none());
        if count > self.max_steps || all_bytes > self.max_bytes {
            self.is_full = true;
            return false;
        }
        match earlier {
            Some(index) => {
                self.items[index] = value;
                self.item_bytes[index] = bytes;
            }
            None => {
                self.indexes.insert(visit, self.items.len());
                self.items.push(value);
                self.item_bytes.push(bytes);
            }
        }
        self.all_bytes = all_bytes;
        self.next = next;
        true
    }

    /// The page, with a cursor where a step did not fit.
    pub fn into_page(self) -> Page {
        Page {
            items: self.items,
            next_cursor: self.is_full.then(|| write_cursor(&self.next)),
        }
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
