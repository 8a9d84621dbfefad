//! `event`: publishes an event of the org to its subscriptions.

use clap::Subcommand;
use serde_json::{Value, json};

use crate::client::op;
use crate::context::{Context, text_file};
use crate::failure::{Exit, Failure, Result};
use crate::find;
use crate::output::views;

#[derive(Debug, Subcommand)]
pub(crate) enum EventCommand {
    /// Publish an event.
    Publish {
        /// Its type, as `sluice apply` or the API declared it.
        #[arg(value_name = "TYPE")]
        kind: String,
        /// Its data: JSON, @FILE with JSON or YAML, or @- for standard input.
        #[arg(short, long, value_name = "JSON", default_value = "{}")]
        data: String,
        /// The workflow that it is of, for subscriptions that ask for one.
        #[arg(short, long, value_name = "WORKFLOW")]
        workflow: Option<String>,
        /// The slug that it has, for subscriptions that ask for one.
        #[arg(long, value_name = "SLUG")]
        slug: Option<String>,
    },
}

/// Publishes it.
pub(crate) fn run(context: &Context, command: EventCommand) -> Result<Exit> {
    let EventCommand::Publish {
        kind,
        data,
        workflow,
        slug,
    } = command;
    let client = context.client()?;
    let data: Value = match data.strip_prefix('@') {
        Some(path) => crate::context::yaml(&text_file(path)?)
            .map_err(|error| Failure::usage(format!("{path} is neither JSON nor YAML: {error}")))?,
        None => serde_json::from_str(&data)
            .map_err(|error| Failure::usage(format!("The data is no JSON: {error}")))?,
    };
    let mut body = json!({ "type": kind, "data": data });
    if let Value::Object(members) = &mut body {
        if let Some(named) = workflow {
            members.insert(
                "workflowId".to_owned(),
                json!(find::workflow(&client, &named)?),
            );
        }
        if let Some(slug) = slug {
            members.insert("slug".to_owned(), json!(slug));
        }
    }
    let event = client.call(op::PUBLISH, &[]).body(body).json()?;
    context.out.one(&views::EVENT, &event)?;
    Ok(Exit::Success)
}
