//! `execution`: what webhooks have started, with their steps and requests.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::replay::{self, Replay};
use super::watch;
use crate::client::{Client, op, pages};
use crate::context::Context;
use crate::failure::{Exit, Result};
use crate::find::{self, text};
use crate::output::{View, views};
use crate::time;

#[derive(Debug, Subcommand)]
pub(crate) enum ExecutionCommand {
    /// List executions, the newest first.
    List {
        #[command(flatten)]
        filter: Filter,
        /// How many to show.
        #[arg(long, value_name = "NUMBER", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=10_000))]
        limit: u64,
    },
    /// Show an execution with its steps and deliveries.
    Show {
        /// Its id.
        execution: String,
        #[command(flatten)]
        watch: watch::Watch,
    },
    /// Show the request that an execution began with.
    Request {
        /// Its id.
        execution: String,
        /// Print the body alone, byte for byte.
        #[arg(long)]
        raw: bool,
    },
    /// Run requests again: that of one execution, or those of all that filters find.
    Replay(Replay),
    /// End an execution.
    Cancel {
        /// Its id.
        execution: String,
    },
}

/// Which executions.
#[derive(Debug, Args)]
pub(crate) struct Filter {
    /// Of this workflow: id, slug or name.
    #[arg(short, long, value_name = "WORKFLOW")]
    pub(crate) workflow: Option<String>,
    /// Of this trigger: its id.
    #[arg(short, long, value_name = "TRIGGER")]
    pub(crate) trigger: Option<String>,
    /// queued, running, waiting, succeeded, failed, cancelled or rejected; several with commas between them.
    #[arg(short, long, value_name = "STATUS")]
    pub(crate) status: Option<String>,
    /// Of the webhook with this delivery id.
    #[arg(long, value_name = "ID")]
    pub(crate) delivery_id: Option<String>,
    /// Run by this execution.
    #[arg(long, value_name = "EXECUTION")]
    pub(crate) parent: Option<String>,
    /// Created since: 10m, 2h, 7d, a date or a time.
    #[arg(long, value_name = "WHEN", value_parser = time::moment)]
    pub(crate) since: Option<String>,
    /// Created before.
    #[arg(long, value_name = "WHEN", value_parser = time::moment)]
    pub(crate) until: Option<String>,
}

impl Filter {
    /// The parameters of the API, in its words; workflows by their ids.
    pub(crate) fn parameters(&self, client: &Client) -> Result<Vec<(&'static str, String)>> {
        let workflow = match &self.workflow {
            Some(named) => Some(find::workflow(client, named)?),
            None => None,
        };
        let all = [
            ("workflowId", workflow.as_ref()),
            ("triggerId", self.trigger.as_ref()),
            ("status", self.status.as_ref()),
            ("deliveryId", self.delivery_id.as_ref()),
            ("parentId", self.parent.as_ref()),
            ("since", self.since.as_ref()),
            ("until", self.until.as_ref()),
        ];
        let given = all
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?.clone())));
        Ok(given.collect())
    }
}

/// Runs a command on executions.
pub(crate) fn run(context: &Context, command: ExecutionCommand) -> Result<Exit> {
    let client = context.client()?;
    match command {
        ExecutionCommand::List { filter, limit } => {
            let parameters = filter.parameters(&client)?;
            let page = || {
                parameters.iter().fold(
                    client.call(op::LIST_EXECUTIONS, &[]),
                    |call, (name, value)| call.query(name, value.clone()),
                )
            };
            let items = pages(usize::try_from(limit).unwrap_or(find::ALL), page)?;
            context.out.list(&views::LISTED_EXECUTION, &items)?;
        }
        ExecutionCommand::Show { execution, watch } if watch.is_on() => {
            return watch::until_ended(context, &client, &execution, &watch);
        }
        ExecutionCommand::Show { execution, .. } => {
            let shown = client.call(op::GET_EXECUTION, &[&execution]).json()?;
            show(context, &with_all_steps(&client, shown)?)?;
        }
        ExecutionCommand::Request { execution, raw } => request(context, &client, &execution, raw)?,
        ExecutionCommand::Replay(arguments) => return replay::run(context, &client, &arguments),
        ExecutionCommand::Cancel { execution } => {
            let cancelled = client.call(op::CANCEL, &[&execution]).json()?;
            show(context, &cancelled)?;
        }
    }
    Ok(Exit::Success)
}

/// Prints an execution, its steps and its deliveries.
pub(crate) fn show(context: &Context, execution: &Value) -> Result<()> {
    context.out.one(&views::EXECUTION, execution)?;
    if !context.out.is_table() {
        return Ok(());
    }
    part(context, execution, "steps", &views::STEP)?;
    part(context, execution, "deliveries", &views::CAUSED_DELIVERY)
}

/// The list in a member, under an empty line; nothing where it is empty.
pub(crate) fn part(context: &Context, whole: &Value, name: &str, view: &View) -> Result<()> {
    let items = whole.get(name).and_then(Value::as_array);
    match items.filter(|items| !items.is_empty()) {
        Some(items) => {
            context.out.styled("\n")?;
            context.out.list(view, items)
        }
        None => Ok(()),
    }
}

/// An answer has the first steps only.
fn with_all_steps(client: &Client, mut execution: Value) -> Result<Value> {
    let id = text(&execution, "id").to_owned();
    let mut cursor = execution
        .get("nextStepsCursor")
        .and_then(Value::as_str)
        .map(str::to_owned);
    while let Some(at) = cursor {
        let mut page = client
            .call(op::LIST_STEPS, &[&id])
            .query("cursor", at.clone())
            .query("limit", "1000")
            .json()?;
        let next = page
            .get("nextCursor")
            .and_then(Value::as_str)
            .map(str::to_owned);
        if let (Some(Value::Array(steps)), Some(Value::Array(more))) = (
            execution.get_mut("steps"),
            page.get_mut("items").map(Value::take),
        ) {
            steps.extend(more);
        }
        cursor = next.filter(|next| *next != at);
    }
    if let Value::Object(members) = &mut execution {
        members.insert("nextStepsCursor".to_owned(), Value::Null);
    }
    Ok(execution)
}

fn request(context: &Context, client: &Client, id: &str, raw: bool) -> Result<()> {
    if raw {
        let answer = client
            .call(op::GET_REQUEST, &[id])
            .query("raw", "true")
            .send()?;
        return context.out.bytes(&answer.body);
    }
    let request = client.call(op::GET_REQUEST, &[id]).json()?;
    if !context.out.is_table() {
        return context.out.value(&request);
    }
    context.out.one(&views::REQUEST, &request)?;
    let headers = request.get("headers").and_then(Value::as_object);
    let lines = headers
        .into_iter()
        .flatten()
        .map(|(name, value)| format!("{name}: {}", value.as_str().unwrap_or_default()));
    let lines = lines.collect::<Vec<_>>().join("\n");
    context.out.text(&format!("\n{lines}\n"))?;
    match text(&request, "bodyEncoding") {
        "utf-8" => context.out.text(text(&request, "body")),
        _ => {
            let bytes = text(&request, "body").len() / 4 * 3;
            context.out.say(&format!(
                "The body is no text, of about {bytes} bytes: --raw prints it."
            ));
            Ok(())
        }
    }
}

/// The id of the execution that an answer started.
pub(crate) fn started(answer: &Value) -> Option<&str> {
    answer
        .get("executionId")
        .or_else(|| answer.get("id"))
        .and_then(Value::as_str)
}

/// Between two looks at an execution.
pub(crate) const LOOK_PAUSE: Duration = Duration::from_millis(500);

/// An execution that has ended.
pub(crate) fn has_ended(status: &str) -> bool {
    matches!(status, "succeeded" | "failed" | "cancelled" | "rejected")
}

/// One line of a list for programs.
pub(crate) fn line(execution: &Value) -> Value {
    json!({
        "id": execution.get("id"),
        "status": execution.get("status"),
        "workflowId": execution.get("workflowId"),
        "triggerId": execution.get("triggerId"),
        "deliveryId": execution.get("deliveryId"),
        "createdAt": execution.get("createdAt"),
        "finishedAt": execution.get("finishedAt"),
    })
}
