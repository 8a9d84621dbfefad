//! The state of an execution: a stack of frames, which is the checkpoint. Knows how it is stored, not how it advances.

use super::stage::Stage;
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
