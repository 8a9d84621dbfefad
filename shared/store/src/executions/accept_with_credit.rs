//! Recording an execution that costs a credit: the state item and the debit are one transaction, so that neither is ever
//! written without the other.

use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use domain::{CreditAccount, CreditShard, Execution, Timestamp};

use crate::dynamodb::attributes::{Item, number};
use crate::dynamodb::keys::Key;
use crate::dynamodb::transaction::TransactionAttempt;
use crate::executions::accept::{MAY_RECORD, recorded};
use crate::{AcceptOutcome, Executions, Nonce, StoreError};

impl Executions {
    /// May write where [`Executions::accept`] may and a shard of the account has a credit left. The state item comes first
    /// in the transaction, so a duplicate finds the record whether there is credit or not, and costs none. An execution
    /// that finds one shard full tries the next. The repetition of a transaction whose answer was lost has the same
    /// request token; past the ten minutes in which DynamoDB knows it, it finds its own nonce.
    pub(super) async fn put_state_with_credit(
        &self,
        item: Item,
        execution: Execution,
        account: CreditAccount,
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<AcceptOutcome, StoreError> {
        for shard in self.credits.shards_for(account, execution.id, now) {
            let writes = vec![
                self.state_put(item.clone(), now),
                self.credits.debit(account, shard, now),
            ];
            // Another shard is another request, which DynamoDB would refuse under the same token.
            let token = request_token(nonce, shard);
            let operation = "record an execution and its debit";
            match self.table.transact_as(operation, &token, writes).await? {
                TransactionAttempt::Committed => return Ok(AcceptOutcome::New(execution)),
                TransactionAttempt::ConditionFailed { position: 0, found } => {
                    return recorded(&found, execution, nonce);
                }
                TransactionAttempt::ConditionFailed { .. } => {
                    self.credits.remember_full(account, shard, now);
                }
                TransactionAttempt::Conflict => return Ok(AcceptOutcome::Contended),
            }
        }
        self.without_credit(execution, now, nonce).await
    }

    /// What becomes of an execution whose account is known to be without credit. It writes nothing: one read tells
    /// whether it is a duplicate.
    pub(super) async fn without_credit(
        &self,
        execution: Execution,
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<AcceptOutcome, StoreError> {
        if execution.delivery_id.is_none() && execution.parent_id.is_none() {
            return Ok(AcceptOutcome::NoCredits);
        }
        let found = self
            .table
            .read_unexpired(&Key::state(execution.id), now)
            .await?;
        match found {
            Some(found) => recorded(&found, execution, nonce),
            None => Ok(AcceptOutcome::NoCredits),
        }
    }

    fn state_put(&self, item: Item, now: Timestamp) -> TransactWriteItem {
        let put = Put::builder()
            .table_name(self.table.name())
            .set_item(Some(item))
            .condition_expression(MAY_RECORD)
            .expression_attribute_values(":now", number(now.as_millis() / 1000))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .expect("table and item are given");
        TransactWriteItem::builder().put(put).build()
    }
}

/// At most 36 characters, of which a nonce takes 11.
fn request_token(nonce: &Nonce, shard: CreditShard) -> String {
    format!("{nonce}-{shard}")
}
