//! Configuration that a warm container remembers. It does not know what it is used to decide.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{Timestamp, Trigger, Workflow, WorkflowId};
use store::{ConfigTable, StoreError};

/// A workflow and its triggers; `None`: there is no such workflow.
pub(crate) type Configuration = Option<Arc<(Workflow, Vec<Trigger>)>>;

/// How long an answer is trusted to let somebody in: disabling, rotating and revoking take effect
/// within this time.
const TRUSTED_MS: i64 = 5_000;
/// Refusals are confirmed at most this often for a workflow, so that guessing costs one read.
const CONFIRMED_MS: i64 = 1_000;

/// Workflows that are remembered, those that do not exist too.
const REMEMBERED: usize = 2_000;

#[derive(Default)]
pub(crate) struct Configurations {
    seen: Mutex<HashMap<WorkflowId, Seen>>,
}

struct Seen {
    configuration: Configuration,
    read_at: Timestamp,
    confirmed_at: Option<Timestamp>,
}

/// What was found, and whether it was read for this request.
pub(crate) struct Found {
    pub(crate) configuration: Configuration,
    pub(crate) is_fresh: bool,
}

impl Configurations {
    pub(crate) async fn find(
        &self,
        table: &ConfigTable,
        workflow: WorkflowId,
        now: Timestamp,
    ) -> Result<Found, StoreError> {
        if let Some(configuration) = self.trusted(workflow, now) {
            return Ok(Found {
                configuration,
                is_fresh: false,
            });
        }
        let configuration = table.configured(workflow).await?.map(Arc::new);
        self.remember(workflow, configuration.clone(), None, now);
        Ok(Found {
            configuration,
            is_fresh: true,
        })
    }

    /// What is read to confirm a refusal: creating and activating take effect at once, but for whom
    /// a stranger's guess was confirmed within the last second.
    pub(crate) async fn confirm(
        &self,
        table: &ConfigTable,
        workflow: WorkflowId,
        now: Timestamp,
    ) -> Result<Configuration, StoreError> {
        if let Some(configuration) = self.confirmed(workflow, now) {
            return Ok(configuration);
        }
        let configuration = table.configured(workflow).await?.map(Arc::new);
        self.remember(workflow, configuration.clone(), Some(now), now);
        Ok(configuration)
    }

    fn trusted(&self, workflow: WorkflowId, now: Timestamp) -> Option<Configuration> {
        let memory = self.memory();
        let seen = memory.get(&workflow)?;
        let is_trusted = now.millis_since(seen.read_at) < TRUSTED_MS;
        is_trusted.then(|| seen.configuration.clone())
    }

    fn confirmed(&self, workflow: WorkflowId, now: Timestamp) -> Option<Configuration> {
        let memory = self.memory();
        let seen = memory.get(&workflow)?;
        let is_confirmed = now.millis_since(seen.confirmed_at?) < CONFIRMED_MS;
        is_confirmed.then(|| seen.configuration.clone())
    }

    /// Full, it forgets what is too old to be used, and everything should that not help.
    fn remember(
        &self,
        workflow: WorkflowId,
        configuration: Configuration,
        confirmed_at: Option<Timestamp>,
        now: Timestamp,
    ) {
        let mut memory = self.memory();
        if memory.len() >= REMEMBERED {
            memory.retain(|_, seen| now.millis_since(seen.read_at) < TRUSTED_MS);
        }
        if memory.len() >= REMEMBERED {
            memory.clear();
        }
        let seen = Seen {
            configuration,
            read_at: now,
            confirmed_at,
        };
        memory.insert(workflow, seen);
    }

    fn memory(&self) -> MutexGuard<'_, HashMap<WorkflowId, Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
