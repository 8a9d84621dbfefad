//! Lambda's event source mappings: what polls a queue, invokes a function with what it finds, and deletes what the
//! function is done with. Does not know what the messages say.

mod event;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::functions::{Failure, Functions};
use crate::recursion::{Lineage, MAX_INVOCATIONS, TRACE_HEADER};
use crate::server::Stop;
use crate::sqs::{Fault, ReceiveMessage, Received, Sqs};
use crate::template::{DeploymentScope, Mapping};

const LONG_POLL_SECONDS: u32 = 20;
const RECEIVE_LIMIT: u32 = 10;
const FIRST_BACKOFF: Duration = Duration::from_millis(100);
const LONGEST_BACKOFF: Duration = Duration::from_secs(5);

/// One mapping at work.
pub(crate) struct Poller {
    pub(crate) mapping: Mapping,
    pub(crate) sqs: Arc<Sqs>,
    pub(crate) functions: Arc<Functions>,
    pub(crate) scope: DeploymentScope,
    /// Invocations that failed since the last one that did not.
    failures: AtomicU32,
}

/// What became of a batch.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// All are deleted but these.
    Failed(HashSet<String>),
    /// Nothing is deleted; all come back when their visibility ends.
    AllFailed,
}

impl Poller {
    pub(crate) fn new(
        mapping: Mapping,
        sqs: Arc<Sqs>,
        functions: Arc<Functions>,
        scope: DeploymentScope,
    ) -> Arc<Self> {
        Arc::new(Self {
            mapping,
            sqs,
            functions,
            scope,
            failures: AtomicU32::new(0),
        })
    }

    /// Polls until [`Stop`] is requested; batches that run are finished.
    pub(crate) async fn run(self: Arc<Self>, stop: Stop) {
        let permits = Arc::new(Semaphore::new(self.mapping.maximum_concurrency as usize));
        let mut batches = JoinSet::new();
        loop {
            let next = async {
                sleep(self.backoff()).await;
                let permit = permits.clone().acquire_owned().await;
                (permit, self.gather(LONG_POLL_SECONDS).await)
            };
            let (permit, batch) = tokio::select! {
                () = stop.requested() => break,
                next = next => next,
            };
            match batch {
                Ok(batch) if batch.is_empty() => {}
                Ok(batch) => {
                    let this = self.clone();
                    batches.spawn(async move {
                        this.handle(batch).await;
                        drop(permit);
                    });
                }
                Err(fault) => {
                    tracing::error!(queue = self.mapping.queue, %fault, "a poll failed");
                    self.failures.fetch_add(1, Ordering::Relaxed);
                }
            }
            while batches.try_join_next().is_some() {}
        }
        batches.join_all().await;
    }

    /// Handles one batch of what is visible now. False when there is nothing.
    pub(crate) async fn poll_once(&self) -> Result<bool, Fault> {
        let batch = self.gather(0).await?;
        let is_any = !batch.is_empty();
        if is_any {
            self.handle(batch).await;
        }
        Ok(is_any)
    }

    /// A batch: full, or all that came within the window after its first message.
    async fn gather(&self, wait_seconds: u32) -> Result<Vec<Received>, Fault> {
        let mut batch = self.receive(self.mapping.batch_size, wait_seconds).await?;
        let window = Duration::from_secs(self.mapping.batching_window_seconds.into());
        let closes_at = Instant::now() + window;
        while !batch.is_empty() && batch.len() < self.mapping.batch_size as usize {
            let left_seconds = closes_at
                .saturating_duration_since(Instant::now())
                .as_secs_f32()
                .ceil() as u32;
            let wait_seconds = wait_seconds.min(left_seconds);
            let more = self
                .receive(self.mapping.batch_size - batch.len() as u32, wait_seconds)
                .await?;
            if more.is_empty() {
                break;
            }
            batch.extend(more);
        }
        Ok(batch)
    }

    async fn receive(&self, count: u32, wait_seconds: u32) -> Result<Vec<Received>, Fault> {
        let request = ReceiveMessage {
            queue_url: self.mapping.queue.clone(),
            max_number_of_messages: Some(count.min(RECEIVE_LIMIT)),
            wait_time_seconds: Some(wait_seconds),
            message_system_attribute_names: vec!["All".to_owned()],
            message_attribute_names: vec!["All".to_owned()],
            ..ReceiveMessage::default()
        };
        self.sqs.receive(&request).await
    }

    async fn handle(&self, mut batch: Vec<Received>) {
        batch.retain(|message| !self.is_stopped(message));
        if batch.is_empty() {
            return;
        }
        let lineages = batch.iter().map(lineage);
        let lineage = lineages.fold(Lineage::default(), Lineage::merged);
        let event = event::build(&batch, &self.mapping.queue, &self.scope);
        let invoked = self
            .functions
            .invoke_after(lineage, &self.mapping.function, event);
        let answer = invoked.await;
        let failed = match outcome(answer, &batch, self.mapping.reports_item_failures) {
            Outcome::Failed(failed) => {
                self.failures.store(0, Ordering::Relaxed);
                failed
            }
            Outcome::AllFailed => {
                self.failures.fetch_add(1, Ordering::Relaxed);
                return;
            }
        };
        let done = batch
            .iter()
            .filter(|message| !failed.contains(&message.message_id))
            .map(|message| message.receipt_handle.as_str());
        if let Err(fault) = self.sqs.delete_all(&self.mapping.queue, done) {
            let queue = &self.mapping.queue;
            tracing::error!(queue, %fault, "messages were not deleted and come again");
        }
    }

    /// Whether Lambda does not invoke the function for this message, which then comes back until it is a dead letter.
    fn is_stopped(&self, message: &Received) -> bool {
        let function = &self.mapping.function;
        let invocations = lineage(message).invocations(function);
        let is_stopped =
            invocations >= MAX_INVOCATIONS && !self.functions.allows_recursion(function);
        if is_stopped {
            tracing::error!(
                function,
                message_id = message.message_id,
                "Lambda stops this chain of invocations as a loop"
            );
        }
        is_stopped
    }

    fn backoff(&self) -> Duration {
        match self.failures.load(Ordering::Relaxed) {
            0 => Duration::ZERO,
            failures => FIRST_BACKOFF
                .saturating_mul(1 << failures.min(10))
                .min(LONGEST_BACKOFF),
        }
    }
}

fn lineage(message: &Received) -> Lineage {
    let header = message.attributes.get(TRACE_HEADER);
    header.map_or_else(Lineage::default, |header| Lineage::read(header))
}

/// What an answer says of its batch ("Reporting batch item failures"): nothing, null or an empty list is success of
/// all; a report that names a message outside this batch, or cannot be read, is failure of all.
fn outcome(
    answer: Result<Value, Failure>,
    batch: &[Received],
    reports_item_failures: bool,
) -> Outcome {
    let Ok(answer) = answer else {
        return Outcome::AllFailed;
    };
    let report = match answer.get("batchItemFailures") {
        Some(report) if reports_item_failures && !report.is_null() => report,
        Some(_) | None => return Outcome::Failed(HashSet::new()),
    };
    let known: HashSet<&str> = batch
        .iter()
        .map(|message| message.message_id.as_str())
        .collect();
    let failed: Option<HashSet<String>> = report.as_array().and_then(|failures| {
        failures
            .iter()
            .map(|failure| {
                failure["itemIdentifier"]
                    .as_str()
                    .filter(|id| known.contains(id))
                    .map(str::to_owned)
            })
            .collect()
    });
    match failed {
        Some(failed) => Outcome::Failed(failed),
        None => {
            tracing::error!(
                "a function reported failures of messages that it was not given: all of its batch failed"
            );
            Outcome::AllFailed
        }
    }
}

#[cfg(test)]
mod tests;
