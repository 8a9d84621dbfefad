//! `dev`: all of Sluice on this machine, as `cargo dev` runs it, remembered as the profile `local`.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use clap::Args;
use serde_json::{Value, json};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::{login, open};
use crate::checkout;
use crate::config::Key;
use crate::context::Context;
use crate::failure::{Doing as _, Exit, Failure, Result};
use crate::find::text;
use crate::output::views;

/// A `dev` that is built already, in place of `cargo dev`.
const DEV_VARIABLE: &str = "SLUICE_DEV";
/// The profile of the stack.
const PROFILE: &str = "local";

#[derive(Debug, Args)]
pub(crate) struct Dev {
    /// Where the API listens; port 0 takes any that is free.
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<String>,
    /// The folder that keeps everything from one start to the next; .sluice of the checkout by default.
    #[arg(long, value_name = "DIR", conflicts_with = "ephemeral")]
    data: Option<String>,
    /// Keep everything in memory; it is gone when this ends.
    #[arg(long)]
    ephemeral: bool,
    /// Open the console in the browser.
    #[arg(long)]
    open: bool,
}

/// Runs until it is stopped.
pub(crate) fn run(context: &Context, arguments: &Dev) -> Result<Exit> {
    let mut child = start(context, arguments)?;
    // The child has to end before this does: it writes what it has in memory.
    let mut signals =
        Signals::new([SIGINT, SIGTERM]).doing(|| "cannot wait for signals".to_owned())?;
    let process = rustix::process::Pid::from_child(&child);
    std::thread::spawn(move || {
        for _ in &mut signals {
            // It has ended already where this fails.
            let _ = rustix::process::kill_process(process, rustix::process::Signal::TERM);
        }
    });
    let output = child
        .stdout
        .take()
        .ok_or_else(|| Failure::failed("The output of `cargo dev` cannot be read."))?;
    let mut lines = BufReader::new(output).lines();
    if let Some(Ok(line)) = lines.next()
        && let Ok(ready) = serde_json::from_str::<Value>(&line)
    {
        is_ready(context, arguments, &ready)?;
    }
    for _ in lines {}
    let status = child
        .wait()
        .doing(|| "cannot wait for `cargo dev`".to_owned())?;
    match status.success() {
        true => Ok(Exit::Success),
        false => Err(Failure::failed("Sluice ended; its reason is above.")
            .hint("Where its port is taken: sluice dev --listen 127.0.0.1:0")),
    }
}

fn start(context: &Context, arguments: &Dev) -> Result<Child> {
    let built = std::env::var_os(DEV_VARIABLE).filter(|path| !path.is_empty());
    let mut command = match &built {
        Some(path) => Command::new(path),
        None => {
            let root = checkout::required("dev")?;
            if !checkout::has("cargo") {
                return Err(Failure::failed("There is no cargo, which builds it.")
                    .hint("Install Rust: https://rustup.rs"));
            }
            context
                .out
                .say("Building; the first time, this takes minutes.");
            let mut command = Command::new("cargo");
            command.arg("dev").current_dir(root);
            command
        }
    };
    command.arg("--json");
    if let Some(listen) = &arguments.listen {
        command.args(["--listen", listen]);
    }
    if let Some(data) = &arguments.data {
        let data = std::path::absolute(data).doing(|| format!("cannot find {data}"))?;
        command.arg("--data").arg(data);
    }
    if arguments.ephemeral {
        command.arg("--ephemeral");
    }
    command
        .stdout(Stdio::piped())
        .spawn()
        .doing(|| "cannot start `cargo dev`".to_owned())
}

/// Says where it is, without its key, which the profile has.
fn is_ready(context: &Context, arguments: &Dev, ready: &Value) -> Result<()> {
    let url = text(ready, "baseUrl");
    login::remember(PROFILE, url, Key::new(text(ready, "adminKey")))?;
    let shown = json!({
        "baseUrl": url,
        "workflowId": ready.get("workflowId"),
        "webhookUrl": ready.get("webhookUrl"),
        "profile": PROFILE,
    });
    context.out.one(&views::LOCAL, &shown)?;
    context.out.say(&format!(
        "\nSluice is running. In another terminal:\n\n  sluice send --sample github-push --to Demo\n  sluice tail\n\n\
         Where another profile is in use: sluice --profile {PROFILE} …. Ctrl-C stops."
    ));
    if arguments.open {
        open::browse(context, &format!("{url}/console"));
    }
    Ok(())
}
