//! One DynamoDB table: the requests that every record needs. It does not know what the records are.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::delete_item::builders::DeleteItemFluentBuilder;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::KeysAndAttributes;

use crate::StoreError;
use crate::dynamodb::attributes::{Item, Row, text};
use crate::dynamodb::keys::Key;

/// DynamoDB reads at most so many items at a time.
const BATCH_ITEMS: usize = 100;
/// How often what DynamoDB left unread is asked for again, each time after twice as long.
const BATCH_ATTEMPTS: u32 = 4;
const FIRST_BATCH_DELAY_MS: u64 = 50;

/// A table and the client that reaches it. Clones share the client.
#[derive(Clone)]
pub(crate) struct Table {
    client: Client,
    name: String,
}

impl Table {
    pub(crate) fn new(client: Client, name: String) -> Self {
        Self { client, name }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn put(&self, item: Item) -> PutItemFluentBuilder {
        self.client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item))
    }

    pub(crate) fn update(&self, key: &Key) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key.item()))
    }

    pub(crate) fn delete(&self, key: &Key) -> DeleteItemFluentBuilder {
        self.client
            .delete_item()
            .table_name(&self.name)
            .set_key(Some(key.item()))
    }

    pub(crate) fn query(&self) -> QueryFluentBuilder {
        self.client.query().table_name(&self.name)
    }

    /// Reads one item, consistently.
    pub(crate) async fn read(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        self.read_as(key, true).await
    }

    /// Reads one item, eventually consistently: it may be as it was a moment ago.
    pub(crate) async fn glance(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        self.read_as(key, false).await
    }

    async fn read_as(&self, key: &Key, consistent: bool) -> Result<Option<Item>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(key.item()))
            .consistent_read(consistent)
            .send()
            .await
            .map_err(|error| StoreError::unavailable("read a record", error))?;
        Ok(answer.item)
    }

    /// Reads one item that has an `expires_at`. An item past that time counts as absent, because TTL removes late.
    pub(crate) async fn read_unexpired(
        &self,
        key: &Key,
        now: domain::Timestamp,
    ) -> Result<Option<Item>, StoreError> {
        let Some(item) = self.read(key).await? else {
            return Ok(None);
        };
        Ok((!is_expired(&item, now)?).then_some(item))
    }

    /// Reads the items that exist of these keys, in no order and eventually consistently. An item past its `expires_at` counts
    /// as absent. No key may be there twice.
    pub(crate) async fn glance_at_unexpired(
        &self,
        keys: &[Key],
        now: domain::Timestamp,
    ) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::with_capacity(keys.len());
        for keys in keys.chunks(BATCH_ITEMS) {
            self.read_batch(keys.iter().map(Key::item).collect(), &mut items)
                .await?;
        }
        let mut unexpired = Vec::with_capacity(items.len());
        for item in items {
            if !is_expired(&item, now)? {
                unexpired.push(item);
            }
        }
        Ok(unexpired)
    }

    async fn read_batch(&self, keys: Vec<Item>, items: &mut Vec<Item>) -> Result<(), StoreError> {
        let mut left = keys;
        for attempt in 0..BATCH_ATTEMPTS {
            if attempt > 0 {
                let pause_ms = FIRST_BATCH_DELAY_MS << (attempt - 1);
                tokio::time::sleep(Duration::from_millis(pause_ms)).await;
            }
            let asked = KeysAndAttributes::builder().set_keys(Some(left)).build();
            let answer = self
                .client
                .batch_get_item()
                .request_items(&self.name, asked.expect("the keys are given"))
                .send()
                .await
                .map_err(|error| StoreError::unavailable("read records", error))?;
            let mut found = answer.responses.unwrap_or_default();
            items.extend(found.remove(&self.name).unwrap_or_default());
            let unread = answer.unprocessed_keys;
            let unread = unread.and_then(|mut tables| tables.remove(&self.name));
            left = unread.map_or_else(Vec::new, |unread| unread.keys);
            if left.is_empty() {
                return Ok(());
            }
        }
        Err(StoreError::Unavailable {
            operation: "read records",
            cause: format!("DynamoDB left {} of them unread", left.len()),
        })
    }

    /// Reads every item of a partition whose sort key starts with `sk_prefix`, consistently, in the order of the sort
    /// keys. The prefix must not be empty: DynamoDB refuses an empty string as a key value.
    pub(crate) async fn read_prefix(
        &self,
        pk: &str,
        sk_prefix: &str,
    ) -> Result<Vec<Item>, StoreError> {
        let query = self
            .query()
            .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
            .expression_attribute_values(":pk", text(pk))
            .expression_attribute_values(":sk", text(sk_prefix))
            .consistent_read(true);
        self.read_all(query).await
    }

    /// Reads all pages of a query.
    pub(crate) async fn read_all(
        &self,
        query: QueryFluentBuilder,
    ) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::new();
        let mut from = None;
        loop {
            let page = query
                .clone()
                .set_exclusive_start_key(from)
                .send()
                .await
                .map_err(|error| StoreError::unavailable("list records", error))?;
            items.extend(page.items.unwrap_or_default());
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(items);
            }
        }
    }
}

fn is_expired(item: &Item, now: domain::Timestamp) -> Result<bool, StoreError> {
    let expires_at: Option<i64> = Row(item).optional_number("expires_at")?;
    Ok(expires_at.is_some_and(|at| at <= now.as_millis() / 1000))
}
