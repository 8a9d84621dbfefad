//! Transactions of conditional writes. It does not know which records they change.

use std::time::Duration;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    CancellationReason, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};

use crate::dynamodb::attributes::Item;
use crate::dynamodb::keys::Key;
use crate::dynamodb::table::Table;
use crate::{Random, StoreError};

/// How a transaction of conditional writes ended.
pub(crate) enum TransactionOutcome {
    Committed,
    /// The position of the first write whose condition failed, and the item that it found.
    ConditionFailed {
        position: usize,
        found: Item,
    },
}

/// How one attempt at a transaction ended.
pub(crate) enum TransactionAttempt {
    Committed,
    ConditionFailed {
        position: usize,
        found: Item,
    },
    /// Another transaction was changing one of the items.
    Conflict,
}

/// Two transactions on the same items at once conflict; the loser tries again this many times in all.
const ATTEMPTS: u32 = 7;
/// The longest first pause; it doubles with each attempt. All pauses together are at most 1.3 s, well within the ten
/// seconds that a webhook's function has.
const PAUSE_MS: u64 = 20;

impl Table {
    /// Commits all writes or none. After a conflict with another transaction it waits and tries again.
    pub(crate) async fn transact(
        &self,
        operation: &'static str,
        writes: Vec<TransactWriteItem>,
    ) -> Result<TransactionOutcome, StoreError> {
        match self.transact_repeatedly(operation, None, writes).await? {
            TransactionAttempt::Committed => Ok(TransactionOutcome::Committed),
            TransactionAttempt::ConditionFailed { position, found } => {
                Ok(TransactionOutcome::ConditionFailed { position, found })
            }
            TransactionAttempt::Conflict => Err(StoreError::Unavailable {
                operation,
                cause: "other requests were changing the same items".to_owned(),
            }),
        }
    }

    /// The same under a request token: DynamoDB commits a transaction with the same token once within ten minutes. The
    /// outcome is `Conflict` where each attempt met another transaction.
    pub(crate) async fn transact_as(
        &self,
        operation: &'static str,
        token: &str,
        writes: Vec<TransactWriteItem>,
    ) -> Result<TransactionAttempt, StoreError> {
        self.transact_repeatedly(operation, Some(token), writes)
            .await
    }

    async fn transact_repeatedly(
        &self,
        operation: &'static str,
        token: Option<&str>,
        writes: Vec<TransactWriteItem>,
    ) -> Result<TransactionAttempt, StoreError> {
        for attempt in 1..ATTEMPTS {
            match self.attempt(operation, token, writes.clone()).await? {
                TransactionAttempt::Conflict => pause(attempt).await,
                decided => return Ok(decided),
            }
        }
        self.attempt(operation, token, writes).await
    }

    /// Commits all writes or none, in one attempt.
    pub(crate) async fn try_transact(
        &self,
        operation: &'static str,
        writes: Vec<TransactWriteItem>,
    ) -> Result<TransactionAttempt, StoreError> {
        self.attempt(operation, None, writes).await
    }

    async fn attempt(
        &self,
        operation: &'static str,
        token: Option<&str>,
        writes: Vec<TransactWriteItem>,
    ) -> Result<TransactionAttempt, StoreError> {
        let sent = self
            .client()
            .transact_write_items()
            .set_transact_items(Some(writes))
            .set_client_request_token(token.map(str::to_owned))
            .send()
            .await;
        match sent {
            Ok(_) => Ok(TransactionAttempt::Committed),
            Err(error) => match failed_condition(&error) {
                Some(failed) => Ok(failed),
                None if is_conflict(&error) => Ok(TransactionAttempt::Conflict),
                None => Err(StoreError::unavailable(operation, error)),
            },
        }
    }

    /// A write that creates an item, on the condition that there is none with its key.
    pub(crate) fn put_new(&self, item: Item) -> TransactWriteItem {
        let put = Put::builder()
            .table_name(self.name())
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .expect("table and item are given");
        TransactWriteItem::builder().put(put).build()
    }

    /// A write that replaces whatever has the item's key.
    pub(crate) fn put_always(&self, item: Item) -> TransactWriteItem {
        let put = Put::builder()
            .table_name(self.name())
            .set_item(Some(item))
            .build()
            .expect("table and item are given");
        TransactWriteItem::builder().put(put).build()
    }

    /// A write that deletes an item, if there is one.
    pub(crate) fn delete_always(&self, key: &Key) -> TransactWriteItem {
        let delete = Delete::builder()
            .table_name(self.name())
            .set_key(Some(key.item()))
            .build()
            .expect("table and key are given");
        TransactWriteItem::builder().delete(delete).build()
    }
}

/// Waits a random time, whose upper bound doubles, so that transactions that collided once do not collide again.
async fn pause(attempt: u32) {
    let longest_ms = PAUSE_MS << (attempt - 1);
    let pause_ms = u64::try_from(Random.u128() % u128::from(longest_ms)).unwrap_or(longest_ms);
    tokio::time::sleep(Duration::from_millis(pause_ms)).await;
}

fn reasons(error: &SdkError<TransactWriteItemsError>) -> &[CancellationReason] {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => {
            canceled.cancellation_reasons()
        }
        _ => &[],
    }
}

fn failed_condition(error: &SdkError<TransactWriteItemsError>) -> Option<TransactionAttempt> {
    let mut reasons = reasons(error).iter().enumerate();
    let failed = reasons.find(|(_, reason)| reason.code() == Some("ConditionalCheckFailed"));
    failed.map(|(position, reason)| TransactionAttempt::ConditionFailed {
        position,
        found: reason.item().cloned().unwrap_or_default(),
    })
}

fn is_conflict(error: &SdkError<TransactWriteItemsError>) -> bool {
    reasons(error)
        .iter()
        .any(|reason| reason.code() == Some("TransactionConflict"))
}
