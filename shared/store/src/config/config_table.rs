//! The config table: what all its records share. `trigger` may only read it.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};
use domain::Tenant;

use crate::StoreError;
use crate::dynamodb::attributes::{Item, Row, text};
use crate::dynamodb::keys::Key;

/// Workflows, their versions and their triggers.
#[derive(Clone)]
pub struct ConfigTable {
    pub(crate) client: Client,
    pub(crate) table: String,
}

/// What became of a create with an id that may be derived from an `Idempotency-Key`.
#[derive(Clone, Debug, PartialEq)]
pub enum Created<T> {
    New(T),
    /// The same key with the same request: what the first one made.
    Repeat(T),
    /// The same key with another request, or for a resource that is gone.
    Reused,
    SlugTaken,
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    Done,
    /// Somebody else changed it since it was read.
    Conflict,
    SlugTaken,
}

impl ConfigTable {
    pub(crate) fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }
}

/// How a transaction of conditional writes ended.
pub(crate) enum Transaction {
    Done,
    /// The first write whose condition did not hold, and the item it met.
    Refused {
        position: usize,
        old: Item,
    },
}

/// How one attempt at a transaction ended.
pub(crate) enum Attempt {
    Done,
    Refused {
        position: usize,
        old: Item,
    },
    /// Somebody else was changing one of the items.
    Conflict,
}

/// Two attempts to change the same items at once conflict; the loser tries again a few times.
const ATTEMPTS: u32 = 4;

pub(crate) async fn transact(
    client: &Client,
    operation: &'static str,
    writes: Vec<TransactWriteItem>,
) -> Result<Transaction, StoreError> {
    for number in 1..=ATTEMPTS {
        match attempt(client, operation, writes.clone()).await? {
            Attempt::Done => return Ok(Transaction::Done),
            Attempt::Refused { position, old } => {
                return Ok(Transaction::Refused { position, old });
            }
            Attempt::Conflict => {
                tokio::time::sleep(std::time::Duration::from_millis(20 << number)).await;
            }
        }
    }
    Err(StoreError::Unavailable {
        operation,
        cause: "others were changing the same items".to_owned(),
    })
}

pub(crate) async fn attempt(
    client: &Client,
    operation: &'static str,
    writes: Vec<TransactWriteItem>,
) -> Result<Attempt, StoreError> {
    let sent = client
        .transact_write_items()
        .set_transact_items(Some(writes))
        .send()
        .await;
    match sent {
        Ok(_) => Ok(Attempt::Done),
        Err(error) => match refusal(&error) {
            Some(refused) => Ok(refused),
            None if is_conflict(&error) => Ok(Attempt::Conflict),
            None => Err(StoreError::unavailable(operation, error)),
        },
    }
}

fn reasons(
    error: &SdkError<TransactWriteItemsError>,
) -> &[aws_sdk_dynamodb::types::CancellationReason] {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => {
            canceled.cancellation_reasons()
        }
        _ => &[],
    }
}

fn refusal(error: &SdkError<TransactWriteItemsError>) -> Option<Attempt> {
    reasons(error)
        .iter()
        .enumerate()
        .find_map(|(position, reason)| {
            (reason.code() == Some("ConditionalCheckFailed")).then(|| Attempt::Refused {
                position,
                old: reason.item().cloned().unwrap_or_default(),
            })
        })
}

fn is_conflict(error: &SdkError<TransactWriteItemsError>) -> bool {
    reasons(error)
        .iter()
        .any(|reason| reason.code() == Some("TransactionConflict"))
}

/// A write that makes an item, and meets none.
pub(crate) fn put_new(table: &str, item: Item) -> TransactWriteItem {
    let put = Put::builder()
        .table_name(table)
        .set_item(Some(item))
        .condition_expression("attribute_not_exists(pk)")
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .build()
        .expect("table and item are given");
    TransactWriteItem::builder().put(put).build()
}

/// A write that stands whatever was there.
pub(crate) fn put(table: &str, item: Item) -> TransactWriteItem {
    let put = Put::builder()
        .table_name(table)
        .set_item(Some(item))
        .build()
        .expect("table and item are given");
    TransactWriteItem::builder().put(put).build()
}

pub(crate) fn remove(table: &str, key: &Key) -> TransactWriteItem {
    let delete = Delete::builder()
        .table_name(table)
        .set_key(Some(key.item()))
        .build()
        .expect("table and key are given");
    TransactWriteItem::builder().delete(delete).build()
}

/// One item, consistently.
pub(crate) async fn read(
    client: &Client,
    table: &str,
    key: &Key,
) -> Result<Option<Item>, StoreError> {
    let answer = client
        .get_item()
        .table_name(table)
        .set_key(Some(key.item()))
        .consistent_read(true)
        .send()
        .await
        .map_err(|error| StoreError::unavailable("read a record", error))?;
    Ok(answer.item)
}

/// Every item of a partition whose sort key begins so, consistently, in the order of the keys; never with nothing, which
/// DynamoDB refuses as a value of a key.
pub(crate) async fn query_all(
    client: &Client,
    table: &str,
    pk: &str,
    sk_prefix: &str,
) -> Result<Vec<Item>, StoreError> {
    let query = client
        .query()
        .table_name(table)
        .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
        .expression_attribute_values(":pk", text(pk))
        .expression_attribute_values(":sk", text(sk_prefix));
    let mut items = Vec::new();
    let mut from = None;
    loop {
        let page = query
            .clone()
            .consistent_read(true)
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

pub(crate) fn tenant(row: Row<'_>) -> Result<Tenant, StoreError> {
    Tenant::parse(row.text("tenant")?).map_err(|error| row.bad("tenant", &error.to_string()))
}
