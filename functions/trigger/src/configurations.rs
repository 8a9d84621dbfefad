//! Configuration that a warm container remembers. It does not know what it is used to decide.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws::{ConfigTable, StoreError};
use domain::{Timestamp, Trigger, Workflow, WorkflowId};

/// A workflow and its triggers; `None`: there is no such workflow.
pub(crate) type Configuration = Option<Arc<(Workflow, Vec<Trigger>)>>;

/// How old an answer may be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trust {
    /// Disabling, rotating and revoking take effect within this time.
    ToAccept,
    /// Creating and activating take effect at once, but for whoever was refused within the last
    /// second: guessing costs at most one read a second.
    ToRefuse,
}

/// Workflows that are remembered, those that do not exist too.
const REMEMBERED: usize = 2_000;

#[derive(Default)]
pub(crate) struct Configurations {
    seen: Mutex<HashMap<WorkflowId, Seen>>,
}

struct Seen {
    configuration: Configuration,
    read_at: Timestamp,
}

impl Trust {
    fn max_age_ms(self) -> i64 {
        match self {
            Self::ToAccept => 5_000,
            Self::ToRefuse => 1_000,
        }
    }
}

impl Configurations {
    pub(crate) async fn find(
        &self,
        table: &ConfigTable,
        workflow: WorkflowId,
        trust: Trust,
        now: Timestamp,
    ) -> Result<Configuration, StoreError> {
        if let Some(known) = self.remembered(workflow, trust, now) {
            return Ok(known);
        }
        let configuration = table.configured(workflow).await?.map(Arc::new);
        self.remember(workflow, configuration.clone(), now);
        Ok(configuration)
    }

    fn remembered(
        &self,
        workflow: WorkflowId,
        trust: Trust,
        now: Timestamp,
    ) -> Option<Configuration> {
        let seen = self.memory();
        let seen = seen.get(&workflow)?;
        let is_fresh = now.millis_since(seen.read_at) < trust.max_age_ms();
        is_fresh.then(|| seen.configuration.clone())
    }

    /// Full, it forgets what is too old to be used, and everything should that not help.
    fn remember(&self, workflow: WorkflowId, configuration: Configuration, now: Timestamp) {
        let mut memory = self.memory();
        if memory.len() >= REMEMBERED {
            let oldest = Trust::ToAccept.max_age_ms();
            memory.retain(|_, seen| now.millis_since(seen.read_at) < oldest);
        }
        if memory.len() >= REMEMBERED {
            memory.clear();
        }
        let seen = Seen {
            configuration,
            read_at: now,
        };
        memory.insert(workflow, seen);
    }

    fn memory(&self) -> MutexGuard<'_, HashMap<WorkflowId, Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
