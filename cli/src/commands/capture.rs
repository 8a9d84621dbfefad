//! `trigger capture`: the next request to a trigger becomes its sample.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::trigger::url;
use crate::client::{Client, op};
use crate::context::Context;
use crate::failure::{Exit, Failure, Result};
use crate::find::{self, text};
use crate::output::views;

/// Between two looks at what was captured.
const CAPTURE_PAUSE: Duration = Duration::from_secs(1);
/// The window is open for three minutes, after at most a few seconds.
const MAX_CAPTURE: Duration = Duration::from_secs(200);

/// Opens the window, waits for a request, and takes it after a question.
pub(crate) fn run(context: &Context, client: &Client, named: &str) -> Result<Exit> {
    let found = find::trigger(client, named)?;
    let ids = [found.workflow.as_str(), found.trigger.as_str()];
    client.call(op::OPEN_CAPTURE, &ids).json()?;
    context
        .out
        .say("The next request to the trigger becomes its sample. For three minutes, send it to");
    context.out.say(&format!("  {}", url(client, &found)?));
    let spinner = context.spinner("waiting for a request");
    let until = Instant::now() + MAX_CAPTURE;
    let capture = loop {
        let capture = client.call(op::GET_CAPTURE, &ids).json()?;
        match text(&capture, "state") {
            "pending" | "open" if Instant::now() < until => std::thread::sleep(CAPTURE_PAUSE),
            "captured" => break capture,
            _ => {
                spinner.finish_and_clear();
                return Err(
                    Failure::new(Exit::TimedOut, "No request came in three minutes.")
                        .hint("Run it again, and send one."),
                );
            }
        }
    };
    spinner.finish_and_clear();
    let parameters = capture
        .get("parameters")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    match context.out.is_table() {
        true => context.out.list(&views::PARAMETER, &parameters)?,
        false => context.out.value(&capture)?,
    }
    if !context.asks("Take it as the sample, with these parameters?")? {
        client.call(op::CLOSE_CAPTURE, &ids).send()?;
        context
            .out
            .say("It is dropped; the trigger has the sample that it had.");
        return Ok(Exit::Success);
    }
    client.call(op::CONFIRM_CAPTURE, &ids).json()?;
    context
        .out
        .say(&format!("It is the sample of {}.", found.trigger));
    Ok(Exit::Success)
}
