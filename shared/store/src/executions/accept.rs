//! Recording a new execution: one conditional write is the check for duplicates, the durable record and the outbox entry.

use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use domain::{
    CreditAccount, Ending, Execution, ExecutionId, Fingerprint, Phase, SenderDeliveryId, Tenant,
    Timestamp, TriggerId, WebhookRequest, WorkflowId,
};

use crate::dynamodb::attributes::{Item, VERSION, bytes, flag, number, text};
use crate::dynamodb::conditional_write::{ConditionalWrite, conditional};
use crate::dynamodb::due_attributes::due_if_message_lost;
use crate::dynamodb::keys::Key;
use crate::dynamodb::request_record::pack;
use crate::dynamodb::size::item_bytes;
use crate::executions::answers::AwaitedAnswer;
use crate::executions::state_attributes::{
    ANSWER_WANTED, START_EVENT_PENDING, first_item, inline_request, inline_room,
};
use crate::executions::state_item::StateItem;
use crate::{Count, Executions, Nonce, StoreError};

/// An execution to be recorded.
#[derive(Debug)]
pub struct NewExecution<'a> {
    /// Derived from what must not make two executions: a sender's delivery, an `Idempotency-Key`, an effect.
    pub id: ExecutionId,
    /// Whose execution it is.
    pub tenant: Tenant,
    /// The workflow to run.
    pub workflow_id: WorkflowId,
    /// The version of the workflow to run.
    pub workflow_version: u64,
    /// The trigger that accepted the request.
    pub trigger_id: TriggerId,
    /// The sender's id of the webhook, where it gave one.
    pub delivery_id: Option<SenderDeliveryId>,
    /// The execution that this one replays, or that runs it.
    pub parent_id: Option<ExecutionId>,
    /// Whether it is a test with a trigger's sample.
    pub is_test: bool,
    /// Whether its request was edited before it was replayed.
    pub is_edited: bool,
    /// The fingerprint of the API request, where `id` is derived from an `Idempotency-Key`.
    pub fingerprint: Option<&'a Fingerprint>,
    /// The request that the workflow reads its event from.
    pub request: &'a WebhookRequest,
    /// Whether it will run.
    pub initial_status: InitialStatus,
    /// Where its credit comes from; `None` where it costs none.
    pub credits: Option<CreditAccount>,
}

/// The status in which an execution is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InitialStatus {
    /// A worker will run it.
    Queued,
    /// The same, and the sender waits for the answer that its end goes with.
    QueuedWithAnswer,
    /// A refusal that is kept: it has ended already.
    Rejected,
}

impl InitialStatus {
    fn is_queued(self) -> bool {
        match self {
            Self::Queued | Self::QueuedWithAnswer => true,
            Self::Rejected => false,
        }
    }
}

/// What became of recording an execution.
#[derive(Debug)]
pub enum AcceptOutcome {
    /// This request recorded it.
    New(Execution),
    /// An earlier request with the same delivery id or `Idempotency-Key` recorded it.
    Duplicate {
        /// The execution that is recorded.
        first: Execution,
        /// The fingerprint of the request that recorded it.
        fingerprint: Option<Fingerprint>,
        /// Where its answer will be, if it was recorded with one.
        awaited: Option<AwaitedAnswer>,
    },
    /// Its account has no credit left. Nothing is recorded.
    NoCredits,
    /// Other executions were debited to the same account at each attempt. Nothing is recorded.
    Contended,
}

/// There is no record, or one that has ended and expired (TTL removes late).
pub(super) const MAY_RECORD: &str =
    "attribute_not_exists(pk) OR (attribute_exists(ended) AND expires_at <= :now)";

impl Executions {
    /// Records an execution, with its request. A request that does not fit into the state item is written first, under
    /// a key that contains the nonce, where no other request can overwrite it.
    pub async fn accept(
        &self,
        new: &NewExecution<'_>,
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<AcceptOutcome, StoreError> {
        let execution = self.first_state(new, now);
        let credits = new.credits;
        if credits.is_some_and(|account| self.credits.are_known_exhausted(account, now)) {
            return self.without_credit(execution, now, nonce).await;
        }
        let children_until = now.plus_days(self.retention_days + 1);
        let mut item = first_item(&execution, nonce, children_until);
        if let Some(fingerprint) = new.fingerprint {
            item.insert("fingerprint".into(), text(fingerprint.as_str()));
        }
        if new.initial_status.is_queued() {
            item.extend(due_if_message_lost(execution.id.shard(), now, 0));
            item.insert(START_EVENT_PENDING.into(), flag(true));
        }
        if new.initial_status == InitialStatus::QueuedWithAnswer {
            item.insert(ANSWER_WANTED.into(), flag(true));
        }
        let packed = pack(new.request)?;
        if packed.len() + "request".len() <= inline_room(item_bytes(&item)) {
            item.extend([inline_request(packed)]);
        } else {
            let key = Key::request(execution.id, nonce);
            self.put_request(&key, packed, children_until).await?;
        }
        let outcome = match credits {
            None => self.put_state(item, execution, now, nonce).await?,
            Some(account) => {
                self.put_state_with_credit(item, execution, account, now, nonce)
                    .await?
            }
        };
        if let (AcceptOutcome::New(_), InitialStatus::Rejected) = (&outcome, new.initial_status) {
            self.metrics.count(Count::Rejected, 1);
        }
        Ok(outcome)
    }

    fn first_state(&self, new: &NewExecution<'_>, now: Timestamp) -> Execution {
        Execution {
            id: new.id,
            tenant: new.tenant,
            workflow_id: new.workflow_id,
            workflow_version: new.workflow_version,
            trigger_id: new.trigger_id,
            delivery_id: new.delivery_id.clone(),
            parent_id: new.parent_id,
            is_test: new.is_test,
            is_edited: new.is_edited,
            created_at: now,
            started_at: None,
            phase: match new.initial_status {
                InitialStatus::Queued | InitialStatus::QueuedWithAnswer => Phase::Queued,
                InitialStatus::Rejected => Phase::Ended {
                    ending: Ending::Rejected,
                    at: now,
                    expires_at: now.plus_days(self.retention_days),
                },
            },
        }
    }

    async fn put_request(
        &self,
        key: &Key,
        packed: Vec<u8>,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let mut item = key.item();
        item.extend([
            ("v".to_owned(), number(VERSION)),
            ("epoch".to_owned(), number(0)),
            ("data".to_owned(), bytes(packed)),
            ("expires_at".to_owned(), number(until.as_secs_rounded_up())),
        ]);
        self.table
            .put(item)
            .send()
            .await
            .map(drop)
            .map_err(|error| StoreError::unavailable("record a request", error))
    }

    /// May write where there is no record, or one that has ended and expired (TTL removes late). A racing or later
    /// duplicate finds the record, and reads the first outcome from it. The repetition of a write whose answer was lost
    /// finds its own nonce.
    async fn put_state(
        &self,
        item: Item,
        execution: Execution,
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<AcceptOutcome, StoreError> {
        let put = self
            .table
            .put(item)
            .condition_expression(MAY_RECORD)
            .expression_attribute_values(":now", number(now.as_millis() / 1000))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let found = match conditional("record an execution", put.send().await)? {
            ConditionalWrite::Written(_) => return Ok(AcceptOutcome::New(execution)),
            ConditionalWrite::ConditionFailed(found) => found.unwrap_or_default(),
        };
        recorded(&found, execution, nonce)
    }
}

/// What a write found recorded already: by an earlier attempt of itself, or by another request.
pub(super) fn recorded(
    found: &Item,
    execution: Execution,
    nonce: &Nonce,
) -> Result<AcceptOutcome, StoreError> {
    let first = StateItem::read(found)?;
    if &first.generation == nonce {
        return Ok(AcceptOutcome::New(execution));
    }
    let awaited = first.answer_wanted.then(|| AwaitedAnswer {
        id: first.execution.id,
        generation: first.generation.clone(),
    });
    Ok(AcceptOutcome::Duplicate {
        awaited,
        first: first.execution,
        fingerprint: first.fingerprint.as_deref().map(Fingerprint::from_stored),
    })
}
