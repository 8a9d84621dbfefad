//! The local state of each process: what it knows, and what it does next.

use crate::state::{Child, Stored};

/// What a worker knows of an execution that it has claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Owned {
    pub(crate) generation: usize,
    pub(crate) epoch: u8,
    pub(crate) sequence: u8,
    /// Enough owners before it were lost for it to fail the execution.
    pub(crate) must_fail: bool,
    pub(crate) effects: u8,
    /// The execution was not claimed, cancelled or recorded anew since; the fence has to find that out.
    pub(crate) is_owner: bool,
}

/// A status that can be claimed after a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Open {
    Queued,
    Running,
    Waiting,
}

/// What a refused claim has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Seen {
    pub(crate) generation: usize,
    pub(crate) status: Open,
    pub(crate) epoch: u8,
    pub(crate) lost_leases: u8,
}

/// The execution's status after a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Next {
    Running,
    Queued,
    Waiting,
    Succeeded,
    Failed,
}

/// A checkpoint that is being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Save {
    pub(crate) owned: Owned,
    pub(crate) next: Next,
    pub(crate) stored: Stored,
    /// Including those that it records.
    pub(crate) effects: u8,
}

/// `is_mine`: the record's nonce is that of the call whose response was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Worker {
    Idle,
    /// `claim_fresh` is tried again.
    Claiming {
        is_mine: bool,
    },
    /// `claim_seen` comes next, or again.
    Looking {
        seen: Seen,
        is_mine: bool,
    },
    Working(Owned),
    /// The child is written; `name_children` comes next, or again.
    Saving {
        save: Save,
        is_mine: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Sweeper {
    Idle,
    /// The execution needed a message when its record was read. `is_current`: the entry of the index has the record's `due_at`.
    Looked {
        is_current: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Trigger {
    Idle,
    /// The request is written, as a child.
    Recording,
    /// The response to the state's write was lost.
    Repeating,
    AnsweredNew,
    AnsweredDuplicate {
        generation: usize,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Canceller {
    Idle,
    Repeating { is_mine: bool },
    Answered,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Deleter {
    Idle,
    Read {
        generation: usize,
    },
    Listed {
        generation: usize,
        requests: [bool; 2],
    },
    Emptied {
        generation: usize,
    },
    Done,
}

/// An attempt that the SDK has given up and repeated, and that takes effect later all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Late {
    FreshClaim,
    Child {
        generation: usize,
        slot: usize,
        child: Child,
    },
    Checkpoint(Save),
}
