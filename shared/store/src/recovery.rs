//! What a sweep reads and writes: which items are overdue, and how far the queues have come.

mod due_index;
mod queue_progress;

pub use due_index::{DueEntry, DueIndex, DueRecord};
pub use queue_progress::QueueProgressRecords;
