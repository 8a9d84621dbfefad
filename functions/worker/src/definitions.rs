//! A cache of parsed definitions. A version of a workflow never changes, so a warm container reads each one once.

use std::sync::Arc;

use domain::{Timestamp, WorkflowId};
use engine::Definition;
use store::{BoundedCache, StoreError, Workflows};

/// Definitions that one container caches.
const MAX_CACHED: usize = 200;

type Version = (WorkflowId, u64);

/// Why a definition cannot be had.
pub(crate) enum DefinitionError {
    /// The version is gone or no longer supported, for this reason: the execution cannot go on.
    Unusable(String),
    Store(StoreError),
}

/// The parsed definitions of one container.
pub(crate) struct Definitions {
    parsed: BoundedCache<Version, Arc<Definition>>,
}

impl Default for Definitions {
    fn default() -> Self {
        Self {
            parsed: BoundedCache::new(MAX_CACHED),
        }
    }
}

impl Definitions {
    /// The parsed definition of that version, from the cache or the table.
    pub(crate) async fn find(
        &self,
        workflows: &Workflows,
        version: Version,
        now: Timestamp,
    ) -> Result<Arc<Definition>, DefinitionError> {
        if let Some(cached) = self.parsed.get(&version, now) {
            return Ok(cached);
        }
        let (workflow, number) = version;
        let document = workflows.definition(workflow, number).await;
        let Some(document) = document.map_err(DefinitionError::Store)? else {
            let reason = format!("version {number} of the workflow is gone");
            return Err(DefinitionError::Unusable(reason));
        };
        match Definition::parse(&document) {
            Ok(definition) => {
                let definition = Arc::new(definition);
                self.parsed.insert(version, Arc::clone(&definition), now);
                Ok(definition)
            }
            Err(problems) => {
                let first = problems.first().map(ToString::to_string);
                Err(DefinitionError::Unusable(first.unwrap_or_default()))
            }
        }
    }
}
