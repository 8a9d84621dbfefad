//! The items of one execution: its state item, and the children that have its request, its steps and its checkpoint.

use std::time::Duration;

use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};
use domain::{ExecutionId, Tenant, Timestamp, WebhookRequest};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use crate::StoreError;
use crate::dynamodb::attributes::{Item, Row, number};
use crate::dynamodb::conditional_write::conditional;
use crate::dynamodb::keys::Key;
use crate::dynamodb::request_record;
use crate::dynamodb::size::item_bytes;
use crate::dynamodb::table::Table;
use crate::executions::checkpoint::Checkpoint;
use crate::executions::child_keys::ChildKeys;
use crate::executions::cost::read_units;
use crate::executions::state_item::{CheckpointLocation, StateItem};

/// A batch write takes at most 25 items.
const BATCH_ITEMS: usize = 25;
/// How often what a batch write left over is sent again.
const BATCH_ATTEMPTS: u32 = 6;
/// Writes to the children of one execution that are made at once.
const CONCURRENT_WRITES: usize = 16;

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

    /// `None` for an execution of another tenant, past its retention, or whose delete has begun, too.
    pub(crate) async fn state_of(
        &self,
        tenant: Tenant,
        id: ExecutionId,
        now: Timestamp,
    ) -> Result<Option<StateItem>, StoreError> {
        let state = self.state(id).await?;
        Ok(state.filter(|state| is_seen_by(tenant, state, now)))
    }

    /// The same, eventually consistently: it may be as it was a moment ago.
    pub(crate) async fn glance_at(
        &self,
        tenant: Tenant,
        id: ExecutionId,
        now: Timestamp,
    ) -> Result<Option<StateItem>, StoreError> {
        let item = self.table.glance(&Key::state(id)).await?;
        let state = item.as_ref().map(StateItem::read).transpose()?;
        Ok(state.filter(|state| is_seen_by(tenant, state, now)))
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

    /// The data of a child, and the bytes of its item.
    async fn child(&self, key: &Key) -> Result<(Vec<u8>, usize), StoreError> {
        let child = self.optional_child(key).await?;
        child.ok_or_else(|| StoreError::bad(format!("{}/{}", key.pk, key.sk), "it is missing"))
    }

    pub(crate) async fn optional_child(
        &self,
        key: &Key,
    ) -> Result<Option<(Vec<u8>, usize)>, StoreError> {
        let item = self.table.read(key).await?;
        let data = item.as_ref().and_then(|item| Row(item).bytes("data"));
        let bytes = item.as_ref().map_or(0, item_bytes);
        Ok(data.map(|data| (data.to_vec(), bytes)))
    }

    /// Sets a later time for TTL to remove the children of an execution, and records that time in its state item. Children
    /// that are kept for as long as is `needed` stay as they are: an earlier request extended them, and broke off. Returns
    /// until when all of them are kept.
    pub(crate) async fn extend_children_ttl(
        &self,
        state: &StateItem,
        needed: Timestamp,
        until: Timestamp,
    ) -> Result<Timestamp, StoreError> {
        let mut keys = ChildKeys::new(&self.table, state);
        let mut kept_until = until;
        while !keys.is_at_end() {
            let (extended, short): (Vec<_>, Vec<_>) = keys
                .next_page()
                .await?
                .into_iter()
                .partition(|child| child.expires_at >= needed);
            let kept = extended.iter().map(|child| child.expires_at);
            kept_until = kept.fold(kept_until, Timestamp::min);
            let writes = short
                .iter()
                .map(|child| self.raise(&child.key, "expires_at", until.as_secs_rounded_up()));
            let writes: Vec<_> = writes.collect();
            stream::iter(writes)
                .buffer_unordered(CONCURRENT_WRITES)
                .try_collect::<()>()
                .await?;
        }
        let key = Key::state(state.execution.id);
        self.raise(&key, "children_until", kept_until.as_millis())
            .await?;
        Ok(kept_until)
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

    /// Deletes the next children of this generation, as many as one query names. A new execution of the same delivery has
    /// another generation.
    pub(crate) async fn delete_next_children(
        &self,
        keys: &mut ChildKeys,
    ) -> Result<(), StoreError> {
        let children = keys.next_page().await?;
        let children: Vec<Item> = children.iter().map(|child| child.key.item()).collect();
        let batches: Vec<_> = children
            .chunks(BATCH_ITEMS)
            .map(|batch| self.delete_batch(batch))
            .collect();
        stream::iter(batches)
            .buffer_unordered(CONCURRENT_WRITES)
            .try_collect()
            .await
    }

    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    async fn delete_batch(&self, keys: &[Item]) -> Result<(), StoreError> {
        let mut left: Vec<WriteRequest> = keys.iter().map(delete_request).collect();
        for attempt in 0..BATCH_ATTEMPTS {
            if attempt > 0 {
                tokio::time::sleep(Duration::from_millis(50 << (attempt - 1))).await;
            }
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
        }
        Err(StoreError::Unavailable {
            operation: "delete an execution",
            cause: "DynamoDB left some items unprocessed; repeat the delete".to_owned(),
        })
    }
}

fn is_seen_by(tenant: Tenant, state: &StateItem, now: Timestamp) -> bool {
    let execution = &state.execution;
    execution.tenant == tenant && !execution.is_expired(now) && !state.is_being_deleted
}

fn delete_request(key: &Item) -> WriteRequest {
    let delete = DeleteRequest::builder()
        .set_key(Some(key.clone()))
        .build()
        .expect("the key is given");
    WriteRequest::builder().delete_request(delete).build()
}
