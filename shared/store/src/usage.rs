//! What orgs use, by day: counted in the memory of a container, and added to an item of each org and day at most once a
//! minute. What a container has counted since its last write ends with it, so the figures can be too low, never too high.

mod counters;

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use domain::{Day, OrgId, Timestamp, USAGE_DAYS, UsageCounts, UsageKind};

use crate::StoreError;
use crate::dynamodb::attributes::{Row, VERSION, number, text};
use crate::dynamodb::keys::{Key, usage_pk};
use crate::dynamodb::table::Table;
use crate::dynamodb::transaction::TransactionAttempt;

use counters::{Counted, UsageCounters};

/// The counters of one container, and the items that they are added to. Clones share the counters.
#[derive(Clone)]
pub struct Usage {
    table: Table,
    counters: Arc<UsageCounters>,
    /// How long a write may take: what waits for it is an answer, or a batch.
    budget: Duration,
}

impl Usage {
    pub(crate) fn new(table: Table, budget: Duration) -> Self {
        Self {
            table,
            counters: Arc::default(),
            budget,
        }
    }

    /// Counts one more, in memory.
    pub fn count(&self, org: OrgId, kind: UsageKind, now: Timestamp) {
        self.counters.count(org, Day::of(now), kind);
    }

    /// Writes what was counted, where the last write is a minute ago: one call for all orgs.
    pub async fn flush(&self, now: Timestamp) {
        let counted = self.counters.take_due(now);
        if !counted.is_empty() {
            self.write(self.additions(&counted)).await;
        }
    }

    /// The writes that add what was counted of one org, for a transaction that is made anyway: of all orgs, where that is
    /// due.
    pub(crate) fn take_with(&self, org: OrgId, now: Timestamp) -> Vec<TransactWriteItem> {
        let mut counted = self.counters.take_due(now);
        if counted.is_empty() {
            counted = self.counters.take_of(org);
        }
        self.additions(&counted)
    }

    /// One attempt, which the SDK may repeat under one request token, so that nothing is added twice. Counts that cannot
    /// be written are lost: it is not known whether they were.
    pub(crate) async fn write(&self, writes: Vec<TransactWriteItem>) {
        let sent = self.table.try_transact("count what orgs use", writes);
        let reason = match tokio::time::timeout(self.budget, sent).await {
            Ok(Ok(TransactionAttempt::Committed)) => return,
            Ok(Ok(_)) => "another container was writing the same counts".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "AWS took too long".to_owned(),
        };
        tracing::warn!(
            reason,
            "what orgs used in the last minute was not written; it is lost"
        );
    }

    /// What an org used on each of the last 31 days, the earliest first.
    pub async fn days(
        &self,
        org: OrgId,
        now: Timestamp,
    ) -> Result<Vec<(Day, UsageCounts)>, StoreError> {
        let mut days: Vec<_> = Day::asked_for(now)
            .map(|day| (day, UsageCounts::default()))
            .collect();
        let (first, last) = (days[0].0, days[days.len() - 1].0);
        let query = self
            .table
            .query()
            .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
            .expression_attribute_values(":pk", text(usage_pk(org)))
            .expression_attribute_values(":first", text(first))
            .expression_attribute_values(":last", text(last));
        for item in self.table.read_all(query).await? {
            let row = Row::checked(&item)?;
            let (day, counts) = (row.parsed("sk")?, read_counts(row)?);
            let listed = days.iter_mut().find(|(listed, _)| *listed == day);
            if let Some((_, listed)) = listed {
                *listed = counts;
            }
        }
        Ok(days)
    }

    fn additions(&self, counted: &[Counted]) -> Vec<TransactWriteItem> {
        counted
            .iter()
            .map(|counted| self.addition(counted))
            .collect()
    }

    /// May write always; writes of several containers add up.
    fn addition(&self, counted: &Counted) -> TransactWriteItem {
        let UsageCounts {
            executions,
            failures,
            deliveries,
            refusals,
        } = counted.counts;
        let expires_at = counted.day.plus(USAGE_DAYS + 1).begins_at();
        let update = Update::builder()
            .table_name(self.table.name())
            .set_key(Some(Key::usage(counted.org, counted.day).item()))
            .update_expression(
                "ADD executions :executions, failures :failures, deliveries :deliveries, refusals :refusals \
                 SET v = :v, expires_at = :expires_at",
            )
            .expression_attribute_values(":executions", number(executions))
            .expression_attribute_values(":failures", number(failures))
            .expression_attribute_values(":deliveries", number(deliveries))
            .expression_attribute_values(":refusals", number(refusals))
            .expression_attribute_values(":v", number(VERSION))
            .expression_attribute_values(":expires_at", number(expires_at.as_secs_rounded_up()))
            .build()
            .expect("table, key and update are given");
        TransactWriteItem::builder().update(update).build()
    }
}

fn read_counts(row: Row<'_>) -> Result<UsageCounts, StoreError> {
    Ok(UsageCounts {
        executions: row.number("executions")?,
        // Version 0.1 did not count them.
        failures: row.optional_number("failures")?.unwrap_or(0),
        deliveries: row.number("deliveries")?,
        refusals: row.number("refusals")?,
    })
}
