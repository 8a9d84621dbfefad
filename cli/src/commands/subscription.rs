//! `subscription`: who gets events.

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::workflow::Limit;
use crate::client::{op, pages};
use crate::context::{Context, text_file};
use crate::failure::{Exit, Result};
use crate::find;
use crate::output::views;
use crate::time;

#[derive(Debug, Subcommand)]
pub(crate) enum SubscriptionCommand {
    /// List subscriptions.
    List(Limit),
    /// Show a subscription.
    Show {
        /// Its id.
        subscription: String,
    },
    /// Create a subscription, and print the secret that its deliveries are signed with.
    Create(Create),
    /// Send a test event to a subscription.
    Test {
        /// Its id.
        subscription: String,
    },
    /// Send again what failed or was missed.
    Recover {
        /// Its id.
        subscription: String,
        /// Of events since: 10m, 2h, 7d, a date or a time.
        #[arg(long, value_name = "WHEN", value_parser = time::moment)]
        since: String,
        /// Of events before.
        #[arg(long, value_name = "WHEN", value_parser = time::moment)]
        until: Option<String>,
    },
    /// Delete a subscription; deliveries that are under way are cancelled.
    Delete {
        /// Its id.
        subscription: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// Where deliveries go.
    #[arg(long = "to", value_name = "URL")]
    to: String,
    /// An event type that is delivered; several times for several.
    #[arg(long = "event", value_name = "TYPE", required = true)]
    events: Vec<String>,
    /// Only events of this workflow: id, slug or name; several times for several.
    #[arg(long = "workflow", value_name = "WORKFLOW")]
    workflows: Vec<String>,
    /// The template of the body.
    #[arg(long, value_name = "FILE")]
    template: Option<String>,
}

/// Runs a command on subscriptions.
pub(crate) fn run(context: &Context, command: SubscriptionCommand) -> Result<Exit> {
    let client = context.client()?;
    match command {
        SubscriptionCommand::List(limit) => {
            let items = pages(limit.get(), || client.call(op::LIST_SUBSCRIPTIONS, &[]))?;
            context.out.list(&views::SUBSCRIPTION, &items)?;
        }
        SubscriptionCommand::Show { subscription } => {
            let shown = client.call(op::GET_SUBSCRIPTION, &[&subscription]).json()?;
            context.out.one(&views::SUBSCRIPTION, &shown)?;
        }
        SubscriptionCommand::Create(arguments) => {
            let mut body = Map::new();
            body.insert("url".to_owned(), json!(arguments.to));
            body.insert("events".to_owned(), json!(arguments.events));
            let workflows: Result<Vec<String>> = arguments
                .workflows
                .iter()
                .map(|named| find::workflow(&client, named))
                .collect();
            body.insert("workflowIds".to_owned(), json!(workflows?));
            if let Some(path) = &arguments.template {
                body.insert("format".to_owned(), json!("custom"));
                body.insert("template".to_owned(), json!(text_file(path)?));
            }
            let created = client
                .call(op::CREATE_SUBSCRIPTION, &[])
                .body(Value::Object(body))
                .json()?;
            context.out.one(&views::NEW_SUBSCRIPTION, &created)?;
        }
        SubscriptionCommand::Test { subscription } => {
            let sent = client
                .call(op::TEST_SUBSCRIPTION, &[&subscription])
                .json()?;
            context.out.one(&views::TEST_EVENT, &sent)?;
        }
        SubscriptionCommand::Recover {
            subscription,
            since,
            until,
        } => {
            let recovered = recover(context, &client, &subscription, &since, until.as_ref())?;
            context
                .out
                .one(&views::RECOVERY, &json!({ "recovered": recovered }))?;
        }
        SubscriptionCommand::Delete { subscription } => {
            context.confirm(&format!("Delete the subscription {subscription}?"))?;
            client
                .call(op::DELETE_SUBSCRIPTION, &[&subscription])
                .send()?;
            context.out.say(&format!("{subscription} is deleted."));
        }
    }
    Ok(Exit::Success)
}

fn recover(
    context: &Context,
    client: &crate::client::Client,
    id: &str,
    since: &str,
    until: Option<&String>,
) -> Result<u64> {
    let spinner = context.spinner("recovering");
    let (mut sum, mut cursor) = (0, None::<String>);
    loop {
        let call = client
            .call(op::RECOVER, &[id])
            .query("since", since)
            .maybe("until", until);
        let part = call.maybe("cursor", cursor.as_ref()).json()?;
        sum += part
            .get("recovered")
            .and_then(Value::as_u64)
            .unwrap_or_default();
        spinner.set_message(format!("{sum} recovered"));
        let next = part
            .get("nextCursor")
            .and_then(Value::as_str)
            .map(str::to_owned);
        if next.is_none() || next == cursor {
            spinner.finish_and_clear();
            return Ok(sum);
        }
        cursor = next;
    }
}
