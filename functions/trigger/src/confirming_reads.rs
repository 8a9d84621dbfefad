//! How often a refusal is confirmed by a read. It does not know what is read, nor who is refused for what.

use domain::{SecretHash, Timestamp, WorkflowId};
use store::BoundedCache;

/// A token that was refused after a read is refused from memory for so long, so that a sender that repeats one request
/// costs one read in this time.
const REFUSED_MS: i64 = 1_000;
/// Reads that confirm refusals of one workflow in one container, in [`WINDOW_MS`]: what guessing tokens costs.
const MAX_CONFIRMING_READS: u32 = 4;
/// The time in which those reads are counted.
const WINDOW_MS: i64 = 1_000;
/// Workflows, and refused tokens, that a warm container remembers.
const REMEMBERED: usize = 2_000;

/// What one container remembers of its reads.
pub(crate) struct ConfirmingReads {
    refused: BoundedCache<(WorkflowId, SecretHash), ()>,
    windows: BoundedCache<WorkflowId, u32>,
}

/// Whether a refusal is confirmed by a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadDecision {
    /// It is: the read is counted.
    Read,
    /// The same token was refused after a read, a moment ago.
    RefusedBefore,
    /// The reads of this second are used up, and the token was not refused before: nobody knows whether it is valid.
    TooMany {
        /// In how many milliseconds the next read is allowed.
        retry_after_ms: i64,
    },
}

impl Default for ConfirmingReads {
    fn default() -> Self {
        Self {
            refused: BoundedCache::with_time_to_live(REMEMBERED, REFUSED_MS),
            windows: BoundedCache::with_time_to_live(REMEMBERED, WINDOW_MS),
        }
    }
}

impl ConfirmingReads {
    /// Decides on one refusal. A token is looked up before the reads are counted, so that one wrong token that is repeated
    /// leaves reads for the others.
    pub(crate) fn decide(
        &self,
        workflow: WorkflowId,
        token: SecretHash,
        now: Timestamp,
    ) -> ReadDecision {
        if self.refused.get(&(workflow, token), now).is_some() {
            return ReadDecision::RefusedBefore;
        }
        let mut reads = 0;
        self.windows.upsert(workflow, now, |counted| {
            reads = counted.map_or(1, |counted| counted.saturating_add(1));
            reads
        });
        if reads <= MAX_CONFIRMING_READS {
            return ReadDecision::Read;
        }
        ReadDecision::TooMany {
            retry_after_ms: WINDOW_MS,
        }
    }

    /// Remembers a token that a read was made for. One that turned out to be valid is accepted before this is asked.
    pub(crate) fn remember(&self, workflow: WorkflowId, token: SecretHash, now: Timestamp) {
        self.refused.insert((workflow, token), (), now);
    }
}

#[cfg(test)]
mod tests {
    use domain::Secret;

    use super::*;

    fn hash(token: &str) -> SecretHash {
        Secret::from_caller(token).hash()
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_repeated_token_is_read_once_a_second_and_leaves_reads_for_others() {
        let reads = ConfirmingReads::default();
        let workflow = WorkflowId::derived(&["1"]);
        assert_eq!(
            reads.decide(workflow, hash("wrong"), at(0)),
            ReadDecision::Read
        );
        reads.remember(workflow, hash("wrong"), at(0));
        for millis in 0..1_000 {
            let decision = reads.decide(workflow, hash("wrong"), at(millis));
            assert_eq!(decision, ReadDecision::RefusedBefore);
        }
        assert_eq!(
            reads.decide(workflow, hash("new"), at(999)),
            ReadDecision::Read
        );
        assert_eq!(
            reads.decide(workflow, hash("wrong"), at(1_000)),
            ReadDecision::Read
        );
    }

    #[test]
    fn four_tokens_are_read_in_a_second_and_the_fifth_is_not_refused_for_good() {
        let reads = ConfirmingReads::default();
        let (workflow, other) = (WorkflowId::derived(&["1"]), WorkflowId::derived(&["2"]));
        for n in 0..4 {
            let decision = reads.decide(workflow, hash(&n.to_string()), at(n));
            assert_eq!(decision, ReadDecision::Read);
        }
        let fifth = reads.decide(workflow, hash("5"), at(999));
        let retry_after_ms = 1_000;
        assert_eq!(fifth, ReadDecision::TooMany { retry_after_ms });
        assert_eq!(reads.decide(other, hash("5"), at(999)), ReadDecision::Read);
        assert_eq!(
            reads.decide(workflow, hash("5"), at(1_000)),
            ReadDecision::Read
        );
    }
}
