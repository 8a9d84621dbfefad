//! Reads the steps of an execution page by page, as far as its caller asks. It does not know what a step is.

use std::collections::VecDeque;

use domain::StepPosition;
use serde_json::Value;

use crate::StoreError;
use crate::dynamodb::attributes::{Item, Row, text};
use crate::dynamodb::keys::{Key, execution_pk};
use crate::executions::checkpoint::Checkpoint;
use crate::executions::children::ExecutionItems;
use crate::executions::state_item::StateItem;
use crate::executions::step_pages::unpack_page;

/// The steps of one execution from a position on.
pub struct StepReader {
    items: ExecutionItems,
    state: StateItem,
    next: StepPosition,
    /// Pages that were read and not handed out yet.
    read: VecDeque<Item>,
    /// The steps that are in no page yet, where the caller has them already.
    tail: Option<Vec<Value>>,
}

/// A step as the worker stored it.
#[derive(Debug)]
pub struct StoredStep {
    /// What the engine recorded.
    pub value: Value,
    /// The position of the step after it.
    pub next: StepPosition,
}

impl StepReader {
    pub(crate) fn new(
        items: ExecutionItems,
        state: StateItem,
        from: StepPosition,
        tail: Option<Vec<Value>>,
    ) -> Self {
        Self {
            items,
            state,
            next: from,
            read: VecDeque::new(),
            tail,
        }
    }

    /// The steps of the next page; `None` after the last one. They take no more memory than a page and what one query
    /// answers.
    pub async fn next_steps(&mut self) -> Result<Option<Vec<StoredStep>>, StoreError> {
        let StepPosition {
            page,
            step: skipped,
        } = self.next;
        let values = if page < self.state.pages {
            self.page(page).await?
        } else if page == self.state.pages {
            self.tail().await?
        } else {
            return Ok(None);
        };
        self.next = StepPosition {
            page: page + 1,
            step: 0,
        };
        let steps = values.into_iter().enumerate().skip(skipped);
        let steps = steps.map(|(index, value)| StoredStep {
            value,
            next: StepPosition {
                page,
                step: index + 1,
            },
        });
        Ok(Some(steps.collect()))
    }

    async fn page(&mut self, number: u64) -> Result<Vec<Value>, StoreError> {
        if self.read.is_empty() {
            self.read = self.query_from(number).await?.into();
        }
        let key = Key::page(self.state.execution.id, &self.state.generation, number);
        let item = self.read.pop_front();
        let item = item.filter(|item| Row(item).text("sk").is_ok_and(|sk| sk == key.sk));
        let data = item.as_ref().and_then(|item| Row(item).bytes("data"));
        let data = data.ok_or_else(|| {
            StoreError::bad(format!("{}/{}", key.pk, key.sk), "the page is missing")
        })?;
        unpack_page(&key.pk, data)
    }

    /// As many pages as one query answers. A page that the state does not count was written by a worker that had lost its
    /// lease.
    async fn query_from(&self, number: u64) -> Result<Vec<Item>, StoreError> {
        let (id, generation) = (self.state.execution.id, &self.state.generation);
        let last = self.state.pages.saturating_sub(1);
        let query = self
            .items
            .table()
            .query()
            .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
            .expression_attribute_values(":pk", text(execution_pk(id)))
            .expression_attribute_values(":first", text(Key::page(id, generation, number).sk))
            .expression_attribute_values(":last", text(Key::page(id, generation, last).sk))
            .consistent_read(true);
        let answer = query
            .send()
            .await
            .map_err(|error| StoreError::unavailable("list steps", error))?;
        Ok(answer.items.unwrap_or_default())
    }

    async fn tail(&mut self) -> Result<Vec<Value>, StoreError> {
        if let Some(tail) = self.tail.take() {
            return Ok(tail);
        }
        let (_, Checkpoint { tail, .. }) = self.items.request_and_checkpoint(&self.state).await?;
        Ok(tail)
    }
}
