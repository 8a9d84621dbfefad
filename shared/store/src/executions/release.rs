//! Giving an execution back as it was claimed, where its owner could do nothing for it. It does not know why.

use domain::Timestamp;

use crate::dynamodb::attributes::text;
use crate::dynamodb::update_expression::UpdateExpression;
use crate::executions::commit::{CheckpointOutcome, Commit};
use crate::executions::cost::{checkpoint_write, cost_attributes};
use crate::executions::next_status::{EventsAfter, set_status};
use crate::{ExecutionLeases, NextState, Nonce, OwnedExecution, StoreError};

impl ExecutionLeases {
    /// Lets an execution wait until `resume_at`: its next owner continues from the last checkpoint, which stays as it is.
    /// So do the lost leases in a row: this owner is not lost, and has made no progress. May write under the condition of
    /// a checkpoint.
    pub async fn release(
        &self,
        owned: &mut OwnedExecution,
        resume_at: Timestamp,
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<CheckpointOutcome, StoreError> {
        let next = NextState::Waiting { resume_at };
        self.extend_children_ttl(owned, &next, now).await?;
        let events = EventsAfter::of(owned, &next);
        let cost = owned.cost.with_time(owned.counted_until, now);
        let commit = Commit {
            answer: None,
            next: &next,
            events,
            now,
            expires_at: now.plus_days(self.retention_days),
            nonce,
            cost: cost.with_writes(checkpoint_write(&next, events)),
        };
        let mut changes = UpdateExpression::default();
        changes.set_all(cost_attributes(commit.cost));
        changes.set("nonce", text(nonce));
        set_status(&mut changes, owned.execution.id.shard(), &commit);
        self.write_state(&owned.state, changes, nonce).await
    }
}
