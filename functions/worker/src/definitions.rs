//! A cache of parsed definitions. A version of a workflow never changes, so a warm container reads each one once.

use std::sync::Arc;
use std::time::Duration;

use domain::{Timestamp, WorkflowId};
use engine::{Definition, Problem};
use serde_json::Value;
use store::{BoundedCache, StoreError, Workflows};

/// How long parsing and compiling a definition may take. Its own limits keep it far below.
const DEADLINE: Duration = Duration::from_secs(20);
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
        match parse(document).await.map_err(DefinitionError::Store)? {
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

/// Parses a definition on a thread that may block, so that the other executions of the batch go on.
async fn parse(document: Value) -> Result<Result<Definition, Vec<Problem>>, StoreError> {
    let parsing = tokio::task::spawn_blocking(move || Definition::parse(&document));
    let unavailable = |cause: String| StoreError::Unavailable {
        operation: "parse a definition",
        cause,
    };
    match tokio::time::timeout(DEADLINE, parsing).await {
        Ok(parsed) => parsed.map_err(|error| unavailable(error.to_string())),
        Err(late) => Err(unavailable(late.to_string())),
    }
}
