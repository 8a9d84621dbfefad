//! Writing a checkpoint: children first, then one fenced write of the state item that names them. A worker that lost its
//! lease can write nothing that a reader sees.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use domain::{Cost, Timestamp};

use crate::dynamodb::attributes::{Item, VERSION, bytes, number, text};
use crate::dynamodb::conditional_write::conditional;
use crate::dynamodb::keys::Key;
use crate::dynamodb::update_expression::UpdateExpression;
use crate::executions::answers;
use crate::executions::checkpoint::Checkpoint;
use crate::executions::cost::{checkpoint_write, cost_attributes, item_write};
use crate::executions::next_status::{EventsAfter, set_status};
use crate::executions::state_attributes::{CHECKPOINT, SLOT, inline_room, inline_room_at_end};
use crate::executions::state_item::{CheckpointLocation, StateItem};
use crate::executions::step_pages::{take_full_pages, unpack_pages};
use crate::{ExecutionLeases, NextState, Nonce, OwnedExecution, Progress, StoreError};

/// What became of writing a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckpointOutcome {
    /// It is recorded.
    Written,
    /// Another worker owns the execution, or it was cancelled or deleted. Nothing that a reader sees was written.
    LeaseLost,
}

/// One checkpoint on its way into the state item.
pub(crate) struct Commit<'a> {
    /// The answer, packed, that goes with an end.
    pub(crate) answer: Option<&'a [u8]>,
    pub(crate) next: &'a NextState,
    pub(crate) events: EventsAfter,
    pub(crate) now: Timestamp,
    /// When TTL removes the execution, should this be its end.
    pub(crate) expires_at: Timestamp,
    pub(crate) nonce: &'a Nonce,
    /// What the execution has cost, with this write of its state item and without that of its children.
    pub(crate) cost: Cost,
}

impl ExecutionLeases {
    /// Records progress and the state that follows. The children of the execution are kept for long enough first.
    ///
    /// `TooLarge` leaves the execution as it was: the caller then ends it with less data.
    pub async fn checkpoint(
        &self,
        owned: &mut OwnedExecution,
        progress: Progress,
        next: NextState,
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<CheckpointOutcome, StoreError> {
        self.extend_children_ttl(owned, &next, now).await?;
        let mut steps = std::mem::take(&mut owned.tail);
        steps.extend(progress.steps);
        let pages = take_full_pages(&mut steps)?;
        let checkpoint = Checkpoint::new(progress.engine, steps, &next);
        let packed = match checkpoint.pack(owned.body.as_deref()) {
            Ok(packed) => packed,
            Err(error) => {
                // The caller ends the execution with less data; the steps are written with that.
                owned.tail = unpack_pages(&pages)?;
                owned.tail.extend(checkpoint.tail);
                return Err(error);
            }
        };
        let events = EventsAfter::of(owned, &next);
        let cost = owned.cost.with_time(owned.counted_until, now);
        let answer = progress.answer.as_ref().map(answers::pack).transpose()?;
        let commit = Commit {
            answer: answer.as_deref(),
            next: &next,
            events,
            cost: cost.with_writes(checkpoint_write(&next, events)),
            now,
            expires_at: now.plus_days(self.retention_days),
            nonce,
        };
        // The state may be large: it is not kept while DynamoDB answers.
        let Checkpoint { tail, .. } = checkpoint;
        let outcome = self.commit(owned, &pages, packed, &commit).await?;
        owned.tail = tail;
        if outcome == CheckpointOutcome::Written {
            self.measure_end(owned, &next, now);
        }
        Ok(outcome)
    }

    async fn commit(
        &self,
        owned: &mut OwnedExecution,
        pages: &[Vec<u8>],
        packed: Vec<u8>,
        commit: &Commit<'_>,
    ) -> Result<CheckpointOutcome, StoreError> {
        let state = &owned.state;
        let (id, generation) = (state.execution.id, &state.generation);
        let room = match commit.next.is_end() {
            true => inline_room_at_end(state.ended_bytes, commit.events.any()),
            false => inline_room(state.base_bytes),
        };
        let location = match packed.len() + CHECKPOINT.len() <= room {
            true => CheckpointLocation::Inline(packed.clone()),
            false => CheckpointLocation::Slot((state.sequence + 1) % 2),
        };
        let mut children: Vec<Item> = pages
            .iter()
            .zip(state.pages..)
            .map(|(page, number)| child_item(state, &Key::page(id, generation, number), page))
            .collect();
        if let CheckpointLocation::Slot(slot) = location {
            let key = Key::checkpoint(id, generation, slot);
            children.push(child_item(state, &key, &packed));
        }
        if let Some(answer) = commit.answer {
            children.push(child_item(state, &Key::answer(id, generation), answer));
        }
        let units = children.iter().map(item_write).sum();
        let cost = commit.cost.with_writes(units);
        let puts = children
            .into_iter()
            .map(|child| self.put_child(state, child));
        let outcomes = futures::future::try_join_all(puts).await?;
        if outcomes.contains(&CheckpointOutcome::LeaseLost) {
            return Ok(CheckpointOutcome::LeaseLost);
        }
        let pages = state.pages + pages.len() as u64;
        let outcome = self
            .commit_state(state, &location, pages, cost, commit)
            .await?;
        owned.cost = cost;
        owned.counted_until = commit.now;
        owned.state.sequence += 1;
        owned.state.pages = pages;
        owned.state.checkpoint = location;
        owned.state.lost_leases = 0;
        Ok(outcome)
    }

    /// May write where there is no such child; over one of an older epoch, which belongs to an owner that lost its
    /// lease; and over one of its own epoch that is not of a later checkpoint. An owner that lost its lease to a newer
    /// epoch loses. So does a request that the SDK gave up and that arrives after a later checkpoint.
    async fn put_child(
        &self,
        state: &StateItem,
        item: Item,
    ) -> Result<CheckpointOutcome, StoreError> {
        let put = self
            .table
            .put(item)
            .condition_expression(
                "attribute_not_exists(pk) OR epoch < :epoch \
                 OR (epoch = :epoch AND #sequence <= :sequence)",
            )
            .expression_attribute_names("#sequence", "sequence")
            .expression_attribute_values(":epoch", number(state.epoch))
            .expression_attribute_values(":sequence", number(state.sequence + 1));
        let write = conditional("write a checkpoint", put.send().await)?;
        Ok(outcome_of(write.is_written()))
    }

    /// Names the children in the state item, from when on readers see them. May write under the condition of
    /// [`fenced`]. The loser learns that its lease is lost. The repetition of a write whose answer was lost finds its
    /// own nonce.
    async fn commit_state(
        &self,
        state: &StateItem,
        location: &CheckpointLocation,
        pages: u64,
        cost: Cost,
        commit: &Commit<'_>,
    ) -> Result<CheckpointOutcome, StoreError> {
        let mut changes = UpdateExpression::default();
        changes.set_all(cost_attributes(cost));
        changes.set("nonce", text(commit.nonce));
        changes.set("sequence", number(state.sequence + 1));
        changes.set("pages", number(pages));
        changes.set("lost_leases", number(0));
        changes.remove("redrives");
        match location {
            CheckpointLocation::Inline(packed) => {
                changes.set(CHECKPOINT, bytes(packed.clone()));
                changes.remove(SLOT);
            }
            CheckpointLocation::Slot(slot) => {
                changes.set(SLOT, number(slot));
                changes.remove(CHECKPOINT);
            }
            CheckpointLocation::Nowhere => {}
        }
        set_status(&mut changes, state.execution.id.shard(), commit);
        self.write_state(state, changes, commit.nonce).await
    }

    /// Changes the state item under the condition of [`fenced`].
    pub(crate) async fn write_state(
        &self,
        state: &StateItem,
        changes: UpdateExpression,
        nonce: &Nonce,
    ) -> Result<CheckpointOutcome, StoreError> {
        let update = changes
            .apply(self.table.update(&Key::state(state.execution.id)))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let sent = fenced(update, state).send().await;
        let write = conditional("write a checkpoint", sent)?;
        Ok(outcome_of(write.took_effect(nonce)))
    }
}

/// A page of steps, or a checkpoint that does not fit into the state item.
fn child_item(state: &StateItem, key: &Key, data: &[u8]) -> Item {
    let expires_at = state.children_until.as_secs_rounded_up();
    let mut item = key.item();
    item.extend([
        ("v".to_owned(), number(VERSION)),
        ("epoch".to_owned(), number(state.epoch)),
        ("sequence".to_owned(), number(state.sequence + 1)),
        ("data".to_owned(), bytes(data)),
        ("expires_at".to_owned(), number(expires_at)),
    ]);
    item
}

fn outcome_of(is_written: bool) -> CheckpointOutcome {
    match is_written {
        true => CheckpointOutcome::Written,
        false => CheckpointOutcome::LeaseLost,
    }
}

/// The owner may write while the execution is running in the epoch of its claim; a newer owner changes the epoch, a
/// cancel changes both, and a delete removes the item. And only in sequence: a request that the SDK has given up can
/// take effect later, when the next checkpoint is already recorded.
fn fenced(update: UpdateItemFluentBuilder, state: &StateItem) -> UpdateItemFluentBuilder {
    let in_epoch = "epoch = :epoch AND #status = :running AND generation = :generation";
    let update = update
        .expression_attribute_names("#status", "status")
        .expression_attribute_names("#sequence", "sequence")
        .expression_attribute_values(":epoch", number(state.epoch))
        .expression_attribute_values(":running", text("running"))
        .expression_attribute_values(":generation", text(&state.generation));
    if state.sequence == 0 {
        let first = format!("{in_epoch} AND attribute_not_exists(#sequence)");
        return update.condition_expression(first);
    }
    update
        .condition_expression(format!("{in_epoch} AND #sequence = :sequence"))
        .expression_attribute_values(":sequence", number(state.sequence))
}
