//! `cargo admin`, the operator's command, which uses the operator's own AWS credentials and no API key. An example and
//! not a binary, so that cargo-lambda does not take it for a function, and the library does without the AWS
//! configuration that only this needs.

mod keys;
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
    };
    match done {
        Ok(document) => {
            print(&document);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("the command failed: {error}");
            eprintln!(
                "Check --config-table, the region, and that your credentials may write to it."
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
