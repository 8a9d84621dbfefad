//! `key`: the API keys of the org.

use clap::Subcommand;
use serde_json::{Value, json};

use super::workflow::Limit;
use crate::client::{op, pages};
use crate::context::Context;
use crate::failure::{Exit, Result};
use crate::output::views;
use crate::time;

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Create a key; it is printed once, and never again.
    Create {
        /// What it is for.
        name: String,
        /// What it may do: read, publish or admin; several times for several.
        #[arg(long = "scope", value_name = "SCOPE", default_value = "read")]
        scopes: Vec<String>,
        /// It ends then: a date or a time; never by default.
        #[arg(long, value_name = "WHEN")]
        expires_at: Option<String>,
    },
    /// List keys, without what is secret of them.
    List(Limit),
    /// End a key within five seconds.
    Revoke {
        /// Its id.
        key: String,
    },
}

/// Runs a command on keys.
pub(crate) fn run(context: &Context, command: KeyCommand) -> Result<Exit> {
    let client = context.client()?;
    match command {
        KeyCommand::Create {
            name,
            scopes,
            expires_at,
        } => {
            let mut body = json!({ "name": name, "scopes": scopes });
            if let (Some(at), Value::Object(members)) = (expires_at, &mut body) {
                let at = time::moment(&at).map_err(crate::failure::Failure::usage)?;
                members.insert("expiresAt".to_owned(), json!(at));
            }
            let key = client.call(op::CREATE_KEY, &[]).body(body).json()?;
            context.out.one(&views::CREATED_API_KEY, &key)?;
            context.out.say("The key is shown this once: keep it.");
        }
        KeyCommand::List(limit) => {
            let items = pages(limit.get(), || client.call(op::LIST_KEYS, &[]))?;
            context.out.list(&views::API_KEY, &items)?;
        }
        KeyCommand::Revoke { key } => {
            context.confirm(&format!(
                "Revoke {key}? Whoever uses it is refused from then on."
            ))?;
            client.call(op::REVOKE_KEY, &[&key]).send()?;
            context.out.say(&format!("{key} is revoked."));
        }
    }
    Ok(Exit::Success)
}
