//! The keys of an execution's children, page by page and without their data: what deleting and extending need, however
//! many steps there are. It does not know what becomes of them.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::Timestamp;

use crate::StoreError;
use crate::dynamodb::attributes::{Row, text};
use crate::dynamodb::keys::{Key, execution_pk};
use crate::dynamodb::table::Table;
use crate::executions::state_item::StateItem;

/// Reads the keys of the children of one generation.
pub(crate) struct ChildKeys {
    query: QueryFluentBuilder,
    from: Option<HashMap<String, AttributeValue>>,
    is_at_end: bool,
}

/// A child without its data.
#[derive(Debug)]
pub(crate) struct ChildKey {
    pub(crate) key: Key,
    /// When TTL removes it.
    pub(crate) expires_at: Timestamp,
}

impl ChildKeys {
    pub(crate) fn new(table: &Table, state: &StateItem) -> Self {
        let query = table
            .query()
            .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
            .projection_expression("pk, sk, expires_at")
            .expression_attribute_values(":pk", text(execution_pk(state.execution.id)))
            .expression_attribute_values(":sk", text(format!("{}#", state.generation)))
            .consistent_read(true);
        Self {
            query,
            from: None,
            is_at_end: false,
        }
    }

    /// Whether all of them were read.
    pub(crate) fn is_at_end(&self) -> bool {
        self.is_at_end
    }

    /// The next keys, as many as one query answers; none at the end.
    pub(crate) async fn next_page(&mut self) -> Result<Vec<ChildKey>, StoreError> {
        if self.is_at_end {
            return Ok(Vec::new());
        }
        let query = self.query.clone();
        let answer = query
            .set_exclusive_start_key(self.from.take())
            .send()
            .await
            .map_err(|error| StoreError::unavailable("list the children of an execution", error))?;
        self.from = answer.last_evaluated_key;
        self.is_at_end = self.from.is_none();
        let items = answer.items.unwrap_or_default();
        let keys = items.iter().map(|item| {
            Ok(ChildKey {
                key: Key::of_item(item)?,
                expires_at: Timestamp::from_millis(0).plus_secs(Row(item).number("expires_at")?),
            })
        });
        keys.collect()
    }
}
