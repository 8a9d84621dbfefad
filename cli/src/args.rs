//! The command line: options of every command, and the commands. Each group of commands has its own arguments in its module.

use clap::{Args, Parser, Subcommand};

use crate::commands::{
    api, apply, completion, delivery, deploy, dev, event, execution, key, listen, login, open,
    sample, secret, send, signature, subscription, tail, trigger, workflow,
};
use crate::output::Format;

/// Everything that Sluice does, from a terminal: run it here or deploy it, describe workflows as files, send webhooks to them
/// and follow what they do.
///
/// Data is printed on standard output, all talk on standard error. Exit codes: 0 done, 1 failed, 2 wrong arguments, 3 not found,
/// 4 credentials, 5 conflict, 6 no answer in time, 7 the execution under --watch did not succeed, 10 differences.
#[derive(Debug, Parser)]
#[command(name = "sluice", version, max_term_width = 110)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command. A flag counts before its variable, then `.sluice.toml` of the folder, then the configuration of
/// the user.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// The profile, as `sluice login` named it.
    #[arg(
        short,
        long,
        global = true,
        env = "SLUICE_PROFILE",
        value_name = "NAME"
    )]
    pub(crate) profile: Option<String>,
    /// The address of the API; the key then comes from SLUICE_KEY, or from the profile of this address.
    #[arg(long, global = true, env = "SLUICE_URL", value_name = "URL")]
    pub(crate) url: Option<String>,
    /// The form of data on standard output: table, json, jsonl or yaml.
    #[arg(short, long, global = true, env = "SLUICE_OUTPUT", value_name = "FORM")]
    pub(crate) output: Option<Format>,
    /// For how many seconds to wait for an answer.
    #[arg(long, global = true, env = "SLUICE_TIMEOUT", value_name = "SECONDS", default_value_t = 30,
          value_parser = clap::value_parser!(u64).range(1..=900))]
    pub(crate) timeout: u64,
    /// Say yes to every question.
    #[arg(short, long, global = true)]
    pub(crate) yes: bool,
    /// Say only what fails.
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run all of Sluice on this machine, from a checkout, and remember it as the profile `local`.
    Dev(dev::Dev),
    /// Deploy to AWS, from a checkout.
    Deploy(deploy::Deploy),
    /// Remove a deployment from AWS, from a checkout; the data stays.
    Destroy(deploy::Destroy),
    /// Check this machine, the profile and the connection.
    Doctor,
    /// Open the console, or what an id names in it, in the browser.
    Open(open::Open),
    /// Remember an address and its key as a profile.
    Login(login::Login),
    /// Forget the key of a profile.
    Logout(login::Logout),
    /// Show the profile, the org and the plan.
    Whoami,
    /// Show what the org used on each of the last 31 days.
    Usage,
    /// The profiles that are remembered.
    #[command(subcommand)]
    Profile(login::ProfileCommand),
    /// Make workflows, triggers, subscriptions and event types what the files of a folder say.
    Apply(apply::Apply),
    /// Show what `apply` would change; exit code 10 where there is something.
    Diff(apply::Diff),
    /// Write workflows, triggers, subscriptions and event types as files.
    Export(apply::Export),
    /// Workflows.
    #[command(subcommand)]
    Workflow(workflow::WorkflowCommand),
    /// Triggers: the webhooks of a workflow.
    #[command(subcommand)]
    Trigger(trigger::TriggerCommand),
    /// Send a webhook to a trigger.
    Send(send::Send),
    /// Print the body of a sample event; without a name, list the samples.
    Sample(sample::Sample),
    /// Executions: what webhooks have started.
    #[command(subcommand)]
    Execution(execution::ExecutionCommand),
    /// Follow executions as they come and end.
    Tail(tail::Tail),
    /// Send the webhooks of a trigger to this machine, too, byte for byte.
    Listen(listen::Listen),
    /// Subscriptions: who gets events.
    #[command(subcommand)]
    Subscription(subscription::SubscriptionCommand),
    /// Deliveries of events to subscriptions.
    #[command(subcommand)]
    Delivery(delivery::DeliveryCommand),
    /// Events.
    #[command(subcommand)]
    Event(event::EventCommand),
    /// Sign and verify webhooks, without the network.
    #[command(subcommand)]
    Signature(signature::SignatureCommand),
    /// Secrets that workflows use.
    #[command(subcommand)]
    Secret(secret::SecretCommand),
    /// API keys of the org.
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Send any request to the API, with the key.
    Api(api::Api),
    /// Print the completion script of a shell.
    Completion(completion::Completion),
    /// Write the manual pages into a folder.
    #[command(hide = true)]
    Man(completion::Man),
}
