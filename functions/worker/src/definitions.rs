//! Definitions that a warm container has parsed. A version never changes, so none is read twice.

use std::sync::Arc;

use domain::{Timestamp, WorkflowId};
use engine::Definition;
use store::{BoundedCache, StoreError, Workflows};

/// Definitions that a warm container remembers.
const REMEMBERED: usize = 200;

type Version = (WorkflowId, u64);

/// The parsed definitions of one container.
pub(crate) struct Definitions {
    parsed: BoundedCache<Version, Arc<Definition>>,
}

/// What became of looking up the definition of an execution.
pub(crate) enum DefinitionLookup {
    Found(Arc<Definition>),
    /// The version is gone or no longer supported, so the execution cannot continue; the reason.
    Unusable(String),
}

impl Default for Definitions {
    fn default() -> Self {
        Self {
            parsed: BoundedCache::new(REMEMBERED),
        }
    }
}

impl Definitions {
    pub(crate) async fn find(
        &self,
        workflows: &Workflows,
        version: Version,
        now: Timestamp,
    ) -> Result<DefinitionLookup, StoreError> {
        if let Some(known) = self.parsed.get(&version, now) {
            return Ok(DefinitionLookup::Found(known));
        }
        let (workflow, number) = version;
        let Some(document) = workflows.definition(workflow, number).await? else {
            let reason = format!("version {number} of the workflow is gone");
            return Ok(DefinitionLookup::Unusable(reason));
        };
        Ok(match Definition::parse(&document) {
            Ok(definition) => {
                let definition = Arc::new(definition);
                self.parsed.insert(version, Arc::clone(&definition), now);
                DefinitionLookup::Found(definition)
            }
            Err(problems) => {
                let first = problems.first().map(ToString::to_string);
                DefinitionLookup::Unusable(first.unwrap_or_default())
            }
        })
    }
}
