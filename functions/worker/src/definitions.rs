//! Definitions that a warm container has parsed. A version never changes, so none is read twice.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::WorkflowId;
use engine::Definition;
use store::{ConfigTable, StoreError};

const REMEMBERED: usize = 200;

type Version = (WorkflowId, u64);

#[derive(Default)]
pub(crate) struct Definitions {
    parsed: Mutex<HashMap<Version, Arc<Definition>>>,
}

impl Definitions {
    /// A sentence, where the version is gone or no longer understood: the execution cannot go on.
    pub(crate) async fn find(
        &self,
        table: &ConfigTable,
        version: Version,
    ) -> Result<Result<Arc<Definition>, String>, StoreError> {
        if let Some(known) = self.remembered(version) {
            return Ok(Ok(known));
        }
        let (workflow, number) = version;
        let Some(document) = table.definition(workflow, number).await? else {
            return Ok(Err(format!("version {number} of the workflow is gone")));
        };
        Ok(match Definition::parse(&document) {
            Ok(definition) => Ok(self.remember(version, definition)),
            Err(problems) => Err(problems
                .first()
                .map_or_else(String::new, ToString::to_string)),
        })
    }

    fn remembered(&self, version: Version) -> Option<Arc<Definition>> {
        let parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        parsed.get(&version).cloned()
    }

    fn remember(&self, version: Version, definition: Definition) -> Arc<Definition> {
        let definition = Arc::new(definition);
        let mut parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        if parsed.len() >= REMEMBERED {
            parsed.clear();
        }
        parsed.insert(version, Arc::clone(&definition));
        definition
    }
}
