//! The interface of a run: the events that the worker feeds in, the effects that it performs, and the steps of history.

use crate::fault::Fault;
use domain::FileKey;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What happened since the last effect.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The execution begins.
    Start,
    /// An action has a result. A result that no task waits for changes nothing.
    Finished {
        /// The id of the action.
        id: String,
        /// Its result.
        result: ActionResult,
    },
    /// A time may have come: the engine compares its deadlines with `now_ms`.
    Resumed,
    /// A pending action may have ended: the engine asks for all pending actions again.
    Awoken,
    /// Nothing happened: the run continues, or returns its effect again. Also the event after a crash.
    Continue,
}

/// The result of an action.
#[derive(Clone, Debug, PartialEq)]
pub enum ActionResult {
    /// The HTTP call has ended.
    Called(CallResult),
    /// The action is done, and returned this.
    Returned(Value),
    /// The action failed. The engine sets the instance of the fault to the task.
    Raised(Fault),
    /// The action has begun and not ended. The engine asks for it again under the same id, so that the worker can check
    /// on it.
    Pending {
        /// When the engine asks again, in epoch milliseconds.
        until_ms: i64,
    },
}

/// How an HTTP call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallResult {
    /// A response was received, whatever its status.
    Response {
        /// The HTTP status code.
        status: u16,
        /// Names and values, in the order of the response.
        headers: Vec<(String, String)>,
        /// The body, decompressed.
        body: Vec<u8>,
    },
    /// No response was received.
    Failed {
        /// Why.
        kind: CallFailure,
        /// A sentence without secrets: it is shown in history.
        detail: String,
    },
}

/// Why a call has no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallFailure {
    /// The server could not be reached, or closed the connection.
    Communication,
    /// The call timed out.
    Timeout,
    /// The call is not allowed, for instance to this address.
    Refused,
}

/// What a run needs next.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Perform these actions concurrently, and feed each result back when it arrives. The next effect lists all actions
    /// that the run still waits for; drop every other action. Actions happen at least once.
    Perform {
        /// At least one; no two have the same id.
        actions: Vec<Action>,
        /// Feed [`Event::Resumed`] at this time, in epoch milliseconds, if no result arrived before.
        until_ms: Option<i64>,
    },
    /// There is nothing to perform: feed [`Event::Resumed`] at this time.
    Wait {
        /// In epoch milliseconds.
        until_ms: i64,
    },
    /// The slice is used up: write a checkpoint, then feed [`Event::Continue`].
    Continue,
    /// The workflow has ended with this output.
    Done(Value),
    /// The workflow has faulted.
    Fault(Fault),
}

/// Something that the worker performs.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// `<task pointer>/<visit>`, with a suffix for the prerequisites of a call. After the id of the execution it is the
    /// idempotency key: the same for every repeat, different for every other action of the execution.
    pub id: String,
    /// What to perform.
    pub kind: ActionKind,
}

/// What to perform.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ActionKind {
    /// Make this call. Its result is [`ActionResult::Called`].
    Http(HttpCall),
    /// Publish this CloudEvent. Its result is [`ActionResult::Returned`] with any value.
    Emit(Value),
    /// Call a built-in function.
    Function {
        /// The name, such as `aws.sqs`.
        name: String,
        /// An object.
        arguments: Value,
    },
    /// Run another workflow.
    Workflow(ChildRun),
}

/// A workflow to run as a child of this execution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChildRun {
    /// `document.namespace` of the workflow.
    pub namespace: String,
    /// `document.name` of the workflow.
    pub name: String,
    /// `document.version` of the workflow, or `latest`.
    pub version: String,
    /// The input of the child.
    pub input: Value,
    /// Whether the result is the output of the child. If not, the result is due when the child is recorded, and may be
    /// any value.
    pub is_awaited: bool,
}

/// A call over HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpCall {
    /// In upper case.
    pub method: String,
    /// An absolute URL of http or https.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body, if there is one.
    pub body: Option<Vec<u8>>,
    /// What is sent instead of a body, where it takes more than text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<Upload>,
}

/// A body that is more than text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Upload {
    /// The bytes of this file.
    File(FileKey),
    /// A form (`multipart/form-data`), whose boundary the worker chooses, and names in the content type.
    Form(Vec<FormPart>),
}

/// A part of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FormPart {
    /// The name of the field.
    pub name: String,
    /// Its value.
    pub value: PartValue,
}

/// The value of a part of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PartValue {
    /// A text.
    Text(String),
    /// The bytes of this file, under its name and type.
    File(FileKey),
}

/// A record of a task that has ended or is suspended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The JSON pointer of the task in the document.
    pub path: String,
    /// The name of the task.
    pub name: String,
    /// What the task is: `set`, `call:http`, ….
    pub kind: String,
    /// How often the task has begun, this time included; loops and jumps count it up. Path and visit identify a step.
    pub visit: u32,
    /// The status of the task.
    pub status: StepStatus,
    /// How often this visit was attempted.
    pub attempts: u32,
    /// When the task began, in epoch milliseconds.
    pub started_at_ms: i64,
    /// When the task ended, in epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at_ms: Option<i64>,
    /// The input after `input.from`.
    pub input: Value,
    /// The output after `output.as`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// The fault of a failed task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Fault>,
    /// The call that the task has made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallRecord>,
}

/// The status of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StepStatus {
    /// The task is suspended: it waits for a result or a time.
    Running,
    /// The task has ended with an output.
    Succeeded,
    /// The task has faulted, or was cancelled.
    Failed,
    /// The condition of the task was false.
    Skipped,
}

/// The call of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRecord {
    /// The method of the request.
    pub method: String,
    /// The URL of the request, without secrets.
    pub url: String,
    /// The status of the response, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}
