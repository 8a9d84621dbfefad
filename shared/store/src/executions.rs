//! Executions: accepted, claimed, checkpointed, ended, read and listed; and the token buckets that admit them.

pub(crate) mod buckets;
pub(crate) mod cancel;
pub(crate) mod checkpoint;
pub(crate) mod claim;
pub(crate) mod compression;
pub(crate) mod due_index;
pub(crate) mod execution_result;
pub(crate) mod executions_table;
pub(crate) mod history;
pub(crate) mod history_index;
pub(crate) mod pending_events;
pub(crate) mod request_record;
pub(crate) mod state;
pub(crate) mod wake;

pub use buckets::{Buckets, Receipt, Taken};
pub use cancel::Cancelled;
pub use checkpoint::{Checkpoint, Fenced, Next, Progress};
pub use claim::{Claim, Owned};
pub use due_index::{Due, Look};
pub use execution_result::ExecutionResult;
pub use executions_table::{Accepted, Deleted, Detail, NewExecution, RunsTable, Start};
pub use history::{ListQuery, Page};
pub use history_index::Position;
pub use pending_events::PendingEvents;
pub use wake::Woken;
