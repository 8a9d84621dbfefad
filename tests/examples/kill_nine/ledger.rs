//! Records what the clients sent and which answers they got. It does not check them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A delivery id is unique within its workflow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Delivery {
    pub(crate) workflow: String,
    pub(crate) id: String,
}

/// The outcome of one request.
#[derive(Clone, Debug)]
pub(crate) enum RequestOutcome {
    Accepted {
        execution: String,
        is_duplicate: bool,
    },
    /// Any status but a 2xx.
    Refused(u16),
    /// No answer, or an incomplete one.
    Nothing,
}

/// The 2xx answers for one delivery id.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    pub(crate) executions: Vec<String>,
    /// How many of them did not report a duplicate.
    pub(crate) firsts: u32,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Answered {
    pub(crate) requests: u64,
    pub(crate) accepted: u64,
    pub(crate) duplicates: u64,
    pub(crate) refused: BTreeMap<u16, u64>,
    pub(crate) lost: u64,
    /// By workflow, requests without a delivery id and without an answer: they may have been accepted or not.
    pub(crate) unknown: BTreeMap<String, u64>,
    pub(crate) deliveries: BTreeMap<Delivery, Answers>,
    /// The executions named in answers to requests without a delivery id.
    pub(crate) anonymous: Vec<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Ledger {
    seen: Mutex<Answered>,
}

impl Ledger {
    /// Records that a delivery is about to be sent; from now on it must lead to an execution.
    pub(crate) fn expect(&self, delivery: &Delivery) {
        self.lock().deliveries.entry(delivery.clone()).or_default();
    }

    pub(crate) fn note(&self, workflow: &str, delivery: Option<&Delivery>, heard: &RequestOutcome) {
        let mut seen = self.lock();
        seen.requests += 1;
        match heard {
            RequestOutcome::Accepted {
                execution,
                is_duplicate,
            } => {
                seen.accepted += 1;
                seen.duplicates += u64::from(*is_duplicate);
                match delivery {
                    Some(delivery) => {
                        let answers = seen.deliveries.entry(delivery.clone()).or_default();
                        answers.executions.push(execution.clone());
                        answers.firsts += u32::from(!is_duplicate);
                    }
                    None => seen.anonymous.push(execution.clone()),
                }
            }
            RequestOutcome::Refused(status) => *seen.refused.entry(*status).or_default() += 1,
            RequestOutcome::Nothing => seen.lost += 1,
        }
        // After a 5xx the webhook may have been recorded as well.
        let is_unknown = match heard {
            RequestOutcome::Accepted { .. } => false,
            RequestOutcome::Refused(status) => *status >= 500,
            RequestOutcome::Nothing => true,
        };
        if is_unknown && delivery.is_none() {
            *seen.unknown.entry(workflow.to_owned()).or_default() += 1;
        }
    }

    pub(crate) fn seen(&self) -> Answered {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Answered> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Answered {
    pub(crate) fn counts(&self) -> impl fmt::Display {
        let refused: u64 = self.refused.values().sum();
        format!(
            "{} requests, {} accepted, {} of them duplicates, {refused} refused, {} without an answer",
            self.requests, self.accepted, self.duplicates, self.lost
        )
    }
}
