//! The state of an execution: a stack of frames, which is the checkpoint. Knows how it is stored, not how it advances.

use crate::fault::Fault;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a run shows of itself to expressions (`$workflow`, `$runtime`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunContext {
    pub execution_id: String,
    pub workflow_id: String,
    pub workflow_version: u64,
    /// Milliseconds since 1970.
    pub started_at_ms: i64,
}

/// An execution between two effects. Its serialised form is the checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The version of this form.
    #[serde(deserialize_with = "known_version")]
    pub(super) v: u32,
    pub(super) context: RunContext,
    /// The input of the workflow before `input.from`.
    pub(super) input: Value,
    /// `$context`.
    pub(super) exported: Value,
    pub(super) phase: Phase,
    pub(super) frames: Vec<Frame>,
    /// How often each task was begun, by its pointer.
    pub(super) visits: BTreeMap<String, u32>,
    /// How many tasks were begun in all.
    pub(super) tasks: u64,
    /// When the workflow runs out of time.
    pub(super) deadline_ms: Option<i64>,
    /// The task whose effect was asked for last; the result is for it.
    pub(super) awaited: Option<Awaited>,
}

/// A task at one of its visits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Awaited {
    pub(super) at: String,
    pub(super) visit: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Phase {
    New,
    Running,
    Done(Value),
    Faulted(Fault),
}

/// What is under way. A task's frame lies on that of its list, and a nested list's on that of its task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Frame {
    /// A list of tasks, run one after the other.
    List {
        /// The pointer of the list.
        at: String,
        /// The place of the task to run next.
        next: usize,
        /// What the task before it gave.
        data: Value,
    },
    /// A task that has begun.
    Task(Box<OpenTask>),
    /// A branch of the task below: one task of a list, run by itself.
    Branch {
        /// The pointer of the list.
        at: String,
        /// The place of the branch in the list.
        index: usize,
        /// The input of the branch, until it has begun.
        input: Option<Value>,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct OpenTask {
    /// The pointer of the task.
    pub(super) at: String,
    pub(super) visit: u32,
    pub(super) started_at_ms: i64,
    /// When the task runs out of time.
    pub(super) deadline_ms: Option<i64>,
    /// Before `input.from`.
    pub(super) raw: Value,
    /// After `input.from`: `$input`.
    pub(super) input: Value,
    pub(super) stage: Stage,
}

/// How far a task has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Stage {
    /// A list inside it is running.
    Nested,
    /// The description of an operation is being asked for.
    Describing(OpenCall),
    /// A token is being asked for.
    Authenticating(OpenCall),
    Calling(OpenCall),
    Waiting {
        until_ms: i64,
    },
    /// A round of a loop is running.
    Looping {
        items: Vec<Value>,
        at: usize,
    },
    /// The list of a `try` is running.
    Trying(Attempt),
    /// The next attempt is put off.
    Retrying {
        attempt: Attempt,
        until_ms: i64,
    },
    /// An error was caught and is being handled.
    Catching {
        error: Fault,
        attempt: u32,
    },
    /// Branches are running. One of them may lie on top of this frame.
    Forked(Vec<Branch>),
}

/// An attempt at the list of a `try`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Attempt {
    /// Which one it is, from 1.
    pub(super) number: u32,
    pub(super) first_at_ms: i64,
    /// How often the tasks inside had been begun before the first attempt. Every attempt counts from there, so that a
    /// retry makes the same visits, and its calls carry the same keys.
    pub(super) visits: BTreeMap<String, u32>,
}

/// A branch of a `fork`, seen from the task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Branch {
    /// Its frames lie on top of the task's.
    Active,
    /// Its frames are set aside.
    Parked(Vec<Frame>),
    /// It has ended with this output.
    Done(Value),
}

/// A call as it was made, so that a repeat is the same call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct OpenCall {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    /// The header that proves who calls. Apart from the others, because no output shows it.
    pub(super) authorization: Option<String>,
    pub(super) body: Option<String>,
}

/// The version of the form that is written, and so far the only one that is read.
const VERSION: u32 = 1;

fn known_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        VERSION => Ok(VERSION),
        other => Err(D::Error::custom(format!(
            "a checkpoint of version {other} cannot be read"
        ))),
    }
}

impl Run {
    /// A run that has not begun: feed it [`Event::Start`](super::effect::Event::Start).
    pub fn start(context: RunContext, input: Value) -> Self {
        Self {
            v: VERSION,
            context,
            input,
            exported: Value::Null,
            phase: Phase::New,
            frames: Vec::new(),
            visits: BTreeMap::new(),
            tasks: 0,
            deadline_ms: None,
            awaited: None,
        }
    }

    /// Whether the run has ended, one way or the other.
    pub fn has_ended(&self) -> bool {
        match self.phase {
            Phase::New | Phase::Running => false,
            Phase::Done(_) | Phase::Faulted(_) => true,
        }
    }
}
