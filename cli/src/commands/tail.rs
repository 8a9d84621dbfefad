//! `tail`: executions as they come, and as their statuses change.

use std::time::Duration;

use clap::Args;
use serde_json::Value;

use super::execution::{Filter, line};
use super::watch::time_of_day;
use crate::context::Context;
use crate::failure::{Exit, Failure, Result};
use crate::find::{self, text};
use crate::follow::{Follower, Patience};
use crate::time;

#[derive(Debug, Args)]
pub(crate) struct Tail {
    /// Of this workflow: id, slug or name. Without it every workflow is asked, which costs reads for each.
    #[arg(short, long, value_name = "WORKFLOW")]
    workflow: Option<String>,
    /// Of this trigger: its id.
    #[arg(short, long, value_name = "TRIGGER")]
    trigger: Option<String>,
    /// Only these statuses; several with commas between them.
    #[arg(short, long, value_name = "STATUS", value_delimiter = ',')]
    status: Vec<String>,
    /// From then on: 10m, a date or a time; from now on by default.
    #[arg(long, value_name = "WHEN", value_parser = time::moment)]
    since: Option<String>,
    /// Stop after so many lines.
    #[arg(short = 'n', long, value_name = "NUMBER")]
    lines: Option<usize>,
    /// Between two looks.
    #[arg(long, value_name = "DURATION", value_parser = time::duration, default_value = "2s")]
    every: Duration,
}

/// Prints a line for each status of each execution, until it is stopped.
pub(crate) fn run(context: &Context, arguments: &Tail) -> Result<Exit> {
    const STATUSES: [&str; 7] = [
        "queued",
        "running",
        "waiting",
        "succeeded",
        "failed",
        "cancelled",
        "rejected",
    ];
    if let Some(wrong) = arguments
        .status
        .iter()
        .find(|status| !STATUSES.contains(&status.as_str()))
    {
        return Err(Failure::usage(format!("{wrong:?} is no status."))
            .hint(format!("There are {}.", STATUSES.join(", "))));
    }
    let client = context.client()?;
    let filter = Filter {
        workflow: arguments.workflow.clone(),
        trigger: arguments.trigger.clone(),
        status: None,
        delivery_id: None,
        parent: None,
        since: None,
        until: None,
    };
    let names: Vec<(String, String)> = find::workflows(&client)?
        .iter()
        .map(|workflow| {
            (
                text(workflow, "id").to_owned(),
                text(workflow, "slug").to_owned(),
            )
        })
        .collect();
    let since = match &arguments.since {
        Some(since) => since.clone(),
        None => time::iso(client.now()?),
    };
    let mut follower = Follower::new(&client, filter.parameters(&client)?, &since);
    let mut patience = Patience::new(arguments.every);
    let mut printed = 0;
    context.out.say("Executions as they come; Ctrl-C stops.");
    loop {
        let news = match follower.changes() {
            Ok(news) => patience.reached(context, news),
            Err(failure) => patience.failed(context, failure)?,
        };
        for execution in news {
            let status = text(&execution, "status");
            if !arguments.status.is_empty()
                && !arguments.status.iter().any(|wanted| wanted == status)
            {
                continue;
            }
            print(context, &execution, &names)?;
            printed += 1;
            if arguments.lines.is_some_and(|lines| printed >= lines) {
                return Ok(Exit::Success);
            }
        }
        patience.pause();
    }
}

fn print(context: &Context, execution: &Value, names: &[(String, String)]) -> Result<()> {
    let id = text(execution, "workflowId");
    let workflow = names
        .iter()
        .find(|(known, _)| known == id)
        .map_or(id, |(_, slug)| slug);
    let at = execution
        .get("finishedAt")
        .and_then(Value::as_str)
        .unwrap_or(text(execution, "createdAt"));
    let status = text(execution, "status");
    if !context.out.is_table() {
        return context.out.stream("", &line(execution));
    }
    let padding = " ".repeat(9_usize.saturating_sub(status.len()));
    let start = format!(
        "{}  {}{padding}",
        crate::output::safe(time_of_day(at)),
        context.out.status(status)
    );
    let rest = crate::output::safe(&format!("  {}  {workflow}", text(execution, "id")));
    let line = format!("{start}{rest}");
    context.out.styled(&format!("{}\n", line.trim_end()))
}
