//! `execution replay`: one request again, or all that filters find, with an account of it before.

use std::time::Duration;

use clap::Args;
use serde_json::{Map, Value, json};

use super::execution::Filter;
use super::watch::{self, Watch};
use crate::client::{Client, op};
use crate::context::{Context, file};
use crate::failure::{Exit, Failure, Result};
use crate::find::text;
use crate::output::views;

/// Whoever has to wait for longer between two parts is told so instead.
const MAX_PAUSE_SECONDS: u64 = 120;

#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// The execution; without it, the filters say which.
    #[arg(conflicts_with_all = ["workflow", "trigger", "status", "delivery_id", "parent", "since", "until", "dry_run"])]
    execution: Option<String>,
    #[command(flatten)]
    filter: Filter,
    /// With the version of the workflow that ran then, instead of the current one.
    #[arg(long)]
    original: bool,
    /// Another body in place of the request's own, in JSON; - for standard input.
    #[arg(long, value_name = "FILE", requires = "execution")]
    body: Option<String>,
    /// What was replayed by a filter before is replayed again under another key, such as the date.
    #[arg(long, value_name = "KEY", conflicts_with = "execution")]
    again: Option<String>,
    /// Only count what would be replayed.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    watch: Watch,
}

/// Replays.
pub(crate) fn run(context: &Context, client: &Client, arguments: &Replay) -> Result<Exit> {
    match &arguments.execution {
        Some(id) => one(context, client, id, arguments),
        None => all(context, client, arguments),
    }
}

fn version(arguments: &Replay) -> &'static str {
    if arguments.original {
        "original"
    } else {
        "current"
    }
}

fn one(context: &Context, client: &Client, id: &str, arguments: &Replay) -> Result<Exit> {
    let mut body = json!({ "version": version(arguments) });
    if let (Some(path), Value::Object(members)) = (&arguments.body, &mut body) {
        let given = serde_json::from_slice(&file(path)?)
            .map_err(|error| Failure::usage(format!("{path} is no JSON: {error}")))?;
        members.insert("body".to_owned(), given);
    }
    let replayed = client.call(op::REPLAY, &[id]).body(body).json()?;
    if arguments.watch.is_on() {
        return watch::until_ended(context, client, text(&replayed, "id"), &arguments.watch);
    }
    context.out.one(&views::LISTED_EXECUTION, &replayed)?;
    Ok(Exit::Success)
}

fn all(context: &Context, client: &Client, arguments: &Replay) -> Result<Exit> {
    let parameters = arguments.filter.parameters(client)?;
    if parameters.is_empty() {
        return Err(Failure::usage("It is not said what to replay.").hint(
            "Name an execution, or filters such as --workflow orders --status failed --since 1h.",
        ));
    }
    let mut filter: Map<String, Value> = parameters
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Value::String(value)))
        .collect();
    // What is made meanwhile is not meant, above all the replays themselves.
    if !filter.contains_key("until") {
        // A second later, since the clock was read in whole ones.
        let until = client.now()? + std::time::Duration::from_secs(1);
        filter.insert("until".to_owned(), json!(crate::time::iso(until)));
    }
    filter.insert("version".to_owned(), json!(version(arguments)));
    let counted = parts(context, client, (&filter, arguments), None)?;
    let matched = counted
        .get("matched")
        .and_then(Value::as_u64)
        .unwrap_or_default();
    if arguments.dry_run || matched == 0 {
        context.out.one(&views::REPLAYS, &counted)?;
        return Ok(Exit::Success);
    }
    context.confirm(&format!("Replay {matched} executions?"))?;
    let done = parts(context, client, (&filter, arguments), Some(matched))?;
    context.out.one(&views::REPLAYS, &done)?;
    Ok(Exit::Success)
}

/// Request by request, until there is no more; the sum of their counts. Without a number to replay it only counts.
fn parts(
    context: &Context,
    client: &Client,
    (filter, arguments): (&Map<String, Value>, &Replay),
    of: Option<u64>,
) -> Result<Value> {
    const COUNTS: [&str; 4] = ["matched", "replayed", "repeated", "skipped"];
    let mut sums = [0; COUNTS.len()];
    let mut body = filter.clone();
    let dry_run = of.is_none();
    body.insert("dryRun".to_owned(), json!(dry_run));
    let bar = match of {
        Some(of) => context.bar(of, "replaying"),
        None => context.spinner("counting"),
    };
    loop {
        let part = client
            .call(op::REPLAY_ALL, &[])
            .body(Value::Object(body.clone()))
            .keyed_by(arguments.again.clone())
            .json()?;
        for (sum, name) in sums.iter_mut().zip(COUNTS) {
            *sum += part.get(name).and_then(Value::as_u64).unwrap_or_default();
        }
        if of.is_some() {
            bar.set_position(sums[0]);
        }
        let next = part.get("nextCursor").and_then(Value::as_str);
        let Some(next) =
            next.filter(|next| body.get("cursor").and_then(Value::as_str) != Some(next))
        else {
            break;
        };
        body.insert("cursor".to_owned(), json!(next));
        let pause = part
            .get("retryAfter")
            .and_then(Value::as_u64)
            .unwrap_or_default();
        if pause > MAX_PAUSE_SECONDS {
            return Err(Failure::failed(format!(
                "{} are replayed; the rate limit allows the next in {pause} s.",
                sums[1]
            ))
            .hint("Run the same then: nothing is replayed twice."));
        }
        std::thread::sleep(Duration::from_secs(pause));
    }
    bar.finish_and_clear();
    let [matched, replayed, repeated, skipped] = sums;
    Ok(
        json!({ "dryRun": dry_run, "matched": matched, "replayed": replayed, "repeated": repeated, "skipped": skipped }),
    )
}
