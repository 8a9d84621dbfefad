//! Why an evaluation gave no answer.

/// An evaluation did not end in time. Where its thread is lost, the process should finish its work and end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an expression did not end in time")]
pub struct Stuck {
    /// Whether its thread still runs; otherwise it gave up by itself, and nothing is left behind.
    pub thread_is_lost: bool,
    /// Whose fault it is.
    pub cause: StuckCause,
}

/// Why an evaluation did not end in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StuckCause {
    /// It used up its CPU time: the execution that asked for it must fail.
    CpuTime,
    /// Its thread got no CPU time: the execution can be continued elsewhere from its last checkpoint.
    Starved,
}
