//! The embedded DynamoDB, with the template's tables, on loopback. Does not know what the items mean.

mod operations;

use std::path::Path;
use std::time::Duration;

use dynoxide::actions::create_table::CreateTableRequest;
use dynoxide::actions::describe_table::DescribeTableRequest;
use dynoxide::actions::update_time_to_live::UpdateTimeToLiveRequest;
use dynoxide::{Database, DynoxideError};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub(crate) use operations::answer;

use crate::server::Stop;
use crate::template::Table;

/// What names this service in the header `X-Amz-Target`.
pub(crate) const TARGET: &str = "DynamoDB_20120810";
const EXPIRY_PAUSE: Duration = Duration::from_secs(60);

/// Why the tables are not there.
#[derive(Debug, thiserror::Error)]
pub enum TablesError {
    /// The database cannot be opened or written.
    #[error("the local DynamoDB failed: {0}")]
    Database(#[from] DynoxideError),
    /// The template describes what DynamoDB refuses.
    #[error("the template's table {table} is not one that DynamoDB takes: {reason}")]
    Definition {
        /// The table's name.
        table: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The folder holds data of another template.
    #[error(
        "the table {0} was made with other keys or indexes than the template has now; \
             use another --data folder, or delete this one"
    )]
    Changed(String),
}

/// Opens the database, in memory or in `file`, and makes the tables that are not there yet.
pub(crate) fn open(file: Option<&Path>, tables: &[Table]) -> Result<Database, TablesError> {
    let database = match file {
        Some(path) => Database::new(&path.to_string_lossy())?,
        None => Database::memory()?,
    };
    for table in tables {
        ensure(&database, table)?;
    }
    Ok(database)
}

/// Serves the tables over HTTP until `stop` is requested.
pub(crate) async fn serve(listener: TcpListener, database: Database, stop: Stop) {
    let stopped = async move { stop.requested().await };
    if let Err(error) = dynoxide::server::serve_with_shutdown(listener, database, stopped).await {
        tracing::error!(%error, "the local DynamoDB ended");
    }
}

/// Removes what has expired, late, as DynamoDB does. It goes by the system's clock alone, so it is
/// nothing for a stack whose time is moved by hand.
pub(crate) async fn remove_expired(database: Database, stop: Stop) {
    loop {
        tokio::select! {
            () = stop.requested() => return,
            () = tokio::time::sleep(EXPIRY_PAUSE) => {
                if let Err(error) = database.sweep_ttl() {
                    tracing::warn!(%error, "expired items were not removed");
                }
            }
        }
    }
}

fn ensure(database: &Database, table: &Table) -> Result<(), TablesError> {
    let request = DescribeTableRequest {
        table_name: table.name.clone(),
    };
    match database.describe_table(request) {
        Ok(found) => {
            let found = serde_json::to_value(found.table).unwrap_or_default();
            match [
                "KeySchema",
                "GlobalSecondaryIndexes",
                "LocalSecondaryIndexes",
            ]
            .iter()
            .all(|part| shape(&found, part) == shape(&table.definition, part))
            {
                true => Ok(()),
                false => Err(TablesError::Changed(table.name.clone())),
            }
        }
        Err(DynoxideError::ResourceNotFoundException(_)) => create(database, table),
        Err(error) => Err(error.into()),
    }
}

fn create(database: &Database, table: &Table) -> Result<(), TablesError> {
    let wrong = |reason: String| TablesError::Definition {
        table: table.name.clone(),
        reason,
    };
    let request: CreateTableRequest = serde_json::from_value(table.definition.clone())
        .map_err(|error| wrong(error.to_string()))?;
    database
        .create_table(request)
        .map_err(|error| wrong(error.to_string()))?;
    if let Some(attribute) = &table.ttl_attribute {
        let request: UpdateTimeToLiveRequest = serde_json::from_value(json!({
            "TableName": table.name,
            "TimeToLiveSpecification": { "Enabled": true, "AttributeName": attribute },
        }))
        .map_err(|error| wrong(error.to_string()))?;
        database.update_time_to_live(request)?;
    }
    Ok(())
}

/// What of a table cannot change once it holds items: key names, and indexes with theirs.
fn shape(table: &Value, part: &str) -> Vec<String> {
    let mut parts: Vec<String> = table[part]
        .as_array()
        .into_iter()
        .flatten()
        .map(|entry| match entry["IndexName"].as_str() {
            Some(name) => format!(
                "{name} {} {}",
                json!(shape(entry, "KeySchema")),
                entry["Projection"]["ProjectionType"]
            ),
            None => format!("{} {}", entry["AttributeName"], entry["KeyType"]),
        })
        .collect();
    parts.sort();
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(key: &str) -> Table {
        Table {
            name: "runs".to_owned(),
            definition: json!({
                "TableName": "runs",
                "BillingMode": "PAY_PER_REQUEST",
                "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
                "AttributeDefinitions": [
                    {"AttributeName": key, "AttributeType": "S"},
                    {"AttributeName": "due", "AttributeType": "N"},
                ],
                "GlobalSecondaryIndexes": [{
                    "IndexName": "due",
                    "KeySchema": [{"AttributeName": "due", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }],
            }),
            ttl_attribute: Some("expires_at".to_owned()),
        }
    }

    #[test]
    fn a_file_is_opened_again_with_the_same_tables_only() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("dynamodb.sqlite");
        open(Some(&file), &[table("pk")]).unwrap();
        let again = open(Some(&file), &[table("pk")]).unwrap();
        assert_eq!(again.table_count().unwrap(), 1);
        drop(again);
        let error = open(Some(&file), &[table("id")]).err().unwrap();
        assert!(
            matches!(&error, TablesError::Changed(name) if name == "runs"),
            "{error}"
        );
    }

    #[test]
    fn a_table_that_dynamodb_would_refuse_is_refused_by_name() {
        let mut broken = table("pk");
        broken.definition["KeySchema"] = json!([]);
        let error = open(None, &[broken]).err().unwrap();
        assert!(error.to_string().contains("runs"), "{error}");
    }
}
