//! The configuration cache of a warm container: workflows and their triggers. It does not know what they decide.

use std::sync::Arc;

use domain::{Secret, Timestamp, Trigger, Workflow, WorkflowId};
use store::{BoundedCache, StoreError, Workflows};

use crate::confirming_reads::{ConfirmingReads, ReadDecision};

/// A workflow and its triggers; `None` where there is no such workflow.
pub(crate) type Configuration = Option<Arc<(Workflow, Vec<Trigger>)>>;

/// How long a configuration is trusted to accept a request: disabling, rotating and revoking take effect within this time.
pub(crate) const TRUSTED_MS: i64 = 5_000;
/// Workflows that a warm container remembers, with those that do not exist.
const REMEMBERED: usize = 2_000;

/// The configurations that one container remembers.
pub(crate) struct Configurations {
    seen: BoundedCache<WorkflowId, Configuration>,
    confirming: ConfirmingReads,
}

/// What a refusal from the cache is confirmed with.
pub(crate) enum Confirmation {
    /// The configuration that decides.
    Decides(Configuration),
    /// The reads of this second are used up by other tokens, so nobody knows whether this one is valid.
    Unknown {
        /// When to ask again.
        retry_after_ms: i64,
    },
}

/// The result of a look-up, and whether it was read for this request.
pub(crate) struct LookUp {
    pub(crate) configuration: Configuration,
    pub(crate) is_fresh: bool,
}

impl Default for Configurations {
    fn default() -> Self {
        Self {
            seen: BoundedCache::with_time_to_live(REMEMBERED, TRUSTED_MS),
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
            return Ok(LookUp {
                configuration: seen,
                is_fresh: false,
            });
        }
        Ok(LookUp {
            configuration: self.read(workflows, workflow, now).await?,
            is_fresh: true,
        })
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

    async fn read(
        &self,
        workflows: &Workflows,
        workflow: WorkflowId,
        now: Timestamp,
    ) -> Result<Configuration, StoreError> {
        let found = workflows.find_with_triggers(workflow).await?;
        let configuration = found.map(Arc::new);
        self.seen.insert(workflow, configuration.clone(), now);
        Ok(configuration)
    }
}
