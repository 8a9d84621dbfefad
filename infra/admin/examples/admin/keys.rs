//! `cargo admin create-key`.

use admin::create_first_key;
use clap::{Args, ValueEnum};
use domain::{Environment, OrgId, Tenant, Timestamp};
use serde_json::{Value, json};
use store::{ApiKeyStore, Random};

use crate::{CommandError, dynamodb};

#[derive(Args)]
pub(crate) struct CreateKey {
    /// The stack's config table: its output ConfigTable.
    #[arg(long, env = "CONFIG_TABLE", value_name = "NAME")]
    config_table: String,
    /// The org, org_ and 26 characters; a new one by default.
    #[arg(long, value_name = "ID")]
    org: Option<OrgId>,
    /// Which of the org's two environments the key is for.
    #[arg(long, value_enum, default_value_t = EnvironmentName::Live)]
    environment: EnvironmentName,
    /// The name of the key in lists.
    #[arg(long, default_value = "first key")]
    name: String,
}

#[derive(Clone, Copy, ValueEnum)]
enum EnvironmentName {
    Test,
    Live,
}

impl CreateKey {
    pub(crate) async fn run(self, now: Timestamp) -> Result<Value, CommandError> {
        let tenant = Tenant {
            org: self
                .org
                .unwrap_or_else(|| OrgId::random(now, Random.u128())),
            environment: match self.environment {
                EnvironmentName::Test => Environment::Test,
                EnvironmentName::Live => Environment::Live,
            },
        };
        let keys = ApiKeyStore::new(dynamodb().await, self.config_table);
        let key = create_first_key(&keys, tenant, &self.name, now).await?;
        Ok(json!({
            "org": tenant.org,
            "environment": tenant.environment,
            "name": self.name,
            "key": key.reveal(),
        }))
    }
}
