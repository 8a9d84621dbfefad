//! Recording progress: children first, then one fenced write of the state item that names them.
//! A worker that lost its lease can write nothing that anybody sees.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use domain::{Ending, Status, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::client::metrics::Timing;
use crate::client::queue::MAX_DELAY_MS;
use crate::dynamodb::attributes::{Item, Row, VERSION, bytes, flag, moment, number, text};
use crate::dynamodb::keys::Key;
use crate::executions::compression::{Basis, compress, decompress};
use crate::executions::state::{
    self, ONLY_WHILE_ACTIVE, State, Stored, TELL_END, TELL_START, UNTIL_THE_END, inline_room,
    inline_room_at_the_end,
};
use crate::{Count, Nonce, Owned, RunsTable, StoreError};

/// Steps stay with the checkpoint until they take this much, as JSON; then they become a page.
const TAIL_BYTES: usize = 3_000;
/// What one page holds at the most, as JSON.
const PAGE_BYTES: usize = 300_000;
/// How long after the end of a wait the due index steps in, where a delayed message should come
/// before that.
const RESUME_GRACE_MS: i64 = 30_000;

/// What a worker goes on from.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Checkpoint {
    v: u32,
    /// The engine's state; absent once the execution has ended.
    pub engine: Option<Value>,
    /// Steps that are in no page yet.
    pub(crate) tail: Vec<Value>,
    pub output: Option<Value>,
    pub error: Option<Value>,
}

impl Checkpoint {
    pub(crate) fn unpack(
        state: &State,
        packed: Option<Vec<u8>>,
        body: &[u8],
    ) -> Result<Self, StoreError> {
        let Some(packed) = packed else {
            return Ok(Self::default());
        };
        let id = state.execution.id.to_string();
        let bad = |reason: String| StoreError::bad(id, format!("checkpoint: {reason}"));
        match decompress(&packed, Basis::Body(body)) {
            Ok(json) => serde_json::from_slice(&json).map_err(|error| bad(error.to_string())),
            Err(error) => Err(bad(error.to_string())),
        }
    }
}

/// What happened since the last checkpoint.
#[derive(Debug)]
pub struct Progress {
    pub engine: Option<Value>,
    pub steps: Vec<Value>,
}

/// Where the execution stands afterwards.
#[derive(Debug)]
pub enum Next {
    Running,
    /// Handed over: another worker goes on.
    Queued,
    Waiting {
        resume_at: Timestamp,
    },
    Succeeded {
        output: Value,
    },
    Failed {
        error: Value,
    },
}

impl Next {
    pub fn status(&self) -> Status {
        match self {
            Self::Running => Status::Running,
            Self::Queued => Status::Queued,
            Self::Waiting { .. } => Status::Waiting,
            Self::Succeeded { .. } => Status::Succeeded,
            Self::Failed { .. } => Status::Failed,
        }
    }
}

/// What became of a fenced write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fenced {
    Written,
    /// Somebody else owns the execution, or has ended it.
    Lost,
}

impl RunsTable {
    /// The checkpoint of an execution that was claimed; the default where it has none. `body` is
    /// that of its request: steps repeat much of it, so it is what checkpoints are packed against.
    pub async fn load(&self, owned: &mut Owned, body: &[u8]) -> Result<Checkpoint, StoreError> {
        let packed = self.read_checkpoint(&owned.state).await?;
        let checkpoint = Checkpoint::unpack(&owned.state, packed, body)?;
        owned.tail.clone_from(&checkpoint.tail);
        owned.body = Some(body.to_vec());
        Ok(checkpoint)
    }

    /// As it is stored; `None` where there is none yet.
    pub(crate) async fn read_checkpoint(
        &self,
        state: &State,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        match &state.checkpoint {
            Stored::Nowhere => Ok(None),
            Stored::Inline(packed) => Ok(Some(packed.clone())),
            Stored::Slot(slot) => {
                let key = Key::checkpoint(state.execution.id, &state.generation, *slot);
                self.read_child(&key).await.map(Some)
            }
        }
    }

    /// Timeline: children may be written by the owner of the newest epoch that wrote them, and not
    /// after a later checkpoint of its own; they are seen once the state names them. The state may
    /// be written while it runs in the epoch of our claim; a newer owner, a cancel or a delete
    /// makes it `Lost`. And only in sequence: an attempt that the SDK has given up takes effect all
    /// the same, perhaps when a later checkpoint is written already.
    ///
    /// `TooLarge` leaves the execution as it was: the caller then ends it with less.
    pub async fn checkpoint(
        &self,
        owned: &mut Owned,
        progress: Progress,
        next: Next,
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<Fenced, StoreError> {
        self.outlive(owned, &next, now).await?;
        let mut steps = std::mem::take(&mut owned.tail);
        steps.extend(progress.steps);
        let pages = full_pages(&mut steps);
        let content = Checkpoint {
            v: 1,
            engine: progress.engine,
            tail: steps,
            output: match &next {
                Next::Succeeded { output } => Some(output.clone()),
                Next::Running | Next::Queued | Next::Waiting { .. } | Next::Failed { .. } => None,
            },
            error: match &next {
                Next::Failed { error } => Some(error.clone()),
                Next::Running | Next::Queued | Next::Waiting { .. } | Next::Succeeded { .. } => {
                    None
                }
            },
        };
        let json = serde_json::to_vec(&content)
            .map_err(|error| StoreError::bad("a new checkpoint", error.to_string()))?;
        let basis = owned.body.as_deref().map_or(Basis::Nothing, Basis::Body);
        let packed = match compress(&json, basis, "the workflow's data") {
            Ok(packed) => packed,
            Err(error) => {
                // The caller ends the execution with less; its steps are not lost.
                owned.tail = unpaged(&pages)?;
                owned.tail.extend(content.tail);
                return Err(error);
            }
        };
        let fenced = self.write(owned, &pages, packed, &next, now, nonce).await?;
        owned.tail = content.tail;
        if fenced == Fenced::Written {
            self.measure_end(owned, &next, now);
        }
        Ok(fenced)
    }

    fn measure_end(&self, owned: &Owned, next: &Next, now: Timestamp) {
        let count = match next {
            Next::Succeeded { .. } => Count::Succeeded,
            Next::Failed { .. } => Count::Failed,
            Next::Running | Next::Queued | Next::Waiting { .. } => return,
        };
        self.metrics.count(count, 1);
        if let Some(started_at) = owned.execution.started_at {
            self.metrics.time(Timing::RunTime, started_at, now);
        }
    }

    async fn write(
        &self,
        owned: &mut Owned,
        pages: &[Vec<u8>],
        packed: Vec<u8>,
        next: &Next,
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<Fenced, StoreError> {
        let state = &owned.state;
        let (id, generation) = (state.execution.id, &state.generation);
        let news = News::of(owned, next);
        let room = match next {
            Next::Running | Next::Queued | Next::Waiting { .. } => inline_room(state.base_bytes),
            Next::Succeeded { .. } | Next::Failed { .. } => {
                inline_room_at_the_end(state.end_bytes, news.is_there())
            }
        };
        let stored = if packed.len() + "checkpoint".len() <= room {
            Stored::Inline(packed.clone())
        } else {
            Stored::Slot((state.sequence + 1) % 2)
        };
        let mut children: Vec<(Key, &[u8])> = pages
            .iter()
            .zip(state.pages..)
            .map(|(page, number)| (Key::page(id, generation, number), page.as_slice()))
            .collect();
        if let Stored::Slot(slot) = stored {
            children.push((Key::checkpoint(id, generation, slot), &packed));
        }
        let puts = children
            .iter()
            .map(|(key, data)| self.put_child(state, key, data));
        let written = futures::future::try_join_all(puts).await?;
        if written.contains(&Fenced::Lost) {
            return Ok(Fenced::Lost);
        }
        let pages = state.pages + pages.len() as u64;
        let fenced = self
            .name_children(state, &stored, pages, (next, news), now, nonce)
            .await?;
        owned.state.sequence += 1;
        owned.state.pages = pages;
        owned.state.checkpoint = stored;
        owned.state.lost_leases = 0;
        Ok(fenced)
    }

    async fn put_child(&self, state: &State, key: &Key, data: &[u8]) -> Result<Fenced, StoreError> {
        let mut item = key.item();
        item.extend([
            ("v".to_owned(), number(VERSION)),
            ("epoch".to_owned(), number(state.epoch)),
            ("sequence".to_owned(), number(state.sequence + 1)),
            ("data".to_owned(), bytes(data)),
            (
                "expires_at".to_owned(),
                number(state.children_until.as_secs_rounded_up()),
            ),
        ]);
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(
                "attribute_not_exists(pk) OR epoch < :epoch \
                 OR (epoch = :epoch AND #sequence <= :sequence)",
            )
            .expression_attribute_names("#sequence", "sequence")
            .expression_attribute_values(":epoch", number(state.epoch))
            .expression_attribute_values(":sequence", number(state.sequence + 1))
            .send()
            .await;
        let error = match put {
            Ok(_) => return Ok(Fenced::Written),
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(Fenced::Lost),
            _ => Err(StoreError::unavailable("write a checkpoint", error)),
        }
    }

    async fn name_children(
        &self,
        state: &State,
        stored: &Stored,
        pages: u64,
        (next, news): (&Next, News),
        now: Timestamp,
        nonce: &Nonce,
    ) -> Result<Fenced, StoreError> {
        let mut changes = Changes::default();
        changes.set("nonce", text(nonce));
        changes.set("sequence", number(state.sequence + 1));
        changes.set("pages", number(pages));
        changes.set("lost_leases", number(0));
        changes.remove("redrives");
        match stored {
            Stored::Inline(packed) => {
                changes.set("checkpoint", bytes(packed.clone()));
                changes.remove("slot");
            }
            Stored::Slot(slot) => {
                changes.set("slot", number(slot));
                changes.remove("checkpoint");
            }
            Stored::Nowhere => {}
        }
        self.stand(&mut changes, state, (next, news), now);
        let update = changes
            .apply(self.client.update_item())
            .table_name(&self.table)
            .set_key(Some(Key::state(state.execution.id).item()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let update = fenced(update, state);
        let error = match update.send().await {
            Ok(_) => return Ok(Fenced::Written),
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                // Our own first attempt, whose answer was lost, counts as written.
                let ours = refused
                    .item()
                    .is_some_and(|item| Row(item).optional_text("nonce") == Some(nonce.as_str()));
                Ok(if ours { Fenced::Written } else { Fenced::Lost })
            }
            _ => Err(StoreError::unavailable("write a checkpoint", error)),
        }
    }

    /// The status, and when somebody has to come back.
    fn stand(
        &self,
        changes: &mut Changes,
        state: &State,
        (next, news): (&Next, News),
        now: Timestamp,
    ) {
        let shard = state.execution.id.shard();
        let is_over = matches!(next, Next::Succeeded { .. } | Next::Failed { .. });
        if !news.of_start && !is_over {
            changes.remove(TELL_START);
        }
        let due = |changes: &mut Changes, attributes: Item| {
            for (name, value) in attributes {
                changes.set(&name, value);
            }
        };
        match next {
            Next::Running => {}
            Next::Queued => {
                changes.set("status", text("queued"));
                changes.remove("lease_until");
                due(changes, state::due_if_lost(shard, now, 0));
            }
            Next::Waiting { resume_at } => {
                changes.set("status", text("waiting"));
                changes.set("resume_at", moment(*resume_at));
                changes.remove("lease_until");
                changes.remove("sent_at");
                let mut at = wait_is_over(*resume_at, now);
                if news.of_start {
                    // Should the message that tells of the start be lost, the wait may be long.
                    at = at.min(now.plus_millis(domain::redrive_backoff_ms(0)));
                }
                due(changes, state::due(shard, at));
            }
            Next::Succeeded { .. } => self.end(changes, state, (Ending::Succeeded, news), now),
            Next::Failed { .. } => self.end(changes, state, (Ending::Failed, news), now),
        }
    }

    /// With news it stays due, until subscribers are told.
    fn end(
        &self,
        changes: &mut Changes,
        state: &State,
        (ending, news): (Ending, News),
        now: Timestamp,
    ) {
        let expires_at = now.plus_days(self.retention_days);
        let ended = state::ended(ending, now, expires_at);
        let (mut kept, mut removed) = (Item::new(), &ONLY_WHILE_ACTIVE[..]);
        if news.is_there() {
            kept = state::due_if_lost(state.execution.id.shard(), now, 0);
            removed = &ONLY_WHILE_ACTIVE[..UNTIL_THE_END];
            if news.of_end {
                kept.insert(TELL_END.to_owned(), flag(true));
            }
            if !news.of_start {
                changes.remove(TELL_START);
            }
        }
        for (name, value) in ended.into_iter().chain(kept) {
            changes.set(&name, value);
        }
        for name in removed {
            changes.remove(name);
        }
    }

    /// Children vanish at a time that was set when they were written. Before an execution goes on
    /// past it, or waits past it, they are given longer.
    async fn outlive(
        &self,
        owned: &mut Owned,
        next: &Next,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let active_until = match next {
            Next::Waiting { resume_at } => *resume_at,
            Next::Running | Next::Queued | Next::Succeeded { .. } | Next::Failed { .. } => now,
        };
        let needed = active_until.plus_days(self.retention_days);
        if needed <= owned.state.children_until {
            return Ok(());
        }
        let until = needed.plus_days(1);
        self.keep_children(&owned.state, until).await?;
        owned.state.children_until = until;
        Ok(())
    }
}

/// What subscribers have to be told after a write.
#[derive(Clone, Copy, Debug)]
struct News {
    of_start: bool,
    of_end: bool,
}

impl News {
    fn of(owned: &Owned, next: &Next) -> Self {
        Self {
            of_start: owned.has_started_untold(),
            of_end: owned.watched.end_of(next.status()),
        }
    }

    fn is_there(self) -> bool {
        self.of_start || self.of_end
    }
}

/// A wait that the queue's longest delay covers has a message of its own; a longer one has not.
pub(crate) fn wait_is_over(resume_at: Timestamp, now: Timestamp) -> Timestamp {
    if resume_at.millis_since(now) <= MAX_DELAY_MS {
        resume_at.plus_millis(RESUME_GRACE_MS)
    } else {
        resume_at
    }
}

/// The condition that an owner writes under. `#sequence` is named by the changes.
fn fenced(update: UpdateItemFluentBuilder, state: &State) -> UpdateItemFluentBuilder {
    let in_epoch = "epoch = :epoch AND #status = :running AND generation = :generation";
    let update = update
        .expression_attribute_names("#status", "status")
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

/// The parts of an update expression.
#[derive(Default)]
struct Changes {
    set: Vec<(String, AttributeValue)>,
    removed: Vec<&'static str>,
}

impl Changes {
    fn set(&mut self, name: &str, value: AttributeValue) {
        self.set.push((name.to_owned(), value));
    }

    fn remove(&mut self, name: &'static str) {
        self.removed.push(name);
    }

    /// `#status` is named by the condition.
    fn apply(self, mut update: UpdateItemFluentBuilder) -> UpdateItemFluentBuilder {
        let mut sets = Vec::new();
        for (name, value) in self.set {
            sets.push(format!("#{name} = :new_{name}"));
            update = update
                .expression_attribute_names(format!("#{name}"), &name)
                .expression_attribute_values(format!(":new_{name}"), value);
        }
        let mut expression = format!("SET {}", sets.join(", "));
        if !self.removed.is_empty() {
            expression.push_str(" REMOVE ");
            expression.push_str(&self.removed.join(", "));
        }
        update.update_expression(expression)
    }
}

/// Takes the steps that fill pages out of `steps`; what stays behind travels with the checkpoint.
fn full_pages(steps: &mut Vec<Value>) -> Vec<Vec<u8>> {
    let sizes: Vec<usize> = steps.iter_mut().map(bounded_bytes).collect();
    if sizes.iter().sum::<usize>() <= TAIL_BYTES {
        return Vec::new();
    }
    let mut pages = Vec::new();
    let mut page = Vec::new();
    let mut page_bytes = 0;
    for (step, bytes) in steps.drain(..).zip(sizes) {
        if page_bytes + bytes > PAGE_BYTES && !page.is_empty() {
            pages.push(packed_page(&page));
            page.clear();
            page_bytes = 0;
        }
        page.push(step);
        page_bytes += bytes;
    }
    pages.push(packed_page(&page));
    pages
}

/// Text of this length always fits when it is compressed.
fn packed_page(steps: &[Value]) -> Vec<u8> {
    let json = Value::from(steps.to_vec()).to_string();
    compress(json.as_bytes(), Basis::Nothing, "a page of steps").unwrap_or_default()
}

/// The size of a step; one that alone would overfill a page loses its data, and says so.
fn bounded_bytes(step: &mut Value) -> usize {
    let bytes = step.to_string().len();
    if bytes <= PAGE_BYTES {
        return bytes;
    }
    if let Some(fields) = step.as_object_mut() {
        for name in ["input", "output"] {
            if let Some(value) = fields.get_mut(name) {
                let omitted = value.to_string().len();
                *value =
                    json!({ "omitted": format!("{omitted} bytes of JSON are too large to keep") });
            }
        }
    }
    step.to_string().len().min(PAGE_BYTES)
}

fn unpaged(pages: &[Vec<u8>]) -> Result<Vec<Value>, StoreError> {
    let steps = pages.iter().map(|page| read_page("a new page", page));
    Ok(steps.collect::<Result<Vec<_>, _>>()?.concat())
}

/// The steps of a page that was read.
pub(crate) fn read_page(key: &str, packed: &[u8]) -> Result<Vec<Value>, StoreError> {
    let bad = |reason: String| StoreError::bad(key, format!("page: {reason}"));
    let json = decompress(packed, Basis::Nothing).map_err(|error| bad(error.to_string()))?;
    serde_json::from_slice(&json).map_err(|error| bad(error.to_string()))
}
