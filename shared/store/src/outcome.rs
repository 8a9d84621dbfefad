//! What becomes of creating and changing records.

use domain::Workflow;

/// What became of creating a record whose id may be derived from an `Idempotency-Key`.
#[derive(Clone, Debug, PartialEq)]
pub enum InsertOutcome<T> {
    /// This request created it.
    New(T),
    /// An earlier, identical request with the same key created it.
    Repeat(T),
    /// The key was used for another request, or for a record that is gone.
    KeyReused,
}

/// What became of creating a workflow.
#[derive(Clone, Debug, PartialEq)]
pub enum WorkflowCreation {
    /// This request created it.
    New(Workflow),
    /// An earlier, identical request with the same `Idempotency-Key` created it.
    Repeat(Workflow),
    /// The key was used for another request, or for a workflow that is gone.
    KeyReused,
    /// Another workflow has the slug.
    SlugTaken,
    /// The org has as many active workflows as it may.
    PlanLimit {
        /// How many it may have.
        limit: u64,
    },
    /// The operator changed the org since it was read.
    OrgChanged,
}

/// What became of changing a workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkflowUpdate {
    /// It is changed.
    Updated,
    /// Another request has changed or deleted it, or its org, since they were read.
    Conflict,
    /// Another workflow has the slug.
    SlugTaken,
    /// The org has as many active workflows as it may.
    PlanLimit {
        /// How many it may have.
        limit: u64,
    },
}

/// What became of changing a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateOutcome {
    /// It is changed.
    Updated,
    /// Another request has changed or deleted it since it was read.
    Conflict,
}

impl UpdateOutcome {
    pub(crate) fn of(is_updated: bool) -> Self {
        match is_updated {
            true => Self::Updated,
            false => Self::Conflict,
        }
    }
}
