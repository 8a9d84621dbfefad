//! How many large bodies are read at the same time. It does not know whose they are.

use tokio::sync::{Semaphore, SemaphorePermit};

/// A body is large beyond so many bytes.
pub const LARGE_BODY_BYTES: usize = 64 * 1024;

/// The large bodies of requests that share them: while so many are read, other ones stop where they would become large.
/// A body takes its slot once and for all of it, so that those which are read always come to their end.
#[derive(Debug)]
pub struct LargeBodies {
    slots: Semaphore,
}

impl LargeBodies {
    /// So many are read at a time.
    pub fn new(at_once: usize) -> Self {
        Self {
            slots: Semaphore::new(at_once),
        }
    }

    /// Waits for a slot. `None` never happens: the semaphore is not closed.
    pub(crate) async fn slot(&self) -> Option<SemaphorePermit<'_>> {
        self.slots.acquire().await.ok()
    }
}
