//! What the three batch actions share: entries with ids of their own, some of which may fail. Does not know what an
//! entry asks for.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::fault::{Fault, FaultKind};

const ENTRIES_LIMIT: usize = 10;

/// Up to ten requests on one queue.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", bound = "T: Deserialize<'de>")]
pub(crate) struct Batch<T> {
    pub(crate) queue_url: String,
    #[serde(default = "Vec::new")]
    pub(crate) entries: Vec<Entry<T>>,
}

/// One entry, and the id under which its outcome is reported.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Entry<T> {
    pub(crate) id: String,
    #[serde(flatten)]
    pub(crate) content: T,
}

/// The outcomes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct BatchAnswer<T> {
    successful: Vec<Success<T>>,
    failed: Vec<Failure>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Success<T> {
    id: String,
    #[serde(flatten)]
    outcome: T,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Failure {
    id: String,
    sender_fault: bool,
    code: &'static str,
    message: String,
}

impl<T> Batch<T> {
    /// Refuses the whole batch, as SQS does before it validates any entry.
    pub(super) fn check(&self) -> Result<(), Fault> {
        if self.entries.is_empty() {
            return Err(Fault::new(
                FaultKind::EmptyBatchRequest,
                "There should be at least one entry in the batch.",
            ));
        }
        if self.entries.len() > ENTRIES_LIMIT {
            return Err(Fault::new(
                FaultKind::TooManyEntriesInBatchRequest,
                "A batch has at most 10 entries.",
            ));
        }
        if !self.entries.iter().all(|entry| is_valid_id(&entry.id)) {
            return Err(Fault::new(
                FaultKind::InvalidBatchEntryId,
                "An entry's Id is 1 to 80 letters, digits, hyphens and underscores.",
            ));
        }
        let mut seen = HashSet::new();
        if !self.entries.iter().all(|entry| seen.insert(&entry.id)) {
            return Err(Fault::new(
                FaultKind::BatchEntryIdsNotDistinct,
                "Two entries have the same Id.",
            ));
        }
        Ok(())
    }

    /// The outcome of each entry.
    pub(super) fn answer<O>(
        &self,
        mut perform: impl FnMut(&T) -> Result<O, Fault>,
    ) -> BatchAnswer<O> {
        let mut answer = BatchAnswer {
            successful: Vec::new(),
            failed: Vec::new(),
        };
        for entry in &self.entries {
            let id = entry.id.clone();
            match perform(&entry.content) {
                Ok(outcome) => answer.successful.push(Success { id, outcome }),
                Err(fault) => answer.failed.push(Failure {
                    id,
                    sender_fault: fault.kind != FaultKind::InternalFailure,
                    code: fault.kind.code(),
                    message: fault.message,
                }),
            }
        }
        answer
    }
}

fn is_valid_id(id: &str) -> bool {
    (1..=80).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}
