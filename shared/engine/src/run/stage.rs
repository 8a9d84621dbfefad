//! How far an open task has come. Part of the checkpoint, so its forms are stored. Knows not how a task advances.

use super::effect::{ActionKind, Upload};
use super::shared::Shared;
use super::state::Frame;
use crate::definition::FlowDirective;
use crate::fault::Fault;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// How far a task has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Stage {
    /// The list inside it is running, or the task has only begun.
    Nested,
    /// A request that the call depends on is under way.
    Preparing {
        prerequisite: Prerequisite,
        request: OpenCall,
        /// The call itself, if it is known already.
        call: Option<Box<OpenCall>>,
    },
    Calling(OpenCall),
    /// An action other than a call over HTTP is under way.
    Acting {
        action: ActionKind,
        /// The action has begun; the engine asks for it again at this time.
        pending_until_ms: Option<i64>,
    },
    /// A list of an extension of the task is running.
    Extending(Extending),
    Waiting {
        until_ms: i64,
    },
    /// An iteration of `for` is running.
    Looping {
        items: Vec<Value>,
        index: usize,
    },
    /// The list of a `try` is running.
    Trying(Attempt),
    /// The next attempt begins at this time.
    Retrying {
        attempt: Attempt,
        until_ms: i64,
    },
    /// An error was caught and is being handled.
    Catching {
        error: Fault,
        attempt: u32,
    },
    /// Branches are running. The frames of the active one are above this frame.
    Forked(Vec<Branch>),
}

/// The list of an extension that is running.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Extending {
    /// `before` of the extension with this index.
    Before { index: usize },
    /// `after` of the extension with this index; the task has ended already.
    After {
        index: usize,
        output: Shared,
        then: FlowDirective,
    },
}

/// What a call depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Prerequisite {
    /// The OpenAPI description of the operation.
    Description,
    /// The OpenID Connect configuration, which has the URL of the token endpoint.
    Discovery,
    /// An access token.
    Token,
}

impl Stage {
    /// A request for a prerequisite, and the call itself if it is known.
    pub(super) fn preparing(
        prerequisite: Prerequisite,
        request: OpenCall,
        call: Option<OpenCall>,
    ) -> Self {
        let call = call.map(Box::new);
        Self::Preparing {
            prerequisite,
            request,
            call,
        }
    }

    /// An action that the engine asks for now.
    pub(super) fn acting(action: ActionKind) -> Self {
        Self::Acting {
            action,
            pending_until_ms: None,
        }
    }
}

/// An attempt to run the list of a `try`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Attempt {
    /// The number of the attempt, from 1.
    pub(super) number: u32,
    /// When the first attempt began, in epoch milliseconds.
    pub(super) first_at_ms: i64,
    /// When this attempt times out, in epoch milliseconds.
    #[serde(default)]
    pub(super) deadline_ms: Option<i64>,
    /// How often the tasks inside had begun before the first attempt. Every attempt counts from there, so that a
    /// retry makes the same visits, and its calls carry the same idempotency keys.
    pub(super) visits: BTreeMap<String, u32>,
}

/// A branch of a `fork`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Branch {
    /// Its frames are on the stack, above the task.
    Active,
    /// Its frames are stored here while another branch is active.
    Parked(Vec<Frame>),
    /// It has ended with this output.
    Done(Shared),
}

impl Branch {
    /// The frames of a parked branch.
    pub(super) fn frames(&self) -> Option<&[Frame]> {
        match self {
            Self::Parked(frames) => Some(frames),
            Self::Active | Self::Done(_) => None,
        }
    }
}

/// A call over HTTP, stored so that a repeat sends the same request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct OpenCall {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    /// The `authorization` header. Apart from the others, because no output shows it.
    pub(super) authorization: Option<String>,
    pub(super) body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) upload: Option<Upload>,
}
