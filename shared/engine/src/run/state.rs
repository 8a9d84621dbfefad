//! The state of an execution: a stack of frames, which is the checkpoint. Knows how it is stored, not how it advances.

use super::shared::Shared;
use super::stage::Stage;
use crate::fault::Fault;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What expressions see of an execution (`$workflow`, `$runtime`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunContext {
    /// The id of the execution, `$workflow.id`. Idempotency keys begin with it.
    pub execution_id: String,
    /// The id of the workflow.
    pub workflow_id: String,
    /// The version of the workflow that the execution runs, as Sluice counts versions.
    pub workflow_version: u64,
    /// When the execution was accepted, in epoch milliseconds.
    pub started_at_ms: i64,
}

/// An execution between two effects. Its serialised form is the checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The version of the serialised form.
    #[serde(deserialize_with = "known_version")]
    pub(super) v: u32,
    pub(super) context: RunContext,
    /// The input of the workflow before `input.from`.
    pub(super) input: Shared,
    /// `$context`.
    pub(super) exported: Shared,
    pub(super) phase: Phase,
    pub(super) frames: Vec<Frame>,
    /// How often each task has begun, by its pointer.
    pub(super) visits: BTreeMap<String, u32>,
    /// How many tasks have begun in all.
    pub(super) tasks: u64,
    /// When the workflow times out, in epoch milliseconds.
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

/// An entry of the stack. A task is above its list, and a nested list is above its task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Frame {
    /// A list of tasks that run one after the other.
    List {
        /// The pointer of the list.
        list: String,
        /// The index of the next task.
        next: usize,
        /// The output of the task before it.
        data: Shared,
    },
    /// A task that has begun.
    Task(Box<OpenTask>),
    /// A branch of the `fork` below: one task of the list of branches.
    Branch {
        /// The pointer of the list of branches.
        list: String,
        index: usize,
        progress: BranchProgress,
    },
}

/// How far a branch has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum BranchProgress {
    /// The branch has not begun; this is its input.
    New(Shared),
    Running,
    /// The task of the branch has ended with this output.
    Ended(Shared),
}

/// The index of the next task of a list that was left by `exit`.
pub(super) const EXITED: usize = usize::MAX;

/// A task that has begun and not ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct OpenTask {
    /// The pointer of the task.
    pub(super) pointer: String,
    /// How often the task has begun, this time included.
    pub(super) visit: u32,
    pub(super) started_at_ms: i64,
    /// When the task times out, in epoch milliseconds.
    pub(super) deadline_ms: Option<i64>,
    /// The input before `input.from`.
    pub(super) raw: Shared,
    /// The input after `input.from`; `None` if that is the same.
    pub(super) transformed: Option<Shared>,
    pub(super) stage: Stage,
}

impl OpenTask {
    /// The input after `input.from`: `$input`.
    pub(super) fn input(&self) -> &Shared {
        self.transformed.as_ref().unwrap_or(&self.raw)
    }
}

/// The version of the serialised form that is written, and the only one that is read.
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
    /// The version of a checkpoint that a newer version of this program wrote.
    pub fn newer_version(checkpoint: &Value) -> Option<u64> {
        let version = checkpoint["v"].as_u64();
        version.filter(|version| *version > u64::from(VERSION))
    }

    /// A run that has not begun; its first event is [`Event::Start`](super::effect::Event::Start).
    pub fn start(context: RunContext, input: Value) -> Self {
        Self {
            v: VERSION,
            context,
            input: Shared::from(input),
            exported: Shared::default(),
            phase: Phase::New,
            frames: Vec::new(),
            visits: BTreeMap::new(),
            tasks: 0,
            deadline_ms: None,
        }
    }

    /// Whether the run is done or has faulted.
    pub fn has_ended(&self) -> bool {
        match self.phase {
            Phase::New | Phase::Running => false,
            Phase::Done(_) | Phase::Faulted(_) => true,
        }
    }
}

impl Frame {
    /// The open task of the frame.
    pub(super) fn task(&self) -> Option<&OpenTask> {
        match self {
            Self::Task(open) => Some(open),
            Self::List { .. } | Self::Branch { .. } => None,
        }
    }
}
