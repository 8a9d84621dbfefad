//! Claiming an execution: it has one owner at a time, which every later write names by its epoch.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use domain::{ExecutionId, Phase, Timestamp};

use crate::client::metrics::Timing;
use crate::dynamodb::attributes::{OF_THIS_VERSION, VERSION, moment, number, text};
use crate::dynamodb::conditional_write::{ConditionalWrite, conditional};
use crate::dynamodb::keys::Key;
use crate::dynamodb::update_expression::UpdateExpression;
use crate::executions::cost::{CLAIM_OF_SEEN, STATE_WRITE};
use crate::executions::owned_execution::OwnedExecution;
use crate::executions::state_attributes::WOKEN;
use crate::executions::state_item::StateItem;
use crate::{Count, ExecutionLeases, Nonce, StoreError};

/// What became of claiming an execution.
#[derive(Debug)]
pub enum Claim {
    /// This worker owns it.
    Owned(Box<OwnedExecution>),
    /// Another worker owns it. Should that worker die, a sweep sends a message after its lease.
    Leased,
    /// It waits.
    NotYet {
        /// When its wait ends.
        resume_at: Timestamp,
    },
    /// It has ended.
    Ended,
    /// It was deleted, or never recorded.
    Gone,
}

/// What became of one conditional write of a claim.
enum Attempt {
    Claimed(Box<StateItem>),
    /// The condition failed; the state item that it found.
    Refused(Option<Box<StateItem>>),
}

/// Who claims what, and for how long.
#[derive(Clone, Copy)]
struct ClaimRequest<'a> {
    id: ExecutionId,
    lease_until: Timestamp,
    now: Timestamp,
    nonce: &'a Nonce,
}

impl ExecutionLeases {
    /// Claims an execution until `lease_until`. The first write is the usual one: it changes no indexed attribute. Where
    /// its condition fails and the execution can be claimed all the same, a second one also changes `due_at`. A record of
    /// a newer version of this program is left alone, and is an error.
    pub async fn claim(
        &self,
        id: ExecutionId,
        lease_until: Timestamp,
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<Claim, StoreError> {
        let request = ClaimRequest {
            id,
            lease_until,
            now,
            nonce,
        };
        let claim = self.try_claim(request).await?;
        if let Claim::Owned(owned) = &claim {
            self.measure_claim(owned, now);
        }
        Ok(claim)
    }

    /// The next progress resets the number of lost leases, so an owner that finds one has just taken over from a dead
    /// owner. Only the first claim sets when the execution started.
    fn measure_claim(&self, owned: &OwnedExecution, now: Timestamp) {
        if owned.lost_leases > 0 {
            self.metrics.count(Count::LostLeases, 1);
        }
        let execution = &owned.execution;
        if owned.has_just_started(now) {
            self.metrics
                .time(Timing::QueueToStart, execution.created_at, now);
        }
    }

    async fn try_claim(&self, request: ClaimRequest<'_>) -> Result<Claim, StoreError> {
        let seen = match self.claim_queued(request).await? {
            Attempt::Claimed(state) => return Ok(owned(*state, STATE_WRITE, request.now)),
            Attempt::Refused(None) => return Ok(Claim::Gone),
            Attempt::Refused(Some(seen)) => seen,
        };
        if let Some(outcome) = outcome_without_write(&seen, request) {
            return Ok(outcome);
        }
        match self.claim_seen(&seen, request).await? {
            Attempt::Claimed(state) => Ok(owned(*state, CLAIM_OF_SEEN, request.now)),
            Attempt::Refused(None) => Ok(Claim::Gone),
            // Another worker was faster, unless this is the repetition of a write whose answer was lost.
            Attempt::Refused(Some(found)) => {
                Ok(outcome_without_write(&found, request).unwrap_or(Claim::Leased))
            }
        }
    }

    /// May write while the execution is queued, and due no sooner than the lease ends. A racing loser finds it running.
    async fn claim_queued(&self, request: ClaimRequest<'_>) -> Result<Attempt, StoreError> {
        let update = self
            .claiming(claim_changes(request), request)
            .condition_expression(format!(
                "#status = :queued AND due_at >= :lease AND {OF_THIS_VERSION}"
            ))
            .expression_attribute_values(":queued", text("queued"))
            .expression_attribute_values(":lease", moment(request.lease_until));
        attempt(update).await
    }

    /// May write while epoch, status and generation are those that were seen; another claim, a checkpoint of a newer
    /// owner or a cancel changes the epoch. `due_at` becomes the end of the new lease.
    async fn claim_seen(
        &self,
        seen: &StateItem,
        request: ClaimRequest<'_>,
    ) -> Result<Attempt, StoreError> {
        let is_takeover = matches!(seen.execution.phase, Phase::Running { .. });
        let lost_leases = seen.lost_leases + u32::from(is_takeover);
        let mut changes = claim_changes(request);
        changes.set("due_shard", text(seen.execution.id.shard()));
        changes.set("due_at", moment(request.lease_until));
        changes.set("lost_leases", number(lost_leases));
        changes.remove_all(&["resume_at", "sent_at"]);
        let update = self
            .claiming(changes, request)
            .condition_expression(format!(
                "epoch = :epoch AND #status = :seen AND generation = :generation AND {OF_THIS_VERSION}"
            ))
            .expression_attribute_values(":epoch", number(seen.epoch))
            .expression_attribute_values(":seen", text(seen.execution.status()))
            .expression_attribute_values(":generation", text(&seen.generation));
        attempt(update).await
    }

    fn claiming(
        &self,
        changes: UpdateExpression,
        request: ClaimRequest<'_>,
    ) -> UpdateItemFluentBuilder {
        changes
            .apply(self.table.update(&Key::state(request.id)))
            .expression_attribute_values(":version", number(VERSION))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}

/// What both writes of a claim change.
fn claim_changes(request: ClaimRequest<'_>) -> UpdateExpression {
    let mut changes = UpdateExpression::default();
    changes.set("status", text("running"));
    changes.increase("epoch", number(1));
    changes.set("lease_until", moment(request.lease_until));
    changes.set("nonce", text(request.nonce));
    changes.set_if_absent("started_at", moment(request.now));
    changes.remove(WOKEN);
    changes
}

fn owned(state: StateItem, units: u64, now: Timestamp) -> Claim {
    Claim::Owned(Box::new(OwnedExecution::new(state, units, now)))
}

/// The outcome where a second write has nothing to win.
fn outcome_without_write(seen: &StateItem, request: ClaimRequest<'_>) -> Option<Claim> {
    let now = request.now;
    if &seen.nonce == request.nonce {
        return Some(owned(seen.clone(), STATE_WRITE, now));
    }
    match seen.execution.phase {
        Phase::Ended { .. } => Some(Claim::Ended),
        Phase::Running { lease_until } => (lease_until > now).then_some(Claim::Leased),
        Phase::Waiting { resume_at } => (resume_at > now).then_some(Claim::NotYet { resume_at }),
        Phase::Queued => None,
    }
}

async fn attempt(update: UpdateItemFluentBuilder) -> Result<Attempt, StoreError> {
    match conditional("claim an execution", update.send().await)? {
        ConditionalWrite::Written(answer) => {
            let state = StateItem::read(&answer.attributes.unwrap_or_default())?;
            Ok(Attempt::Claimed(Box::new(state)))
        }
        ConditionalWrite::ConditionFailed(found) => {
            let found = found.as_ref().map(StateItem::read).transpose()?;
            Ok(Attempt::Refused(found.map(Box::new)))
        }
    }
}
