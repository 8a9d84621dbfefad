//! What a sweep reads and writes: which items are overdue, and how far the queues have come.

mod due_index;
mod queue_progress;

pub use due_index::{DueCursor, DueEntry, DueIndex, DuePage, DueRecord};
pub use queue_progress::QueueProgressRecords;
