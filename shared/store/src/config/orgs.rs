//! Orgs: what the operator set of them, and how many active workflows they have. It does not know what workflows used.

use std::sync::Arc;

use domain::{CreditAccount, Org, OrgId, OrgLimits, Timestamp, Workflow};

use crate::cache::BoundedCache;
use crate::config::org_item;
use crate::dynamodb::attributes::{Row, number};
use crate::dynamodb::conditional_write::conditional;
use crate::dynamodb::keys::Key;
use crate::dynamodb::table::Table;
use crate::{StoreError, UpdateOutcome};

/// How long a container goes by an org that it has read: a change by the operator takes effect within this time.
const TRUSTED_MS: i64 = 5_000;
/// Orgs that a warm container remembers.
const REMEMBERED: usize = 2_000;

/// The orgs of a deployment.
#[derive(Clone)]
pub struct Orgs {
    table: Table,
    cache: Arc<BoundedCache<OrgId, Org>>,
}

/// An org, and what it uses.
#[derive(Clone, Debug, PartialEq)]
pub struct OrgRecord {
    /// What the operator set.
    pub org: Org,
    /// Its active workflows, over both environments. Every transaction that changes it keeps it exact.
    pub active_workflows: u64,
}

impl Orgs {
    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    /// The orgs in a table of that name, for the operator's command.
    pub fn new(client: aws_sdk_dynamodb::Client, table: String) -> Self {
        Self::of_table(Table::new(client, table))
    }

    pub(crate) fn of_table(table: Table) -> Self {
        Self {
            table,
            cache: Arc::new(BoundedCache::with_time_to_live(REMEMBERED, TRUSTED_MS)),
        }
    }

    /// An org as it is now. One without a record is unlimited.
    pub async fn find(&self, id: OrgId) -> Result<OrgRecord, StoreError> {
        let item = self.table.read(&Key::org(id)).await?;
        match &item {
            Some(item) => org_item::read(id, Row::checked(item)?),
            None => Ok(OrgRecord {
                org: Org::unlimited(id),
                active_workflows: 0,
            }),
        }
    }

    /// An org as it was at most five seconds ago, so that a warm container reads nothing.
    async fn find_recent(&self, id: OrgId, now: Timestamp) -> Result<Org, StoreError> {
        if let Some(known) = self.cache.get(&id, now) {
            return Ok(known);
        }
        let found = self.find(id).await?.org;
        self.cache.insert(id, found.clone(), now);
        Ok(found)
    }

    /// The limits that apply to executions of a workflow. Where its record says that none do, nothing is read.
    pub async fn limits_of(
        &self,
        workflow: &Workflow,
        now: Timestamp,
    ) -> Result<Option<OrgLimits>, StoreError> {
        match workflow.has_org_limits {
            true => Ok(Some(
                self.find_recent(workflow.tenant.org, now).await?.limits,
            )),
            false => Ok(None),
        }
    }

    /// Where the credit of an execution of a workflow comes from; `None` where it costs none.
    pub async fn credit_account(
        &self,
        workflow: &Workflow,
        now: Timestamp,
    ) -> Result<Option<CreditAccount>, StoreError> {
        let limits = self.limits_of(workflow, now).await?;
        Ok(limits.and_then(|limits| limits.credit_account(workflow.tenant.org, now)))
    }

    /// Writes an org. May write while its revision is the one before `org.revision`; of two operators at once one wins.
    pub async fn set(&self, org: &Org) -> Result<UpdateOutcome, StoreError> {
        let seen = org.revision - 1;
        let update = org_item::changes(org).apply(self.table.update(&Key::org(org.id)));
        let update = match seen {
            0 => update.condition_expression("attribute_not_exists(revision)"),
            _ => update
                .condition_expression("revision = :seen")
                .expression_attribute_values(":seen", number(seen)),
        };
        let written = conditional("set an org", update.send().await)?;
        Ok(UpdateOutcome::of(written.is_written()))
    }
}
