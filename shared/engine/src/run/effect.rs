//! What goes in and out of a run: events that the worker feeds in, effects that it performs, steps for history.

use crate::fault::Fault;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What happened since the run last came to a halt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The execution begins.
    Start,
    /// The call that was asked for has ended.
    Responded(CallResult),
    /// A wait may be over; whether it is, the time says.
    Resumed,
    /// Nothing: go on, or say again what is waited for. Right after a crash, too.
    Continue,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallResult {
    /// An answer came, whatever its status.
    Response {
        /// The HTTP status code.
        status: u16,
        /// Names and values, in the order in which they came.
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// No answer came.
    Failed {
        kind: CallFailure,
        /// A sentence without secrets: it is shown in history.
        detail: String,
    },
}

/// Why no answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallFailure {
    /// The other side could not be reached, or broke off.
    Communication,
    /// It took too long.
    Timeout,
    /// The call is not allowed, to that address for instance.
    Refused,
}

/// What has to be done before the run can go on. Effects happen at least once.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Make this call and feed the result back.
    Call(HttpCall),
    /// Come back at this time, in milliseconds since 1970.
    Wait { until_ms: i64 },
    /// This slice of work is used up: checkpoint, and go on.
    Continue,
    /// The workflow has ended with this output.
    Done(Value),
    /// The workflow has faulted.
    Fault(Fault),
}

/// A call to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpCall {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
    /// `<task path>/<visit>`. With the execution's id before it, it is the idempotency key: the same for every repeat
    /// of this visit, different for every other call of the execution.
    pub idempotency_key_suffix: String,
}

/// A task that ended in this slice, or that is open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The JSON pointer of the task in the document.
    pub path: String,
    pub name: String,
    /// What the task is: `set`, `call:http`, ….
    pub kind: String,
    /// Which time the task is run, from 1; loops and jumps count it up. Path and visit name a step.
    pub visit: u32,
    pub status: StepStatus,
    /// How often this visit was tried.
    pub attempts: u32,
    pub started_at_ms: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at_ms: Option<i64>,
    pub input: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Fault>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallRecord>,
}

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StepStatus {
    /// Open: a call or a wait is under way.
    Running,
    Succeeded,
    Failed,
    /// Its condition was false.
    Skipped,
}

/// What a step called, and what came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRecord {
    pub method: String,
    pub url: String,
    /// The status of the answer; nothing while there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}
