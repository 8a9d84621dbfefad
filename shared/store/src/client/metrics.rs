//! Metrics: counted and timed as things happen, and printed at the end of an invocation as a line from which CloudWatch
//! Logs makes metrics. It does not know the format of the line.

mod line;

use std::io::{self, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::Timestamp;

use line::Line;

/// What is counted, by the name of the metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Webhooks that started an execution.
    Accepted,
    /// Webhooks whose delivery had started an execution before.
    Duplicates,
    /// Duplicates whose body is not that of the first webhook with their delivery id.
    ChangedDuplicates,
    /// Webhooks whose event did not satisfy the condition of their trigger.
    Ignored,
    /// Webhooks that were refused because the token bucket was empty.
    Limited,
    /// Messages that the queue did not take; a sweep sends them.
    EnqueueFailures,
    /// Executions that succeeded.
    Succeeded,
    /// Executions that failed.
    Failed,
    /// Executions that were cancelled.
    Cancelled,
    /// Executions that were rejected.
    Rejected,
    /// Leases that ended without progress, counted by the next owner.
    LostLeases,
    /// Messages that a function gave back to the queue.
    MessageFailures,
    /// Sweeps that were completed.
    Sweeps,
    /// Records that a sweep sent a message for.
    Redrives,
    /// Overdue records that a sweep left because their message is most likely still in the queue.
    BacklogHeld,
    /// Records that a sweep could not read, and took out of the due index.
    Quarantined,
    /// Shards and records that a sweep could not handle.
    SweepFailures,
    /// Deliveries that an endpoint accepted.
    Delivered,
    /// Attempts that an endpoint did not accept.
    FailedAttempts,
    /// Deliveries whose schedule is exhausted.
    Undelivered,
    /// Subscriptions that were disabled because their endpoint is gone, or has failed for days.
    SubscriptionsDisabled,
}

/// What is timed, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timing {
    /// From the record of an execution to its first claim.
    QueueToStart,
    /// From the first claim to the end, with waits.
    RunTime,
}

/// Webhooks that were refused for another reason than an empty bucket; the dimension `Code` has the reason.
const REFUSED: &str = "Refused";

impl Count {
    /// Every counter.
    pub const ALL: [Self; 21] = [
        Self::Accepted,
        Self::Duplicates,
        Self::ChangedDuplicates,
        Self::Ignored,
        Self::Limited,
        Self::EnqueueFailures,
        Self::Succeeded,
        Self::Failed,
        Self::Cancelled,
        Self::Rejected,
        Self::LostLeases,
        Self::MessageFailures,
        Self::Sweeps,
        Self::Redrives,
        Self::BacklogHeld,
        Self::Quarantined,
        Self::SweepFailures,
        Self::Delivered,
        Self::FailedAttempts,
        Self::Undelivered,
        Self::SubscriptionsDisabled,
    ];

    /// Its name in CloudWatch.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "Accepted",
            Self::Duplicates => "Duplicates",
            Self::ChangedDuplicates => "ChangedDuplicates",
            Self::Ignored => "Ignored",
            Self::Limited => "Limited",
            Self::EnqueueFailures => "EnqueueFailures",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
            Self::Rejected => "Rejected",
            Self::LostLeases => "LostLeases",
            Self::MessageFailures => "MessageFailures",
            Self::Sweeps => "Sweeps",
            Self::Redrives => "Redrives",
            Self::BacklogHeld => "BacklogHeld",
            Self::Quarantined => "Quarantined",
            Self::SweepFailures => "SweepFailures",
            Self::Delivered => "Delivered",
            Self::FailedAttempts => "FailedAttempts",
            Self::Undelivered => "Undelivered",
            Self::SubscriptionsDisabled => "SubscriptionsDisabled",
        }
    }
}

impl Timing {
    const ALL: [Self; 2] = [Self::QueueToStart, Self::RunTime];

    /// Its name in CloudWatch.
    fn name(self) -> &'static str {
        match self {
            Self::QueueToStart => "QueueToStart",
            Self::RunTime => "RunTime",
        }
    }
}

/// The names of all metrics, for tests of the dashboard and the alarms.
pub fn metric_names() -> impl Iterator<Item = &'static str> {
    let counts = Count::ALL.into_iter().map(Count::name);
    let timings = Timing::ALL.into_iter().map(Timing::name);
    counts.chain(timings).chain([REFUSED])
}

/// What a container has measured since the last line. Clones share it; the default measures nothing.
#[derive(Clone, Default)]
pub struct Metrics(Option<Arc<Meter>>);

struct Meter {
    stack: String,
    print: Box<dyn Fn(&str) + Send + Sync>,
    measured: Mutex<Measured>,
}

/// Since the last line.
#[derive(Default)]
struct Measured {
    counts: [u64; Count::ALL.len()],
    timings_ms: [Vec<u64>; Timing::ALL.len()],
    refused: Vec<(&'static str, u64)>,
}

impl Metrics {
    /// Lines name the stack, so that two stacks in one account have separate metrics.
    pub(crate) fn of_stack(stack: String, print: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(Meter {
            stack,
            print: Box::new(print),
            measured: Mutex::default(),
        })))
    }

    /// Adds to a counter.
    pub fn count(&self, count: Count, times: u64) {
        self.measure(|measured| measured.counts[count as usize] += times);
    }

    /// Adds a time. It is zero where `to` is before `from`, because clocks differ.
    pub(crate) fn time(&self, timing: Timing, from: Timestamp, to: Timestamp) {
        let millis = u64::try_from(to.millis_since(from)).unwrap_or(0);
        self.measure(|measured| measured.timings_ms[timing as usize].push(millis));
    }

    /// Counts a refusal. `code` is one of a fixed table: every value is a metric of its own, and billed as one.
    pub fn refuse(&self, code: &'static str) {
        self.measure(|measured| {
            let known = measured.refused.iter_mut().find(|(seen, _)| *seen == code);
            match known {
                Some((_, times)) => *times += 1,
                None => measured.refused.push((code, 1)),
            }
        });
    }

    /// Prints what was measured since the last call; nothing where nothing was.
    pub fn flush(&self, now: Timestamp) {
        let Some(meter) = &self.0 else { return };
        let measured = std::mem::take(&mut *meter.measured());
        for line in Line::all_of(&measured, &meter.stack, now) {
            (meter.print)(&line.json());
        }
    }

    fn measure(&self, add: impl FnOnce(&mut Measured)) {
        if let Some(meter) = &self.0 {
            add(&mut meter.measured());
        }
    }
}

impl Meter {
    fn measured(&self) -> MutexGuard<'_, Measured> {
        self.measured.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lambda writes stdout to the function's log. A line that cannot be printed is lost: no request fails for a metric.
pub(crate) fn to_stdout(line: &str) {
    let _unprinted = writeln!(io::stdout().lock(), "{line}");
}

#[cfg(test)]
mod tests;
