//! Deep values, and what recurses over them.
//!
//! A checkpoint is JSON, and its reader gives up at 127 levels. So the data of a workflow may nest 64 levels; the frames
//! around it, with as many forks inside each other as a document may have, take no more than the rest.

use serde_json::Value;
use std::thread;

/// What parsing and evaluation get. The memory is only committed when it is touched.
pub(crate) const STACK_BYTES: usize = 128 << 20;
/// How deeply the data of a workflow may nest.
pub(crate) const MAX_DATA_DEPTH: usize = 64;
/// How many forks may stand inside each other; each takes six levels of a checkpoint.
pub(crate) const MAX_NESTED_FORKS: usize = 8;

/// How deeply a value nests, counted without recursion. A scalar counts one.
pub(crate) fn depth(value: &Value) -> usize {
    let mut deepest = 0;
    let mut open = vec![(value, 1)];
    while let Some((value, level)) = open.pop() {
        deepest = deepest.max(level);
        match value {
            Value::Array(items) => open.extend(items.iter().map(|item| (item, level + 1))),
            Value::Object(map) => open.extend(map.values().map(|item| (item, level + 1))),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    deepest
}

/// Runs `work` on a thread with a large stack and waits for it; nothing when there is no thread to be had, or it
/// panicked.
pub(crate) fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    thread::scope(|scope| {
        let builder = thread::Builder::new().stack_size(STACK_BYTES);
        let started = builder.spawn_scoped(scope, work);
        started.ok()?.join().ok()
    })
}
