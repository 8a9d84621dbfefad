//! How far an open task has come: part of the checkpoint, so its forms are stored. Knows not how a task advances.

use super::effect::ActionKind;
use super::state::Frame;
use crate::definition::Then;
use crate::fault::Fault;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// How far a task has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Stage {
    /// A list inside it is running.
    Nested,
    /// Something that the call needs is being asked for first.
    Preparing {
        need: Need,
        ask: OpenCall,
        /// The call itself, where it is known already.
        then: Option<Box<OpenCall>>,
    },
    Calling(OpenCall),
    /// An action other than a call is being performed.
    Acting {
        action: ActionKind,
        /// It has begun, and is asked for again at this time.
        pending_until_ms: Option<i64>,
    },
    /// A list of an extension of the task is running.
    Extending(Extending),
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

/// Which list of which extension is running.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Extending {
    Before {
        at: usize,
    },
    /// The task has given its output already.
    After {
        at: usize,
        output: Value,
        then: Then,
    },
}

/// What a call may need first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Need {
    /// The description of the operation.
    Description,
    /// Where tokens are given.
    Discovery,
    Token,
}

impl Stage {
    /// What a call needs first, and the call itself where it is known.
    pub(super) fn preparing(need: Need, ask: OpenCall, then: Option<OpenCall>) -> Self {
        let then = then.map(Box::new);
        Self::Preparing { need, ask, then }
    }

    /// An action that has just been asked for.
    pub(super) fn acting(action: ActionKind) -> Self {
        Self::Acting {
            action,
            pending_until_ms: None,
        }
    }
}

/// An attempt at the list of a `try`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Attempt {
    /// Which one it is, from 1.
    pub(super) number: u32,
    pub(super) first_at_ms: i64,
    /// When this attempt runs out of time.
    #[serde(default)]
    pub(super) deadline_ms: Option<i64>,
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

impl Branch {
    /// Its frames, where they are set aside.
    pub(super) fn frames(&self) -> Option<&[Frame]> {
        match self {
            Self::Parked(frames) => Some(frames),
            Self::Active | Self::Done(_) => None,
        }
    }
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
