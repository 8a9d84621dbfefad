//! Executions: recorded, claimed, checkpointed, cancelled, read, listed and deleted; the token buckets that limit
//! them, and the credits that they cost.

mod accept;
mod accept_with_credit;
mod answers;
mod cancel;
mod checkpoint;
mod child_keys;
mod children;
mod claim;
mod commit;
mod cost;
mod credits;
mod day_bucket_item;
mod day_buckets;
mod delete;
mod history;
mod leases;
mod lifecycle_events;
mod next_status;
mod owned_execution;
mod read;
mod release;
mod state_attributes;
pub(crate) mod state_item;
mod step_pages;
mod step_reader;
mod token_bucket_item;
mod token_buckets;
mod token_receipts;
mod wake;

use crate::Metrics;
use crate::dynamodb::table::Table;
use children::ExecutionItems;

pub use accept::{AcceptOutcome, InitialStatus, NewExecution};
pub use answers::{AnswerOutcome, AwaitedAnswer};
pub use cancel::CancelOutcome;
pub use checkpoint::{Checkpoint, NextState, Progress};
pub use claim::Claim;
pub use commit::CheckpointOutcome;
pub use credits::Credits;
pub use delete::DeleteOutcome;
pub use history::{ExecutionHistory, ExecutionPage, ExecutionQuery};
pub use leases::ExecutionLeases;
pub use lifecycle_events::{LifecycleEvents, PendingEvents};
pub use owned_execution::OwnedExecution;
pub use read::{ExecutionDetail, ExecutionResult};
pub use step_reader::{StepReader, StoredStep};
pub use token_bucket_item::ConfigurationChanges;
pub use token_buckets::{TokenBuckets, TokenOutcome};
pub use token_receipts::TokenReceipt;
pub use wake::WakeOutcome;

/// Executions as requests see them: recorded, read, woken, cancelled and deleted. What the owner of an execution may do is
/// in [`ExecutionLeases`].
#[derive(Clone)]
pub struct Executions {
    table: Table,
    items: ExecutionItems,
    retention_days: i64,
    metrics: Metrics,
    credits: Credits,
}

impl Executions {
    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    pub(crate) fn new(
        table: Table,
        retention_days: i64,
        metrics: Metrics,
        credits: Credits,
    ) -> Self {
        Self {
            items: ExecutionItems::new(table.clone()),
            table,
            retention_days,
            metrics,
            credits,
        }
    }
}
