//! `cargo admin`, the operator's command, which uses the operator's own AWS credentials and no API key. An example and
//! not a binary, so that cargo-lambda does not take it for a function, and the library does without the AWS
//! configuration that only this needs.

use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use admin::create_first_key;
use aws_config::BehaviorVersion;
use clap::{Parser, Subcommand, ValueEnum};
use domain::{Environment, OrgId, Tenant, Timestamp};
use serde_json::json;
use store::{ApiKeyStore, Random, StoreError};

/// Administers a deployed Sluice with the operator's own AWS credentials.
///
/// Credentials and region are found as the AWS command line finds them: environment variables,
/// AWS_PROFILE, SSO, or the role of the machine.
#[derive(Parser)]
#[command(name = "admin", bin_name = "cargo admin", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Create the first API key of an org, with the scope admin, and print it as JSON.
    ///
    /// The key is shown only once. It creates every other key through the API.
    CreateKey {
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
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum EnvironmentName {
    Test,
    Live,
}

/// Runs the command. A failure exits with 1 and says what to check.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Command::CreateKey {
        config_table,
        org,
        environment,
        name,
    } = Arguments::parse().command;
    let now = now();
    let tenant = Tenant {
        org: org.unwrap_or_else(|| OrgId::random(now, Random.u128())),
        environment: match environment {
            EnvironmentName::Test => Environment::Test,
            EnvironmentName::Live => Environment::Live,
        },
    };
    match create(config_table, tenant, &name, now).await {
        Ok(document) => {
            print(&document);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("no key was created: {error}");
            eprintln!(
                "Check --config-table, the region, and that your credentials may write to it."
            );
            ExitCode::FAILURE
        }
    }
}

async fn create(
    table: String,
    tenant: Tenant,
    name: &str,
    now: Timestamp,
) -> Result<serde_json::Value, StoreError> {
    let config = aws_config::defaults(BehaviorVersion::latest())
        .http_client(store::http_client(Duration::from_secs(3)))
        .load()
        .await;
    let keys = ApiKeyStore::new(aws_sdk_dynamodb::Client::new(&config), table);
    let key = create_first_key(&keys, tenant, name, now).await?;
    Ok(json!({
        "org": tenant.org,
        "environment": tenant.environment,
        "name": name,
        "key": key.reveal(),
    }))
}

#[expect(clippy::print_stdout, reason = "the answer of a command line tool")]
fn print(document: &serde_json::Value) {
    println!("{document:#}");
}

fn now() -> Timestamp {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}
