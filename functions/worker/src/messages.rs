//! The messages that a worker sends about an execution. Every send may fail without harm: the execution's record is due
//! at some time, and the sweep then sends the message again.

use std::time::Duration;

use domain::{Execution, Timestamp};
use store::Message;

use crate::App;

/// Waits up to this long get a delayed message; longer ones rely on the sweep alone.
const QUEUE_DELAY_MS: i64 = 900_000;

/// Sends a message to the executions queue, in the message group of the sender's org.
pub(crate) async fn send(app: &App, message: Message, sender: &Execution, delay: Duration) {
    app.aws
        .execution_queue
        .send_or_leave_to_sweep(message, sender.tenant.org, delay)
        .await;
}

/// Sends the message that resumes a waiting execution in time, unless it waits longer than the queue can delay one.
pub(crate) async fn send_resume(
    app: &App,
    execution: &Execution,
    resume_at: Timestamp,
    now: Timestamp,
) {
    let wait_ms = resume_at.millis_since(now);
    if wait_ms <= QUEUE_DELAY_MS {
        let delay = Duration::from_millis(u64::try_from(wait_ms).unwrap_or(0));
        let message = Message::Run {
            execution_id: execution.id,
        };
        send(app, message, execution, delay).await;
    }
}
