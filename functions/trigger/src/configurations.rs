//! The configuration cache of a warm container: workflows and their triggers. It does not know what they decide.

use std::sync::Arc;

use domain::{Secret, Timestamp, Trigger, Workflow, WorkflowId};
use store::{BoundedCache, ConfigurationChanges, StoreError, TokenReceipt, Workflows};

use crate::confirming_reads::{ConfirmingReads, ReadDecision};

/// A workflow and its triggers; `None` where there is no such workflow.
pub(crate) type Configuration = Option<Arc<(Workflow, Vec<Trigger>)>>;

/// How long a configuration is trusted to accept a request. A change that refuses what was accepted before takes effect at
/// once, because the bucket counts it: [`Configurations::is_current`].
pub(crate) const TRUSTED_MS: i64 = 5_000;
/// How far apart the clocks of two containers may be. A configuration that was read so long after the last change has it.
const MAX_CLOCK_SKEW_MS: i64 = 10_000;
/// Workflows that a warm container remembers, with those that do not exist.
const REMEMBERED: usize = 2_000;

/// The configurations that one container remembers.
pub(crate) struct Configurations {
    seen: BoundedCache<WorkflowId, LookUp>,
    /// The highest number of changes that a bucket has named.
    counted_changes: BoundedCache<WorkflowId, u64>,
    confirming: ConfirmingReads,
}

/// What a refusal from the cache is confirmed with.
pub(crate) enum Confirmation {
    /// The configuration that decides.
    Decides(LookUp),
    /// The reads of this second are used up by other tokens, so nobody knows whether this one is valid.
    Unknown {
        /// When to ask again.
        retry_after_ms: i64,
    },
}

/// A configuration, and what is known of its age.
#[derive(Clone)]
pub(crate) struct LookUp {
    pub(crate) configuration: Configuration,
    /// Whether it was read for this request.
    pub(crate) is_fresh: bool,
    read_at: Timestamp,
    /// As many changes were counted before it was read, so it has them; `None` where nobody had asked.
    included_changes: Option<u64>,
}

impl Default for Configurations {
    fn default() -> Self {
        Self {
            seen: BoundedCache::with_time_to_live(REMEMBERED, TRUSTED_MS),
            counted_changes: BoundedCache::new(REMEMBERED),
            confirming: ConfirmingReads::default(),
        }
    }
}

impl Configurations {
    /// The configuration of a workflow: remembered for up to five seconds, or else read.
    pub(crate) async fn find(
        &self,
        workflows: &Workflows,
        workflow: WorkflowId,
        now: Timestamp,
    ) -> Result<LookUp, StoreError> {
        if let Some(seen) = self.seen.get(&workflow, now) {
            return Ok(seen);
        }
        self.read(workflows, workflow, now).await
    }

    /// Whether a configuration has every change that was counted when a token was taken. The API writes a change before it
    /// counts it, so a configuration that is read after a number is known has all changes up to that number. One that was
    /// read for this request lacks only changes that were not there when the request came in.
    pub(crate) fn is_current(&self, found: &LookUp, taken: &TokenReceipt, now: Timestamp) -> bool {
        let ConfigurationChanges { count, last_at } = taken.configuration_changes();
        let is_old = last_at.plus_millis(MAX_CLOCK_SKEW_MS) <= found.read_at;
        if count == 0 || is_old || found.included_changes >= Some(count) {
            return true;
        }
        let highest = |known: Option<&u64>| known.map_or(count, |known| count.max(*known));
        self.counted_changes.upsert(taken.workflow(), now, highest);
        found.is_fresh
    }

    /// What confirms a refusal: a read, unless the same token was refused after one within the last second. So a trigger
    /// that was just created and a token that was just rotated work at once, whoever else was refused.
    pub(crate) async fn confirm(
        &self,
        workflows: &Workflows,
        workflow: WorkflowId,
        token: &Secret,
        now: Timestamp,
    ) -> Result<Confirmation, StoreError> {
        let token = token.hash();
        match self.confirming.decide(workflow, token, now) {
            ReadDecision::Read => {}
            ReadDecision::TooMany { retry_after_ms } => {
                return Ok(Confirmation::Unknown { retry_after_ms });
            }
            ReadDecision::RefusedBefore => {
                if let Some(seen) = self.seen.get(&workflow, now) {
                    return Ok(Confirmation::Decides(seen));
                }
            }
        }
        let read = self.read(workflows, workflow, now).await?;
        self.confirming.remember(workflow, token, now);
        Ok(Confirmation::Decides(read))
    }

    /// The configuration as it is now, which is remembered.
    pub(crate) async fn read(
        &self,
        workflows: &Workflows,
        workflow: WorkflowId,
        now: Timestamp,
    ) -> Result<LookUp, StoreError> {
        let included_changes = self.counted_changes.get(&workflow, now);
        let found = workflows.find_with_triggers(workflow).await?;
        let remembered = LookUp {
            configuration: found.map(Arc::new),
            is_fresh: false,
            read_at: now,
            included_changes,
        };
        self.seen.insert(workflow, remembered.clone(), now);
        Ok(LookUp {
            is_fresh: true,
            ..remembered
        })
    }
}
