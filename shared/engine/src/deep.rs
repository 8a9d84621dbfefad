//! A thread with a large stack, for parsers that recurse. Its memory is only committed when it is touched.

use std::thread;

/// What parsing and evaluation get.
pub(crate) const STACK_BYTES: usize = 128 << 20;

/// Runs `work` there and waits for it; nothing when there is no thread to be had, or it panicked.
pub(crate) fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    thread::scope(|scope| {
        let started = thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, work);
        started.ok()?.join().ok()
    })
}
