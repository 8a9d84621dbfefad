//! A cache of compiled JSON Schemas of event types, by their content: publishing an event compiles its schema once.

use std::sync::Arc;

use api::Problem;
use domain::{Fingerprint, Timestamp};
use engine::Schema;
use serde_json::Value;
use store::BoundedCache;

use crate::off_thread;

/// Schemas that a warm container keeps. The automata of one may take some megabytes.
const MAX_CACHED: usize = 16;

/// The compiled schemas of one container.
pub(crate) struct Schemas {
    compiled: BoundedCache<String, Arc<Schema>>,
}

impl Default for Schemas {
    fn default() -> Self {
        Self {
            compiled: BoundedCache::new(MAX_CACHED),
        }
    }
}

impl Schemas {
    /// The compiled schema; `None` where it does not compile.
    pub(crate) async fn find(
        &self,
        schema: &Value,
        now: Timestamp,
    ) -> Result<Option<Arc<Schema>>, Problem> {
        let key = Fingerprint::of(schema).as_str().to_owned();
        if let Some(compiled) = self.compiled.get(&key, now) {
            return Ok(Some(compiled));
        }
        let schema = schema.clone();
        let compiled = off_thread::compute(move || Schema::compile(&schema).ok()).await?;
        let compiled = compiled.map(Arc::new);
        if let Some(compiled) = &compiled {
            self.compiled.insert(key, Arc::clone(compiled), now);
        }
        Ok(compiled)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn a_schema_is_compiled_once_and_one_that_does_not_compile_is_none() {
        let schemas = Schemas::default();
        let now = Timestamp::from_millis(0);
        let schema = json!({"type": "string", "pattern": "^a+$"});
        let first = schemas.find(&schema, now).await.unwrap().unwrap();
        let again = schemas.find(&schema, now).await.unwrap().unwrap();
        assert!(Arc::ptr_eq(&first, &again));
        assert!(first.fit(&json!("aa")).is_ok() && first.fit(&json!("b")).is_err());
        let other = schemas.find(&json!({"type": "number"}), now).await.unwrap();
        assert!(other.unwrap().fit(&json!("aa")).is_err());
        let broken = schemas
            .find(&json!({"type": "nothing"}), now)
            .await
            .unwrap();
        assert!(broken.is_none());
    }
}
