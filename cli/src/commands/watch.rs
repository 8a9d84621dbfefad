//! Follows one execution to its end.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::Value;

use super::execution::{LOOK_PAUSE, has_ended, show};
use crate::client::{Client, op};
use crate::context::Context;
use crate::failure::{Exit, Failure, Result};
use crate::find::text;
use crate::time;

#[derive(Clone, Debug, Args)]
pub(crate) struct Watch {
    /// Follow it to its end; exit code 7 where it does not succeed.
    #[arg(long)]
    watch: bool,
    /// Stop watching after this time, with exit code 6.
    #[arg(long, value_name = "DURATION", value_parser = time::duration, requires = "watch", default_value = "1h")]
    watch_for: Duration,
}

impl Watch {
    /// Whether to follow.
    pub(crate) fn is_on(&self) -> bool {
        self.watch
    }
}

/// Says each step as it ends, and prints the execution at its end.
pub(crate) fn until_ended(
    context: &Context,
    client: &Client,
    id: &str,
    watch: &Watch,
) -> Result<Exit> {
    let until = Instant::now() + watch.watch_for;
    let mut told = BTreeSet::new();
    let spinner = context.spinner(&format!("{id} is under way"));
    loop {
        let execution = client.call(op::GET_EXECUTION, &[id]).json()?;
        let steps = execution
            .get("steps")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default();
        for step in steps
            .iter()
            .filter(|step| text(step, "status") != "running")
        {
            let visit = step
                .get("visit")
                .and_then(Value::as_u64)
                .unwrap_or_default();
            if told.insert((text(step, "path").to_owned(), visit)) {
                let said = format!(
                    "{}  {}  {}",
                    time_of_day(text(step, "finishedAt")),
                    text(step, "status"),
                    text(step, "name")
                );
                spinner.suspend(|| context.out.say(&said));
            }
        }
        let status = text(&execution, "status");
        if has_ended(status) {
            spinner.finish_and_clear();
            show(context, &execution)?;
            return Ok(if status == "succeeded" {
                Exit::Success
            } else {
                Exit::ExecutionFailed
            });
        }
        if Instant::now() >= until {
            spinner.finish_and_clear();
            return Err(Failure::new(
                Exit::TimedOut,
                format!(
                    "{id} is still {status} after {} s.",
                    watch.watch_for.as_secs()
                ),
            )
            .hint(format!("It goes on: sluice execution show {id} --watch")));
        }
        std::thread::sleep(LOOK_PAUSE);
    }
}

/// Of a time of the API.
pub(crate) fn time_of_day(at: &str) -> &str {
    at.get(11..19).unwrap_or(at)
}
