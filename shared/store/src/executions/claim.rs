//! Taking an execution: one owner at a time, marked by an epoch that every later write repeats.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use domain::outbound::LifecycleInterest;
use domain::{Ending, Execution, ExecutionId, Phase, Status, Timestamp};
use serde_json::Value;

use crate::client::metrics::Timing;
use crate::dynamodb::attributes::{moment, number, text};
use crate::dynamodb::keys::Key;
use crate::executions::state::State;
use crate::{Count, Nonce, RunsTable, StoreError};

/// What became of a claim.
#[derive(Debug)]
pub enum Claim {
    Owned(Box<Owned>),
    /// Another worker holds it; the due index returns should that one die.
    Leased,
    /// It waits for a later moment.
    NotYet {
        resume_at: Timestamp,
    },
    Ended,
    /// Deleted, or never recorded.
    Gone,
}

/// An execution that this worker owns until its lease ends.
#[derive(Debug)]
pub struct Owned {
    pub execution: Execution,
    /// Owners before this one whose lease ran out since the last progress.
    pub lost_leases: u32,
    /// What subscribers want to know of it.
    pub watched: LifecycleInterest,
    pub(crate) state: State,
    /// Steps that are recorded, but not in a page yet.
    pub(crate) tail: Vec<Value>,
    /// Of its request, once it was loaded: what its checkpoints are packed against.
    pub(crate) body: Option<Vec<u8>>,
}

impl Owned {
    /// Whether subscribers want to know that it started, and have not been told.
    pub fn has_started_untold(&self) -> bool {
        self.state.tell_start && self.watched.started
    }

    /// Whether they want to know something once it has that status, which it has just reached.
    pub fn has_news_at(&self, status: Status) -> bool {
        let is_over = Ending::from_status(status).is_some();
        is_over && (self.has_started_untold() || self.watched.end_of(status))
    }
}

enum Attempt {
    Claimed(Box<State>),
    Refused(Option<Box<State>>),
}

impl RunsTable {
    /// Takes an execution until `lease_until`. The usual claim, of a queued execution or one whose
    /// wait is over, touches nothing that is indexed; the other, after looking, also moves `due_at`.
    pub async fn claim(
        &self,
        id: ExecutionId,
        lease_until: Timestamp,
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<Claim, StoreError> {
        let claim = self.try_claim(id, lease_until, now, nonce).await?;
        if let Claim::Owned(owned) = &claim {
            self.measure(owned, now);
        }
        Ok(claim)
    }

    /// Owners that were lost are forgotten with the next progress, so whoever still counts one has
    /// just taken over from it; and only the first claim sets when the execution started.
    fn measure(&self, owned: &Owned, now: Timestamp) {
        if owned.lost_leases > 0 {
            self.metrics.count(Count::LostLeases, 1);
        }
        let execution = &owned.execution;
        if execution.started_at == Some(now) {
            self.metrics
                .time(Timing::QueueToStart, execution.created_at, now);
        }
    }

    async fn try_claim(
        &self,
        id: ExecutionId,
        lease_until: Timestamp,
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<Claim, StoreError> {
        let seen = match self.claim_fresh(id, lease_until, now, nonce).await? {
            Attempt::Claimed(state) => return Ok(owned(state)),
            Attempt::Refused(None) => return Ok(Claim::Gone),
            Attempt::Refused(Some(seen)) => seen,
        };
        if let Some(answer) = unclaimable(&seen, now, nonce) {
            return Ok(answer);
        }
        match self.claim_seen(&seen, lease_until, now, nonce).await? {
            Attempt::Claimed(state) => Ok(owned(state)),
            Attempt::Refused(None) => Ok(Claim::Gone),
            // Somebody was faster. Our own retry after a lost answer finds its nonce.
            Attempt::Refused(Some(found)) => {
                Ok(unclaimable(&found, now, nonce).unwrap_or(Claim::Leased))
            }
        }
    }

    /// Timeline: may write while the execution is queued, and due no sooner than the lease ends.
    /// A racing loser finds it running.
    async fn claim_fresh(
        &self,
        id: ExecutionId,
        lease_until: Timestamp,
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<Attempt, StoreError> {
        let update = self
            .take(id, lease_until, now, nonce)
            .condition_expression("#status = :queued AND due_at >= :lease")
            .update_expression(
                "SET #status = :running, epoch = epoch + :one, lease_until = :lease, \
                 nonce = :nonce, started_at = if_not_exists(started_at, :now) REMOVE woken",
            )
            .expression_attribute_values(":queued", text("queued"));
        attempt(update).await
    }

    /// Timeline: may write while the epoch is the one that was seen; any other claim, checkpoint
    /// by a newer owner or cancel has moved it on. `due_at` becomes the end of the new lease.
    async fn claim_seen(
        &self,
        seen: &State,
        lease_until: Timestamp,
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<Attempt, StoreError> {
        let lost = matches!(seen.execution.phase, Phase::Running { .. });
        let update = self
            .take(seen.execution.id, lease_until, now, nonce)
            .condition_expression("epoch = :epoch AND #status = :seen AND generation = :generation")
            .update_expression(
                "SET #status = :running, epoch = epoch + :one, lease_until = :lease, \
                 nonce = :nonce, started_at = if_not_exists(started_at, :now), \
                 due_shard = :shard, due_at = :lease, lost_leases = :lost REMOVE resume_at, sent_at, woken",
            )
            .expression_attribute_values(":epoch", number(seen.epoch))
            .expression_attribute_values(":seen", text(seen.execution.status()))
            .expression_attribute_values(":generation", text(&seen.generation))
            .expression_attribute_values(":shard", text(seen.execution.id.shard()))
            .expression_attribute_values(":lost", number(seen.lost_leases + u32::from(lost)));
        attempt(update).await
    }

    fn take(
        &self,
        id: ExecutionId,
        lease_until: Timestamp,
        now: Timestamp,
        nonce: &Nonce,
    ) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(Key::state(id).item()))
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":running", text("running"))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":lease", moment(lease_until))
            .expression_attribute_values(":nonce", text(nonce))
            .expression_attribute_values(":now", moment(now))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}

fn owned(state: Box<State>) -> Claim {
    Claim::Owned(Box::new(Owned {
        execution: state.execution.clone(),
        lost_leases: state.lost_leases,
        watched: LifecycleInterest::EVERYTHING,
        state: *state,
        tail: Vec::new(),
        body: None,
    }))
}

/// The answer where a second, conditional attempt has nothing to win.
fn unclaimable(seen: &State, now: Timestamp, nonce: &Nonce) -> Option<Claim> {
    if &seen.nonce == nonce {
        return Some(owned(Box::new(seen.clone())));
    }
    match seen.execution.phase {
        Phase::Ended { .. } => Some(Claim::Ended),
        Phase::Running { lease_until } => (lease_until > now).then_some(Claim::Leased),
        Phase::Waiting { resume_at } => (resume_at > now).then_some(Claim::NotYet { resume_at }),
        Phase::Queued => None,
    }
}

async fn attempt(update: UpdateItemFluentBuilder) -> Result<Attempt, StoreError> {
    let error = match update.send().await {
        Ok(answer) => {
            let item = answer.attributes.unwrap_or_default();
            return State::read(&item).map(|state| Attempt::Claimed(Box::new(state)));
        }
        Err(error) => error,
    };
    match error.as_service_error() {
        Some(UpdateItemError::ConditionalCheckFailedException(refused)) => refused
            .item()
            .filter(|item| !item.is_empty())
            .map(|item| State::read(item).map(Box::new))
            .transpose()
            .map(Attempt::Refused),
        _ => Err(StoreError::unavailable("claim an execution", error)),
    }
}
