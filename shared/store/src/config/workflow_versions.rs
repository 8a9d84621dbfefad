//! The versions of a workflow: each has a definition, which never changes once it is written.

use domain::{Timestamp, WorkflowId};
use serde_json::Value;

use crate::dynamodb::attributes::{Row, text};
use crate::dynamodb::compression::{Dictionary, decompress};
use crate::dynamodb::keys::{Key, workflow_pk};
use crate::{StoreError, Workflows};

impl Workflows {
    /// When a version was written, and its definition.
    pub async fn version(
        &self,
        id: WorkflowId,
        version: u64,
    ) -> Result<Option<(Timestamp, Value)>, StoreError> {
        let key = Key::version(id, version);
        let Some(item) = self.table.read(&key).await? else {
            return Ok(None);
        };
        let row = Row::checked(&item)?;
        let packed = row
            .bytes("definition")
            .ok_or_else(|| row.bad("definition", "is missing"))?;
        let unreadable = |reason: String| row.bad("definition", &reason);
        let json =
            decompress(packed, Dictionary::None).map_err(|error| unreadable(error.to_string()))?;
        let definition =
            serde_json::from_slice(&json).map_err(|error| unreadable(error.to_string()))?;
        Ok(Some((row.moment("created_at")?, definition)))
    }

    /// When each version was written, from the one before `before` down, the newest first, without their definitions.
    pub async fn versions(
        &self,
        id: WorkflowId,
        before: u64,
        limit: usize,
    ) -> Result<Vec<(u64, Timestamp)>, StoreError> {
        let Some(newest) = before.checked_sub(1).filter(|version| *version > 0) else {
            return Ok(Vec::new());
        };
        let (first, last) = (Key::version(id, 1), Key::version(id, newest));
        let page = self
            .table
            .query()
            .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
            .expression_attribute_values(":pk", text(workflow_pk(id)))
            .expression_attribute_values(":first", text(first.sort()))
            .expression_attribute_values(":last", text(last.sort()))
            .projection_expression("v, pk, sk, created_at")
            .scan_index_forward(false)
            .consistent_read(true)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(|error| StoreError::unavailable("list the versions of a workflow", error))?;
        let read = |item| {
            let row = Row::checked(item)?;
            let number = row.text("sk")?.trim_start_matches("V#").parse();
            let number = number.map_err(|_| row.bad("sk", "is not a version"))?;
            Ok((number, row.moment("created_at")?))
        };
        page.items().iter().map(read).collect()
    }
}
