//! The configuration cache of a warm container: workflows and their triggers. It does not know what they decide.

use std::sync::Arc;

use domain::{Timestamp, Trigger, Workflow, WorkflowId};
use store::{BoundedCache, StoreError, Workflows};

/// A workflow and its triggers; `None` where there is no such workflow.
pub(crate) type Configuration = Option<Arc<(Workflow, Vec<Trigger>)>>;

/// How long a configuration is trusted to accept a request: disabling, rotating and revoking take effect within this time.
const TRUSTED_MS: i64 = 5_000;
/// A refusal is confirmed by a read at most once in this time for each workflow, so that guessing tokens costs few reads.
const CONFIRMED_MS: i64 = 1_000;
/// Workflows that a warm container remembers, with those that do not exist.
const REMEMBERED: usize = 2_000;

/// The configurations that one container remembers.
pub(crate) struct Configurations {
    seen: BoundedCache<WorkflowId, Seen>,
}

#[derive(Clone)]
struct Seen {
    configuration: Configuration,
    confirmed_at: Option<Timestamp>,
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
                configuration: seen.configuration,
                is_fresh: false,
            });
        }
        Ok(LookUp {
            configuration: self.read(workflows, workflow, None, now).await?,
            is_fresh: true,
        })
    }

    /// The configuration to confirm a refusal with: read, unless another refusal was confirmed within the last second. So a
    /// workflow that was just created or activated works at once.
    pub(crate) async fn confirm(
        &self,
        workflows: &Workflows,
        workflow: WorkflowId,
        now: Timestamp,
    ) -> Result<Configuration, StoreError> {
        let is_recent = |at| now.millis_since(at) < CONFIRMED_MS;
        let seen = self.seen.get(&workflow, now);
        match seen.filter(|seen| seen.confirmed_at.is_some_and(is_recent)) {
            Some(seen) => Ok(seen.configuration),
            None => self.read(workflows, workflow, Some(now), now).await,
        }
    }

    async fn read(
        &self,
        workflows: &Workflows,
        workflow: WorkflowId,
        confirmed_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Configuration, StoreError> {
        let found = workflows.find_with_triggers(workflow).await?;
        let configuration = found.map(Arc::new);
        let seen = Seen {
            configuration: configuration.clone(),
            confirmed_at,
        };
        self.seen.insert(workflow, seen, now);
        Ok(configuration)
    }
}
