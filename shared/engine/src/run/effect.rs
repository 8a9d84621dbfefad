//! What goes in and out of a run: events that the worker feeds in, effects that it performs, steps for history.

use crate::fault::Fault;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What happened since the run last came to a halt.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The execution begins.
    Start,
    /// An action that was asked for has come to something. A result that nobody waits for changes nothing.
    Finished {
        /// The action's id.
        id: String,
        result: ActionResult,
    },
    /// A time may have come; whether it has, the clock says.
    Resumed,
    /// Something pending may be over: all that is pending is asked for again.
    Awoken,
    /// Nothing: go on, or say again what is waited for. Right after a crash, too.
    Continue,
}

/// What an action came to.
#[derive(Clone, Debug, PartialEq)]
pub enum ActionResult {
    /// The HTTP call has ended.
    Called(CallResult),
    /// It is done, and gave this.
    Returned(Value),
    /// It failed. The fault's instance is set to the task that asked.
    Raised(Fault),
    /// It has begun and is not over. At that time, in milliseconds since 1970, it is asked for again under the same id:
    /// whoever performs it then looks how far it has come.
    Pending { until_ms: i64 },
}

/// How an HTTP call ended.
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

/// What has to be done before the run can go on.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Perform these side by side, and feed each result back as it comes. The engine then says anew what it waits for:
    /// an action that is listed again is still wanted, one that is not is to be dropped, whatever it would give.
    /// Actions happen at least once.
    Perform {
        /// At least one; no two have the same id.
        actions: Vec<Action>,
        /// Feed [`Event::Resumed`] at this time, in milliseconds since 1970, if no result came before.
        until_ms: Option<i64>,
    },
    /// There is nothing to perform: come back at this time, in milliseconds since 1970.
    Wait { until_ms: i64 },
    /// This slice of work is used up: checkpoint, and go on.
    Continue,
    /// The workflow has ended with this output.
    Done(Value),
    /// The workflow has faulted.
    Fault(Fault),
}

/// Something to perform outside.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// `<task path>/<visit>`, and a part behind it where a task needs several. With the execution's id before it, it is
    /// the idempotency key: the same for every repeat, different for every other action of the execution.
    pub id: String,
    pub kind: ActionKind,
}

/// What to perform.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ActionKind {
    /// Make this call. Ends as [`ActionResult::Called`].
    Http(HttpCall),
    /// Publish this CloudEvent. Ends as [`ActionResult::Returned`]; what it gave is not looked at.
    Emit(Value),
    /// Call a function that the runtime offers, such as `aws.sqs`. The arguments are an object.
    Function { name: String, arguments: Value },
    /// Run another workflow.
    Workflow(ChildRun),
}

/// A workflow to run as a child of this execution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChildRun {
    pub namespace: String,
    pub name: String,
    /// The author's version, or `latest`.
    pub version: String,
    pub input: Value,
    /// Whether the child's output is the result. Else the result comes as soon as the child is recorded, and what it is
    /// is not looked at.
    pub is_awaited: bool,
}

/// A call to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpCall {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
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
