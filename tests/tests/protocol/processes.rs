//! How far each process has come: what it knows, and what it does next. Nobody else sees it.

use crate::state::{Child, Stored};

/// What a worker knows of an execution that it has claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Owned {
    pub(crate) generation: usize,
    pub(crate) epoch: u8,
    pub(crate) sequence: u8,
    /// So many owners before it were lost that it is to fail the execution.
    pub(crate) must_fail: bool,
    pub(crate) effects: u8,
    /// Nobody has claimed, cancelled or recorded it anew since: what the fence is to find out.
    pub(crate) is_owner: bool,
}

/// What can be claimed after a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Open {
    Queued,
    Running,
    Waiting,
}

/// What a refused claim has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Seen {
    pub(crate) generation: usize,
    pub(crate) status: Open,
    pub(crate) epoch: u8,
    pub(crate) lost_leases: u8,
}

/// Where the execution stands after a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Next {
    Running,
    Queued,
    Waiting,
    Succeeded,
    Failed,
}

/// A checkpoint on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Save {
    pub(crate) owned: Owned,
    pub(crate) next: Next,
    pub(crate) stored: Stored,
    /// With those that it records.
    pub(crate) effects: u8,
}

/// `is_mine`: the record's nonce is that of the call whose answer was lost.
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
    /// It needed help when it was looked at. `is_current`: the entry of the index has the `due_at` of the record.
    Looked {
        is_current: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Trigger {
    Idle,
    /// The request is written, as a child.
    Recording,
    /// The answer of the state's write was lost.
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
    Told,
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

/// An attempt that its SDK has given up and repeated: it takes effect all the same, later.
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
