//! Limits on how deeply values nest, and large stacks for code that recurses over them.
//!
//! A checkpoint is JSON, and the parser refuses more than 127 levels. So the data of a workflow may nest 64 levels; the
//! frames around it, with the most nested forks that a document may have, take no more than the rest.

use serde_json::Value;
use std::thread;

/// The stack of parsing and evaluation. The operating system commits memory only when it is used.
pub(crate) const STACK_BYTES: usize = 128 << 20;
/// The most levels that the data of a workflow may nest.
pub(crate) const MAX_DATA_DEPTH: usize = 64;
/// The most forks inside each other; each takes six levels of a checkpoint.
pub(crate) const MAX_NESTED_FORKS: usize = 8;

/// The most branches of a fork, and the most of an execution at once.
pub(crate) const MAX_BRANCHES: usize = 100;

/// The levels of a value, counted without recursion. A scalar has one.
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

/// Runs `work` on a thread with a large stack and waits for it; `None` if the thread could not start, or panicked.
pub(crate) fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    thread::scope(|scope| {
        let builder = thread::Builder::new().stack_size(STACK_BYTES);
        let started = builder.spawn_scoped(scope, work);
        started.ok()?.join().ok()
    })
}
