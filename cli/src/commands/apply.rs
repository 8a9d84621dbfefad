//! `apply`, `diff` and `export`: resources as files.

use std::path::PathBuf;

use clap::Args;
use serde_json::Value;

use crate::apply::{Action, Plan, State, export as write_files, plan, read, run as carry_out};
use crate::client::Client;
use crate::context::Context;
use crate::failure::{Doing as _, Exit, Failure, Result};
use crate::output::views;

/// Which files.
#[derive(Debug, Args)]
struct Source {
    /// The folder with the files.
    #[arg(short, long = "folder", value_name = "DIR")]
    folder: PathBuf,
    /// Also delete what no file has.
    #[arg(long)]
    prune: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Apply {
    #[command(flatten)]
    source: Source,
    /// Only show what would change.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    #[command(flatten)]
    source: Source,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The folder that is written.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
}

/// Makes what there is what the files say.
pub(crate) fn apply(context: &Context, arguments: &Apply) -> Result<Exit> {
    let client = context.client()?;
    let (plan, state) = compared(context, &client, &arguments.source)?;
    show(context, &plan)?;
    if arguments.dry_run || plan.steps.is_empty() {
        return Ok(Exit::Success);
    }
    let deleted = plan.count(Action::Delete);
    if deleted > 0 {
        context.confirm(&format!("Delete {deleted} that no file has?"))?;
    }
    carry_out(context, &client, &plan, &state)?;
    context.out.say("Applied.");
    if plan.makes_secrets() {
        context.out.say("New triggers with a scheme have random secrets: `sluice trigger rotate-secret TRIGGER` makes and shows one.");
    }
    Ok(Exit::Success)
}

/// Shows what would change.
pub(crate) fn diff(context: &Context, arguments: &Diff) -> Result<Exit> {
    let client = context.client()?;
    let (plan, _) = compared(context, &client, &arguments.source)?;
    show(context, &plan)?;
    match plan.steps.is_empty() {
        true => Ok(Exit::Success),
        false => Ok(Exit::Differences),
    }
}

fn compared(context: &Context, client: &Client, source: &Source) -> Result<(Plan, State)> {
    let files = read(&source.folder)?;
    let state = State::read(context, client, |slug| {
        files.workflows.iter().any(|workflow| workflow.slug == slug)
    })?;
    Ok((plan(&files, &state, source.prune), state))
}

fn show(context: &Context, plan: &Plan) -> Result<()> {
    let rows: Vec<Value> = plan.steps.iter().map(|step| step.row()).collect();
    if !rows.is_empty() || !context.out.is_table() {
        context.out.list(&views::CHANGE, &rows)?;
    }
    let count = |action| plan.count(action);
    context.out.say(&format!(
        "{} to create, {} to change, {} to delete; {} as the files say.",
        count(Action::Create),
        count(Action::Change),
        count(Action::Delete),
        plan.same
    ));
    Ok(())
}

/// Writes what there is as files.
pub(crate) fn export(context: &Context, arguments: &Export) -> Result<Exit> {
    let folder = &arguments.to;
    let entries = std::fs::read_dir(folder).map(Iterator::count);
    match entries {
        Ok(0) => {}
        Ok(_) => context.confirm(&format!(
            "{} is not empty. Write over files of the same names?",
            folder.display()
        ))?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => {
            return Err(Failure::usage(format!(
                "cannot read {}: {error}",
                folder.display()
            )));
        }
    }
    std::fs::create_dir_all(folder).doing(|| format!("cannot make {}", folder.display()))?;
    let state = State::read(context, &context.client()?, |_| true)?;
    let written = write_files(&state, folder)?;
    context
        .out
        .say(&format!("{written} files are in {}.", folder.display()));
    Ok(Exit::Success)
}
