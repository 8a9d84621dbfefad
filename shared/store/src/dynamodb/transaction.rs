//! Transactions of conditional writes. It does not know which records they change.

use std::time::Duration;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    CancellationReason, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};

use crate::StoreError;
use crate::dynamodb::attributes::Item;
use crate::dynamodb::keys::Key;
use crate::dynamodb::table::Table;

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
const ATTEMPTS: u32 = 4;

impl Table {
    /// Commits all writes or none. After a conflict with another transaction it waits and tries again.
    pub(crate) async fn transact(
        &self,
        operation: &'static str,
        writes: Vec<TransactWriteItem>,
    ) -> Result<TransactionOutcome, StoreError> {
        for number in 1..=ATTEMPTS {
            match self.try_transact(operation, writes.clone()).await? {
                TransactionAttempt::Committed => return Ok(TransactionOutcome::Committed),
                TransactionAttempt::ConditionFailed { position, found } => {
                    return Ok(TransactionOutcome::ConditionFailed { position, found });
                }
                TransactionAttempt::Conflict => {
                    tokio::time::sleep(Duration::from_millis(20 << number)).await;
                }
            }
        }
        Err(StoreError::Unavailable {
            operation,
            cause: "other requests were changing the same items".to_owned(),
        })
    }

    pub(crate) async fn try_transact(
        &self,
        operation: &'static str,
        writes: Vec<TransactWriteItem>,
    ) -> Result<TransactionAttempt, StoreError> {
        let sent = self
            .client()
            .transact_write_items()
            .set_transact_items(Some(writes))
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
