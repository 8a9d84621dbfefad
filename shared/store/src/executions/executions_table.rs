//! The runs table: executions with their children, recorded, read and deleted.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{DeleteRequest, ReturnValuesOnConditionCheckFailure, WriteRequest};
use domain::{
    Ending, Execution, ExecutionId, Fingerprint, Phase, SenderDeliveryId, Tenant, Timestamp,
    TriggerId, WebhookRequest, WorkflowId,
};
use serde_json::Value;

use crate::dynamodb::attributes::{Item, Row, VERSION, bytes, flag, number, text};
use crate::dynamodb::keys::{Key, execution_pk};
use crate::dynamodb::size::item_bytes;
use crate::executions::checkpoint::{Checkpoint, read_page};
use crate::executions::request_record::{pack, unpack};
use crate::executions::state::{self, State, first_item, inline_request, inline_room};
use crate::{Count, Metrics, Nonce, Owned, StoreError, config_table};

/// A batch write takes at most 25 items.
const BATCH_ITEMS: usize = 25;
/// How often what a batch write left over is sent again.
const BATCH_ATTEMPTS: u32 = 6;

#[derive(Clone)]
pub struct RunsTable {
    pub(crate) client: Client,
    pub(crate) table: String,
    pub(crate) retention_days: i64,
    pub(crate) metrics: Metrics,
}

/// An execution to be recorded.
#[derive(Debug)]
pub struct NewExecution<'a> {
    pub id: ExecutionId,
    pub tenant: Tenant,
    pub workflow_id: WorkflowId,
    pub workflow_version: u64,
    pub trigger_id: TriggerId,
    pub delivery_id: Option<SenderDeliveryId>,
    pub parent_id: Option<ExecutionId>,
    /// Of the request that asked for it, where its id is derived from an `Idempotency-Key`.
    pub fingerprint: Option<&'a Fingerprint>,
    pub request: &'a WebhookRequest,
    pub start: Start,
}

/// How an execution begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    Queued,
    /// It also ends there: a refusal that is kept.
    Rejected,
}

/// What became of recording one.
#[derive(Debug)]
pub enum Accepted {
    New(Execution),
    /// The id is taken, by the first of the same delivery or the same `Idempotency-Key`.
    Duplicate {
        first: Execution,
        fingerprint: Option<Fingerprint>,
    },
}

/// What a reader sees of one execution.
#[derive(Debug)]
pub struct Detail {
    pub execution: Execution,
    pub request: WebhookRequest,
    pub steps: Vec<Value>,
    pub output: Option<Value>,
    pub error: Option<Value>,
}

/// What became of a delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deleted {
    Done,
    NotFound,
    NotEnded,
    /// Subscribers have yet to be told of it.
    NotTold,
}

impl RunsTable {
    pub(crate) fn new(
        client: Client,
        table: String,
        retention_days: i64,
        metrics: Metrics,
    ) -> Self {
        Self {
            client,
            table,
            retention_days,
            metrics,
        }
    }

    /// Timeline of the state item: this write is the dedup check, the durable record and the outbox
    /// entry in one. It may create, or replace a record that has ended and expired (TTL removes
    /// late). A racing duplicate, or a later one, meets the record and reads the first answer from
    /// it; the retry of a write whose answer was lost meets its own nonce. A request that does not
    /// fit is written first, under the nonce, where no racer can overwrite it.
    pub async fn accept(
        &self,
        new: &NewExecution<'_>,
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<Accepted, StoreError> {
        let execution = self.begin(new, now);
        let children_until = now.plus_days(self.retention_days + 1);
        let mut item = first_item(&execution, nonce, children_until);
        if let Some(fingerprint) = new.fingerprint {
            item.insert("fingerprint".into(), text(fingerprint.as_str()));
        }
        if new.start == Start::Queued {
            item.extend(state::due_if_lost(execution.id.shard(), now, 0));
            item.insert(state::TELL_START.into(), flag(true));
        }
        let packed = pack(new.request)?;
        if packed.len() + "request".len() <= inline_room(item_bytes(&item)) {
            item.extend([inline_request(packed)]);
        } else {
            let key = Key::request(execution.id, nonce);
            self.put_request(&key, packed, children_until).await?;
        }
        let accepted = self.put_state(item, execution, now, nonce).await?;
        if let (Accepted::New(_), Start::Rejected) = (&accepted, new.start) {
            self.metrics.count(Count::Rejected, 1);
        }
        Ok(accepted)
    }

    fn begin(&self, new: &NewExecution<'_>, now: Timestamp) -> Execution {
        Execution {
            id: new.id,
            tenant: new.tenant,
            workflow_id: new.workflow_id,
            workflow_version: new.workflow_version,
            trigger_id: new.trigger_id,
            delivery_id: new.delivery_id.clone(),
            parent_id: new.parent_id,
            created_at: now,
            started_at: None,
            phase: match new.start {
                Start::Queued => Phase::Queued,
                Start::Rejected => Phase::Ended {
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
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .send()
            .await
            .map(drop)
            .map_err(|error| StoreError::unavailable("record a request", error))
    }

    async fn put_state(
        &self,
        item: Item,
        execution: Execution,
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<Accepted, StoreError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(
                "attribute_not_exists(pk) OR (attribute_exists(ended) AND expires_at <= :now)",
            )
            .expression_attribute_values(":now", number(now.as_millis() / 1000))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let error = match put {
            Ok(_) => return Ok(Accepted::New(execution)),
            Err(error) => error,
        };
        let Some(PutItemError::ConditionalCheckFailedException(met)) = error.as_service_error()
        else {
            return Err(StoreError::unavailable("record an execution", error));
        };
        let first = State::read(&met.item().cloned().unwrap_or_default())?;
        if &first.generation == nonce {
            return Ok(Accepted::New(execution));
        }
        Ok(Accepted::Duplicate {
            first: first.execution,
            fingerprint: first.fingerprint.as_deref().map(Fingerprint::from_stored),
        })
    }

    /// `None` for one of another tenant, and one past its retention, too.
    pub async fn execution(
        &self,
        tenant: Tenant,
        id: ExecutionId,
        now: Timestamp,
    ) -> Result<Option<Execution>, StoreError> {
        let state = self.state(tenant, id, now).await?;
        Ok(state.map(|state| state.execution))
    }

    pub async fn detail(
        &self,
        tenant: Tenant,
        id: ExecutionId,
        now: Timestamp,
    ) -> Result<Option<Detail>, StoreError> {
        let Some(state) = self.state(tenant, id, now).await? else {
            return Ok(None);
        };
        let (request, pages, packed) = futures::try_join!(
            self.read_request(&state),
            self.read_pages(&state),
            self.read_checkpoint(&state),
        )?;
        let checkpoint = Checkpoint::unpack(&state, packed, &request.body)?;
        let mut steps = pages;
        steps.extend(checkpoint.tail);
        Ok(Some(Detail {
            execution: state.execution,
            request,
            steps,
            output: checkpoint.output,
            error: checkpoint.error,
        }))
    }

    /// The request as it came in.
    pub async fn request(
        &self,
        tenant: Tenant,
        id: ExecutionId,
        now: Timestamp,
    ) -> Result<Option<WebhookRequest>, StoreError> {
        match self.state(tenant, id, now).await? {
            Some(state) => self.read_request(&state).await.map(Some),
            None => Ok(None),
        }
    }

    /// The request of an execution that was claimed.
    pub async fn request_of(&self, owned: &Owned) -> Result<WebhookRequest, StoreError> {
        self.read_request(&owned.state).await
    }

    /// Removes one that has ended, with its children. They go first, so that a delete that breaks
    /// off can be repeated. The same delivery may come again meanwhile, and its request be written
    /// already: that is of another generation, and stays.
    pub async fn delete(
        &self,
        tenant: Tenant,
        id: ExecutionId,
        now: Timestamp,
    ) -> Result<Deleted, StoreError> {
        let Some(state) = self.state(tenant, id, now).await? else {
            return Ok(Deleted::NotFound);
        };
        if state.execution.finished_at().is_none() {
            return Ok(Deleted::NotEnded);
        }
        if state.has_news() {
            return Ok(Deleted::NotTold);
        }
        let pk = execution_pk(id);
        let prefix = format!("{}#", state.generation);
        let children = config_table::query_all(&self.client, &self.table, &pk, &prefix).await?;
        let keys: Vec<Item> = children.into_iter().map(key_of).collect();
        for batch in keys.chunks(BATCH_ITEMS) {
            self.delete_batch(batch).await?;
        }
        let deleted = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(Key::state(id).item()))
            .condition_expression("attribute_not_exists(pk) OR generation = :generation")
            .expression_attribute_values(":generation", text(&state.generation))
            .send()
            .await;
        match deleted {
            Ok(_) => Ok(Deleted::Done),
            // It expired meanwhile, and its delivery id has a new execution: the old one is gone.
            Err(error)
                if matches!(
                    error.as_service_error(),
                    Some(DeleteItemError::ConditionalCheckFailedException(_))
                ) =>
            {
                Ok(Deleted::Done)
            }
            Err(error) => Err(StoreError::unavailable("delete an execution", error)),
        }
    }

    async fn delete_batch(&self, keys: &[Item]) -> Result<(), StoreError> {
        let mut left: Vec<WriteRequest> = keys
            .iter()
            .map(|key| {
                let delete = DeleteRequest::builder()
                    .set_key(Some(key.clone()))
                    .build()
                    .expect("the key is given");
                WriteRequest::builder().delete_request(delete).build()
            })
            .collect();
        for attempt in 0..BATCH_ATTEMPTS {
            let answer = self
                .client
                .batch_write_item()
                .request_items(&self.table, left)
                .send()
                .await
                .map_err(|error| StoreError::unavailable("delete an execution", error))?;
            left = answer
                .unprocessed_items
                .and_then(|mut tables| tables.remove(&self.table))
                .unwrap_or_default();
            if left.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(std::time::Duration::from_millis(50 << attempt)).await;
        }
        Err(StoreError::Unavailable {
            operation: "delete an execution",
            cause: "some items were left over; delete it once more".to_owned(),
        })
    }

    pub(crate) async fn state(
        &self,
        tenant: Tenant,
        id: ExecutionId,
        now: Timestamp,
    ) -> Result<Option<State>, StoreError> {
        let item = config_table::read(&self.client, &self.table, &Key::state(id)).await?;
        let state = item.as_ref().map(State::read).transpose()?;
        Ok(state
            .filter(|state| state.execution.tenant == tenant && !state.execution.is_expired(now)))
    }

    pub(crate) async fn read_request(&self, state: &State) -> Result<WebhookRequest, StoreError> {
        let id = state.execution.id;
        let packed = match &state.request {
            Some(packed) => packed.clone(),
            None => {
                self.read_child(&Key::request(id, &state.generation))
                    .await?
            }
        };
        unpack(&id.to_string(), &packed)
    }

    async fn read_pages(&self, state: &State) -> Result<Vec<Value>, StoreError> {
        if state.pages == 0 {
            return Ok(Vec::new());
        }
        let pk = execution_pk(state.execution.id);
        let prefix = format!("{}#P", state.generation);
        let items = config_table::query_all(&self.client, &self.table, &pk, &prefix).await?;
        // A page that the state does not count was written by a worker that had lost its lease.
        let counted = usize::try_from(state.pages).unwrap_or(usize::MAX);
        let mut steps = Vec::new();
        for item in items.iter().take(counted) {
            let row = Row::checked(item)?;
            let data = row
                .bytes("data")
                .ok_or_else(|| row.bad("data", "is missing"))?;
            steps.extend(read_page(&pk, data)?);
        }
        Ok(steps)
    }

    pub(crate) async fn read_child(&self, key: &Key) -> Result<Vec<u8>, StoreError> {
        let item = config_table::read(&self.client, &self.table, key).await?;
        let data = item.as_ref().and_then(|item| Row(item).bytes("data"));
        data.map(<[u8]>::to_vec)
            .ok_or_else(|| StoreError::bad(format!("{}/{}", key.pk, key.sk), "it is missing"))
    }

    /// Gives the children of an execution longer, and the state the knowledge of it.
    pub(crate) async fn keep_children(
        &self,
        state: &State,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let pk = execution_pk(state.execution.id);
        let prefix = format!("{}#", state.generation);
        let items = config_table::query_all(&self.client, &self.table, &pk, &prefix).await?;
        for item in items {
            self.set_number(key_of(item), "expires_at", until.as_secs_rounded_up())
                .await?;
        }
        let key = Key::state(state.execution.id).item();
        self.set_number(key, "children_until", until.as_millis())
            .await
    }

    /// Only on an item that exists; of two values that are written, the later moment is kept.
    async fn set_number(&self, key: Item, name: &str, value: i64) -> Result<(), StoreError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key))
            .update_expression("SET #name = :value")
            .condition_expression("attribute_exists(pk) AND #name < :value")
            .expression_attribute_names("#name", name)
            .expression_attribute_values(":value", number(value));
        match update.send().await {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|e| e.is_conditional_check_failed_exception()) =>
            {
                Ok(())
            }
            Err(error) => Err(StoreError::unavailable("keep a record longer", error)),
        }
    }
}

fn key_of(mut item: Item) -> Item {
    item.retain(|name, _| name == "pk" || name == "sk");
    item
}
