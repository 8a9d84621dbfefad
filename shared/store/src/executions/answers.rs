//! The answer of an execution to the sender that waits for it: a child item that its owner writes before the end, under
//! the same fence as its checkpoints.

use domain::{Ending, ExecutionAnswer, ExecutionId, Phase};

use crate::dynamodb::compression::{Dictionary, compress, decompress};
use crate::dynamodb::keys::Key;
use crate::executions::state_item::StateItem;
use crate::{Executions, Nonce, StoreError};

/// Where the answer of an execution will be. An execution that was recorded again after its retention has another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwaitedAnswer {
    pub(crate) id: ExecutionId,
    pub(crate) generation: Nonce,
}

impl AwaitedAnswer {
    /// The answer of an execution that was recorded as [`crate::InitialStatus::QueuedWithAnswer`] with this nonce.
    pub fn new(id: ExecutionId, nonce: Nonce) -> Self {
        Self {
            id,
            generation: nonce,
        }
    }
}

/// What a look for an answer finds.
#[derive(Debug, PartialEq, Eq)]
pub enum AnswerOutcome {
    /// The execution has not ended, as far as this read knows.
    NotYet,
    /// It has ended, and this is its answer.
    Answered(ExecutionAnswer),
    /// It has ended without an answer: it was cancelled, or its owner could not make one.
    Missing {
        /// How it has ended.
        ending: Ending,
    },
}

impl Executions {
    /// Looks once. The state item is read eventually consistently, at half the price: what it does not show yet, the next
    /// look does. An answer is written before the end, so it is read consistently once the end is seen.
    pub async fn answer(&self, awaited: &AwaitedAnswer) -> Result<AnswerOutcome, StoreError> {
        let item = self.table.glance(&Key::state(awaited.id)).await?;
        let Some(item) = item else {
            return Ok(AnswerOutcome::NotYet);
        };
        let state = StateItem::read(&item)?;
        let Phase::Ended { ending, .. } = state.execution.phase else {
            return Ok(AnswerOutcome::NotYet);
        };
        if state.generation != awaited.generation {
            return Ok(AnswerOutcome::NotYet);
        }
        if ending == Ending::Cancelled {
            // Its owner may have written an answer just before; that is not how it has ended.
            return Ok(AnswerOutcome::Missing { ending });
        }
        let key = Key::answer(awaited.id, &awaited.generation);
        let Some((packed, _)) = self.items.optional_child(&key).await? else {
            return Ok(AnswerOutcome::Missing { ending });
        };
        unpack(awaited.id, &packed).map(AnswerOutcome::Answered)
    }
}

pub(crate) fn pack(answer: &ExecutionAnswer) -> Result<Vec<u8>, StoreError> {
    let json = serde_json::to_vec(answer)
        .map_err(|error| StoreError::bad("a new answer", error.to_string()))?;
    compress(&json, Dictionary::None, "the answer to the sender")
}

fn unpack(id: ExecutionId, packed: &[u8]) -> Result<ExecutionAnswer, StoreError> {
    let bad = |reason: String| StoreError::bad(id.to_string(), format!("answer: {reason}"));
    let json = decompress(packed, Dictionary::None).map_err(|error| bad(error.to_string()))?;
    serde_json::from_slice(&json).map_err(|error| bad(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Answer, AnswerParts, MAX_ANSWER_BYTES};

    #[test]
    fn an_answer_reads_back_as_it_was_written() {
        // Every byte of it is escaped in JSON.
        let parts = AnswerParts {
            body: "\u{1}".repeat(MAX_ANSWER_BYTES),
            ..AnswerParts::default()
        };
        let title = "Broken".to_owned();
        for answer in [
            ExecutionAnswer::Chosen(Answer::new(parts).unwrap()),
            ExecutionAnswer::Failed { title },
        ] {
            let packed = pack(&answer).unwrap();
            let id = ExecutionId::derived(&["e"]);
            assert_eq!(unpack(id, &packed).unwrap(), answer);
            assert!(unpack(id, &packed[1..]).is_err());
        }
    }
}
