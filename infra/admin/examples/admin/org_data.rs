//! `cargo admin export-org` and `erase-org`.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

use clap::Args;
use domain::OrgId;
use serde_json::{Value, json};
use store::OrgData;

use crate::{CommandError, dynamodb};

/// Which org, and where its data is.
#[derive(Args)]
struct DataOfOrg {
    /// The stack's config table: its output ConfigTable.
    #[arg(long, env = "CONFIG_TABLE", value_name = "NAME")]
    config_table: String,
    /// The stack's output RunsTable.
    #[arg(long, env = "RUNS_TABLE", value_name = "NAME")]
    runs_table: String,
    /// The stack's output RecordsTable.
    #[arg(long, env = "RECORDS_TABLE", value_name = "NAME")]
    records_table: String,
    /// The org, org_ and 26 characters.
    #[arg(long, value_name = "ID")]
    org: OrgId,
}

#[derive(Args)]
pub(crate) struct ExportOrg {
    #[command(flatten)]
    data: DataOfOrg,
    /// The file to write, one JSON object a line: {"table": …, "item": …}, items in DynamoDB's JSON.
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
}

#[derive(Args)]
pub(crate) struct EraseOrg {
    #[command(flatten)]
    data: DataOfOrg,
    /// The org once more, because this cannot be undone.
    #[arg(long, value_name = "ID")]
    confirm: OrgId,
}

impl DataOfOrg {
    async fn open(self) -> (OrgData, OrgId) {
        let tables = [self.config_table, self.runs_table, self.records_table];
        (OrgData::new(&dynamodb().await, tables), self.org)
    }
}

impl ExportOrg {
    pub(crate) async fn run(self) -> Result<Value, CommandError> {
        let (data, org) = self.data.open().await;
        let mut file = BufWriter::new(File::create_new(&self.output)?);
        let write = |table: &str, item: Value| -> Result<(), CommandError> {
            writeln!(file, "{}", json!({ "table": table, "item": item }))?;
            Ok(())
        };
        let items = data.export(org, write).await?;
        file.flush()?;
        Ok(json!({ "org": org, "items": items, "file": self.output }))
    }
}

impl EraseOrg {
    pub(crate) async fn run(self) -> Result<Value, CommandError> {
        if self.confirm != self.data.org {
            return Err("--confirm names another org than --org; nothing is erased".into());
        }
        let (data, org) = self.data.open().await;
        let erased = data.erase(org).await?;
        if !erased.is_complete {
            return Err(format!(
                "{} items are erased, and the org still writes: switch its webhooks off, and run this again",
                erased.items
            )
            .into());
        }
        Ok(json!({ "org": org, "erased": erased.items }))
    }
}
