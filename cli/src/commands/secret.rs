//! `secret`: values that workflows use and nobody is shown.

use clap::Subcommand;
use serde_json::json;

use super::workflow::Limit;
use crate::client::{op, pages};
use crate::context::Context;
use crate::failure::{Exit, Failure, Result};
use crate::output::views;

#[derive(Debug, Subcommand)]
pub(crate) enum SecretCommand {
    /// Set a secret to what comes on standard input, or is typed.
    Set {
        /// Its name.
        name: String,
        /// Take the input as JSON, instead of as a text.
        #[arg(long)]
        json: bool,
    },
    /// List the names of the secrets.
    List(Limit),
    /// Delete a secret.
    Delete {
        /// Its name.
        name: String,
    },
}

/// Runs a command on secrets.
pub(crate) fn run(context: &Context, command: SecretCommand) -> Result<Exit> {
    let client = context.client()?;
    match command {
        SecretCommand::Set { name, json } => {
            let given = context.secret_input(&format!("Value of {name}"))?;
            let value = match json {
                true => serde_json::from_str(given.reveal())
                    .map_err(|_| Failure::usage("The input is no JSON."))?,
                false => json!(given.reveal()),
            };
            if given.reveal().is_empty() {
                return Err(Failure::usage("The input is empty.").hint("Write the value to standard input, such as: printf %s … | sluice secret set NAME"));
            }
            let secret = client
                .call(op::PUT_SECRET, &[&name])
                .body(json!({ "value": value }))
                .json()?;
            context.out.one(&views::SECRET, &secret)?;
        }
        SecretCommand::List(limit) => {
            let items = pages(limit.get(), || client.call(op::LIST_SECRETS, &[]))?;
            context.out.list(&views::SECRET, &items)?;
        }
        SecretCommand::Delete { name } => {
            context.confirm(&format!("Delete the secret {name}?"))?;
            client.call(op::DELETE_SECRET, &[&name]).send()?;
            context.out.say(&format!("{name} is deleted."));
        }
    }
    Ok(Exit::Success)
}
