//! Counts what this process has allocated. Tests that measure take turns.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

static TURN: Mutex<()> = Mutex::new(());

/// A test's turn: while it lasts, no other test that measures runs.
pub(crate) struct Turn {
    _guard: MutexGuard<'static, ()>,
}

/// What some work took at its peak, besides what was allocated before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taken {
    pub(crate) bytes: usize,
    pub(crate) time: Duration,
}

impl Turn {
    pub(crate) fn wait() -> Self {
        Self {
            _guard: TURN.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    pub(crate) fn measure<T>(&self, work: impl FnOnce() -> T) -> (T, Taken) {
        MEMORY.reset_peak_usage();
        let (before, began) = (MEMORY.current_usage(), Instant::now());
        let done = work();
        let taken = Taken {
            bytes: MEMORY.peak_usage().saturating_sub(before),
            time: began.elapsed(),
        };
        (done, taken)
    }
}
