//! `cargo admin`, the operator's command, which uses the operator's own AWS credentials and no API key. An example and
//! not a binary, so that cargo-lambda does not take it for a function, and the library does without the AWS
//! configuration that only this needs.

mod keys;
mod messages;
mod org_data;
mod orgs;

use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_config::BehaviorVersion;
use clap::{Parser, Subcommand};
use domain::Timestamp;
use serde_json::Value;

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
    CreateKey(keys::CreateKey),
    /// Show an org as JSON: its plan, its limits and its active workflows.
    ShowOrg(orgs::ShowOrg),
    /// Set the plan, single limits or the monthly credits of an org, and print the org as JSON.
    ///
    /// What is not named stays as it is. A plan sets every limit to the plan's number; limits that are named as
    /// well replace those. Changes take effect within five seconds.
    SetOrg(orgs::SetOrg),
    /// Set the plan of an org, with every limit of it, and print the org as JSON. The same as `set-org --plan`.
    SetPlan(orgs::SetPlan),
    /// Write everything that is stored of an org into a file: every item of every table. Secrets stay encrypted.
    ///
    /// Reads the tables whole, twice.
    ExportOrg(org_data::ExportOrg),
    /// Delete everything that is stored of an org, from every table. This cannot be undone.
    ///
    /// Reads the tables whole, four times. Switch the org's webhooks off before: `set-org --webhook-triggers off`. Backups of
    /// point-in-time recovery have the items for 35 days more, and logs their ids for as long as logs are kept.
    /// The bytes of files are in the bucket below the id of the org: `aws s3 rm --recursive` removes them.
    EraseOrg(org_data::EraseOrg),
    /// Send dead letters back to the queue that they came from, once their cause is removed.
    Redrive(messages::Redrive),
}

/// Why a command did nothing, or not all.
type CommandError = Box<dyn std::error::Error>;

/// Runs the command. A failure exits with 1 and says what to check.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::CreateKey(create) => create.run(now()).await,
        Command::ShowOrg(show) => show.run().await,
        Command::SetOrg(set) => set.run().await,
        Command::SetPlan(set) => set.run().await,
        Command::ExportOrg(export) => export.run().await,
        Command::EraseOrg(erase) => erase.run().await,
        Command::Redrive(redrive) => redrive.run().await,
    };
    match done {
        Ok(document) => {
            print(&document);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("the command failed: {error}");
            eprintln!(
                "Check the names of tables and queues, the region, and that your credentials may use them."
            );
            ExitCode::FAILURE
        }
    }
}

/// A client with the operator's credentials.
async fn dynamodb() -> aws_sdk_dynamodb::Client {
    let config = aws_config::defaults(BehaviorVersion::latest())
        .http_client(store::http_client(Duration::from_secs(3)))
        .load()
        .await;
    aws_sdk_dynamodb::Client::new(&config)
}

#[expect(clippy::print_stdout, reason = "the answer of a command line tool")]
fn print(document: &Value) {
    println!("{document:#}");
}

fn now() -> Timestamp {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}
