//! The items of one execution: its state item, and the children that have its request, its steps and its checkpoint.

use std::time::Duration;

use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};
use domain::{ExecutionId, Tenant, Timestamp, WebhookRequest};
use serde_json::Value;

use crate::StoreError;
use crate::dynamodb::attributes::{Item, Row, number};
use crate::dynamodb::conditional_write::conditional;
use crate::dynamodb::keys::{Key, execution_pk};
use crate::dynamodb::size::item_bytes;
use crate::dynamodb::table::Table;
use crate::executions::checkpoint::Checkpoint;
use crate::executions::cost::read_units;
use crate::executions::request_record;
use crate::executions::state_item::{CheckpointLocation, StateItem};
use crate::executions::step_pages::unpack_page;

/// A batch write takes at most 25 items.
const BATCH_ITEMS: usize = 25;
/// How often what a batch write left over is sent again.
const BATCH_ATTEMPTS: u32 = 6;

/// Reads the items of executions, and deletes or extends their children.
#[derive(Clone)]
pub(crate) struct ExecutionItems {
    table: Table,
}

impl ExecutionItems {
    pub(crate) fn new(table: Table) -> Self {
        Self { table }
    }

    /// The state item of an execution of any tenant.
    pub(crate) async fn state(&self, id: ExecutionId) -> Result<Option<StateItem>, StoreError> {
        let item = self.table.read(&Key::state(id)).await?;
        item.as_ref().map(StateItem::read).transpose()
    }

    /// `None` for an execution of another tenant or past its retention, too.
    pub(crate) async fn state_of(
        &self,
        tenant: Tenant,
        id: ExecutionId,
        now: Timestamp,
    ) -> Result<Option<StateItem>, StoreError> {
        let state = self.state(id).await?;
        Ok(state
            .filter(|state| state.execution.tenant == tenant && !state.execution.is_expired(now)))
    }

    pub(crate) async fn request(&self, state: &StateItem) -> Result<WebhookRequest, StoreError> {
        Ok(self.read_request(state).await?.0)
    }

    /// The request, and the bytes of its item, where it is one of its own.
    pub(crate) async fn read_request(
        &self,
        state: &StateItem,
    ) -> Result<(WebhookRequest, Option<usize>), StoreError> {
        let id = state.execution.id;
        let (packed, bytes) = match &state.request {
            Some(packed) => (packed.clone(), None),
            None => {
                let key = Key::request(id, &state.generation);
                let (packed, bytes) = self.child(&key).await?;
                (packed, Some(bytes))
            }
        };
        Ok((request_record::unpack(&id.to_string(), &packed)?, bytes))
    }

    /// The checkpoint as it is stored; `None` where there is none yet.
    pub(crate) async fn packed_checkpoint(
        &self,
        state: &StateItem,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.read_checkpoint(state).await?.0)
    }

    /// The checkpoint as it is stored, and the read units of it.
    pub(crate) async fn read_checkpoint(
        &self,
        state: &StateItem,
    ) -> Result<(Option<Vec<u8>>, u64), StoreError> {
        match &state.checkpoint {
            CheckpointLocation::Nowhere => Ok((None, 0)),
            CheckpointLocation::Inline(packed) => Ok((Some(packed.clone()), 0)),
            CheckpointLocation::Slot(slot) => {
                let key = Key::checkpoint(state.execution.id, &state.generation, *slot);
                let (packed, bytes) = self.child(&key).await?;
                Ok((Some(packed), read_units(bytes)))
            }
        }
    }

    /// Reads the request and the checkpoint at once.
    pub(crate) async fn request_and_checkpoint(
        &self,
        state: &StateItem,
    ) -> Result<(WebhookRequest, Checkpoint), StoreError> {
        let (request, packed) =
            futures::try_join!(self.request(state), self.packed_checkpoint(state))?;
        let checkpoint = Checkpoint::unpack(state, packed, &request.body)?;
        Ok((request, checkpoint))
    }

    /// The steps that are in pages, in order.
    pub(crate) async fn paged_steps(&self, state: &StateItem) -> Result<Vec<Value>, StoreError> {
        if state.pages == 0 {
            return Ok(Vec::new());
        }
        let pk = execution_pk(state.execution.id);
        let prefix = format!("{}#P", state.generation);
        let items = self.table.read_prefix(&pk, &prefix).await?;
        // A page that the state does not count was written by a worker that had lost its lease.
        let counted = usize::try_from(state.pages).unwrap_or(usize::MAX);
        let mut steps = Vec::new();
        for item in items.iter().take(counted) {
            let row = Row::checked(item)?;
            let data = row
                .bytes("data")
                .ok_or_else(|| row.bad("data", "is missing"))?;
            steps.extend(unpack_page(&pk, data)?);
        }
        Ok(steps)
    }

    /// The data of a child, and the bytes of its item.
    async fn child(&self, key: &Key) -> Result<(Vec<u8>, usize), StoreError> {
        let item = self.table.read(key).await?;
        let data = item.as_ref().and_then(|item| Row(item).bytes("data"));
        let bytes = item.as_ref().map_or(0, item_bytes);
        data.map(|data| (data.to_vec(), bytes))
            .ok_or_else(|| StoreError::bad(format!("{}/{}", key.pk, key.sk), "it is missing"))
    }

    /// The keys of all children of this generation.
    async fn child_keys(&self, state: &StateItem) -> Result<Vec<Key>, StoreError> {
        let pk = execution_pk(state.execution.id);
        let prefix = format!("{}#", state.generation);
        let items = self.table.read_prefix(&pk, &prefix).await?;
        items.iter().map(Key::of_item).collect()
    }

    /// Sets a later time for TTL to remove the children of an execution, and records that time in its state item.
    pub(crate) async fn extend_children_ttl(
        &self,
        state: &StateItem,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        for key in self.child_keys(state).await? {
            self.raise(&key, "expires_at", until.as_secs_rounded_up())
                .await?;
        }
        let key = Key::state(state.execution.id);
        self.raise(&key, "children_until", until.as_millis()).await
    }

    /// Sets a number that only grows. May write while the item exists and has a smaller number. A racing loser finds a
    /// number that is as large or larger, and leaves it.
    async fn raise(&self, key: &Key, name: &str, value: i64) -> Result<(), StoreError> {
        let update = self
            .table
            .update(key)
            .update_expression("SET #name = :value")
            .condition_expression("attribute_exists(pk) AND #name < :value")
            .expression_attribute_names("#name", name)
            .expression_attribute_values(":value", number(value));
        conditional("extend the retention of a record", update.send().await).map(drop)
    }

    /// Deletes the children of this generation. A new execution of the same delivery has another generation.
    pub(crate) async fn delete_children(&self, state: &StateItem) -> Result<(), StoreError> {
        let keys = self.child_keys(state).await?;
        let keys: Vec<Item> = keys.iter().map(Key::item).collect();
        for batch in keys.chunks(BATCH_ITEMS) {
            self.delete_batch(batch).await?;
        }
        Ok(())
    }

    async fn delete_batch(&self, keys: &[Item]) -> Result<(), StoreError> {
        let mut left: Vec<WriteRequest> = keys.iter().map(delete_request).collect();
        for attempt in 0..BATCH_ATTEMPTS {
            let answer = self
                .table
                .client()
                .batch_write_item()
                .request_items(self.table.name(), left)
                .send()
                .await
                .map_err(|error| StoreError::unavailable("delete an execution", error))?;
            left = answer
                .unprocessed_items
                .and_then(|mut tables| tables.remove(self.table.name()))
                .unwrap_or_default();
            if left.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50 << attempt)).await;
        }
        Err(StoreError::Unavailable {
            operation: "delete an execution",
            cause: "DynamoDB left some items unprocessed; repeat the delete".to_owned(),
        })
    }
}

fn delete_request(key: &Item) -> WriteRequest {
    let delete = DeleteRequest::builder()
        .set_key(Some(key.clone()))
        .build()
        .expect("the key is given");
    WriteRequest::builder().delete_request(delete).build()
}
