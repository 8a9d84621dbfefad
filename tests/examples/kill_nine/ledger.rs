//! What the clients sent and were answered. Does not know what is true.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A delivery id is one within its workflow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Delivery {
    pub(crate) workflow: String,
    pub(crate) id: String,
}

/// What one request came to.
#[derive(Clone, Debug)]
pub(crate) enum Heard {
    Accepted {
        execution: String,
        is_duplicate: bool,
    },
    /// Anything but a 2xx.
    Refused(u16),
    /// No answer, or half of one.
    Nothing,
}

/// The 2xx of one delivery id.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    pub(crate) executions: Vec<String>,
    /// How many of them did not call it a duplicate.
    pub(crate) firsts: u32,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) requests: u64,
    pub(crate) accepted: u64,
    pub(crate) duplicates: u64,
    pub(crate) refused: BTreeMap<u16, u64>,
    pub(crate) lost: u64,
    /// Requests without a delivery id of which it is unknown whether they were accepted, by workflow.
    pub(crate) unknown: BTreeMap<String, u64>,
    pub(crate) deliveries: BTreeMap<Delivery, Answers>,
    /// What requests without a delivery id were answered.
    pub(crate) anonymous: Vec<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Ledger {
    seen: Mutex<Seen>,
}

impl Ledger {
    /// A delivery is about to be sent; from now on it has to come to something.
    pub(crate) fn expect(&self, delivery: &Delivery) {
        self.lock().deliveries.entry(delivery.clone()).or_default();
    }

    pub(crate) fn note(&self, workflow: &str, delivery: Option<&Delivery>, heard: &Heard) {
        let mut seen = self.lock();
        seen.requests += 1;
        match heard {
            Heard::Accepted {
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
            Heard::Refused(status) => *seen.refused.entry(*status).or_default() += 1,
            Heard::Nothing => seen.lost += 1,
        }
        // After a 5xx, too, it may have been recorded.
        let is_unknown = match heard {
            Heard::Accepted { .. } => false,
            Heard::Refused(status) => *status >= 500,
            Heard::Nothing => true,
        };
        if is_unknown && delivery.is_none() {
            *seen.unknown.entry(workflow.to_owned()).or_default() += 1;
        }
    }

    pub(crate) fn seen(&self) -> Seen {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    pub(crate) fn counts(&self) -> impl fmt::Display {
        let refused: u64 = self.refused.values().sum();
        format!(
            "{} requests, {} accepted, {} of them duplicates, {refused} refused, {} without an answer",
            self.requests, self.accepted, self.duplicates, self.lost
        )
    }
}
