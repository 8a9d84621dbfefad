//! One step of an execution as JSON. It does not know how steps are kept.

use domain::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// One visit of a task: what went in, what came out, what it called.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// JSON pointer (RFC 6901) of the task in the definition.
    pub path: String,
    pub name: String,
    /// What the task is: `set`, `call:http`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Which time the task was run, from 1.
    pub visit: u32,
    pub status: &'static str,
    pub attempts: u32,
    pub started_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    pub input: Value,
    pub output: Option<Value>,
    /// `{type, title, status, detail, instance}`.
    pub error: Option<Value>,
    /// `{method, url, status}` of what it called.
    pub call: Option<Value>,
}
