//! `listen`: the webhooks of a trigger, sent to a receiver on this machine, too, byte for byte. It reads them from the history,
//! in which none is missing, and remembers how far it came: a closed lid or a restart loses nothing.

mod progress;

use std::time::{Duration, Instant};

use base64::Engine as _;
use clap::Args;
use reqwest::Method;
use reqwest::blocking::Client as Http;
use serde_json::{Value, json};

use self::progress::{Progress, ProgressFile};
use super::watch::time_of_day;
use crate::client::{self, Answer, Client, op};
use crate::context::Context;
use crate::failure::{Doing as _, Exit, Failure, Result};
use crate::find::{self, text};
use crate::follow::{Follower, Patience};
use crate::time;

/// Of a receiver's answer, so much is shown.
const MAX_SHOWN_CHARS: usize = 2_000;
/// Headers of the connection, or of the way, and not of the sender.
const NOT_FORWARDED: [&str; 9] = [
    "host",
    "content-length",
    "connection",
    "transfer-encoding",
    "te",
    "upgrade",
    "x-forwarded-for",
    "x-forwarded-port",
    "x-forwarded-proto",
];

#[derive(Debug, Args)]
pub(crate) struct Listen {
    /// The receiver, such as http://localhost:3000/webhooks.
    #[arg(long, value_name = "URL")]
    forward_to: String,
    /// The trigger: its id, or its workflow where that has only one.
    #[arg(long, value_name = "TRIGGER")]
    trigger: String,
    /// From then on: 10m, a date or a time; else from where the last `listen` of this trigger ended, if that was within a day.
    #[arg(long, value_name = "WHEN", value_parser = time::moment)]
    since: Option<String>,
    /// Stop after so many webhooks.
    #[arg(short = 'n', long, value_name = "NUMBER")]
    webhooks: Option<usize>,
    /// Between two looks.
    #[arg(long, value_name = "DURATION", value_parser = time::duration, default_value = "2s")]
    every: Duration,
}

/// Forwards each webhook once, the oldest first, until it is stopped.
pub(crate) fn run(context: &Context, arguments: &Listen) -> Result<Exit> {
    let receiver = receiver(&arguments.forward_to)?;
    let client = context.client()?;
    let found = find::trigger(&client, &arguments.trigger)?;
    let mut file = ProgressFile::of(&client, &found)?;
    let progress = match &arguments.since {
        Some(since) => Progress::from(since.clone()),
        None => file.read(context, client.now()?),
    };
    let filter = vec![
        ("workflowId", found.workflow.clone()),
        ("triggerId", found.trigger.clone()),
    ];
    let mut follower = Follower::new(&client, filter, &progress.newest).with_seen(progress.seen);
    context.out.say(&format!(
        "Webhooks of {} go to {}, too; Ctrl-C stops.",
        found.trigger, arguments.forward_to
    ));
    context.out.say("The workflow runs for each of them as ever: this sends a copy, and its answer goes to nobody.");
    let http = client::http(context.timeout(), receiver.as_str())?;
    let mut patience = Patience::new(arguments.every);
    let mut forwarded = 0;
    loop {
        let news = match follower.new_executions() {
            Ok(news) => patience.reached(context, news),
            Err(failure) => patience.failed(context, failure)?,
        };
        for execution in news {
            if is_webhook(&execution) && forward(context, (&client, &http), &execution, &receiver)?
            {
                forwarded += 1;
            }
            follower.done(&execution);
            file.store(&follower)?;
            if arguments
                .webhooks
                .is_some_and(|webhooks| forwarded >= webhooks)
            {
                return Ok(Exit::Success);
            }
        }
        file.store_idle(&follower)?;
        patience.pause();
    }
}

/// Children of other executions and runs of samples had no sender.
fn is_webhook(execution: &Value) -> bool {
    execution.get("parentId").is_none_or(Value::is_null)
        && execution.get("test") != Some(&Value::Bool(true))
}

/// Sends one webhook until the receiver takes it, and prints the answer; whether there was one to send.
fn forward(
    context: &Context,
    (client, http): (&Client, &Http),
    execution: &Value,
    receiver: &reqwest::Url,
) -> Result<bool> {
    let id = text(execution, "id");
    let mut patience = Patience::new(Duration::from_secs(1));
    let request = loop {
        match client.call(op::GET_REQUEST, &[id]).json() {
            Ok(request) => break request,
            Err(failure) if failure.exit == Exit::NotFound => {
                context.out.say(&format!("{id} has been deleted."));
                return Ok(false);
            }
            Err(failure) => patience.failed::<()>(context, failure)?,
        }
        patience.pause();
    };
    let body = body(&request).doing(|| format!("cannot read the request of {id}"))?;
    let begun = Instant::now();
    let answer = loop {
        match send(http, &request, &body, receiver) {
            // Nobody listens yet: it keeps its turn.
            Err(lost) if lost.unconnected => {
                let failure = lost.failure(receiver.as_str(), context.timeout());
                patience.failed::<()>(context, failure)?;
                patience.pause();
            }
            answered => break answered,
        }
    };
    let milliseconds = begun.elapsed().as_millis();
    print(context, execution, &request, answer.as_ref(), milliseconds)?;
    Ok(true)
}

fn send(
    http: &Http,
    request: &Value,
    body: &[u8],
    receiver: &reqwest::Url,
) -> std::result::Result<Answer, client::NoAnswer> {
    let method = Method::from_bytes(text(request, "method").as_bytes()).unwrap_or(Method::POST);
    let mut url = receiver.clone();
    let query = request
        .get("query")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    if !query.is_empty() {
        let mut pairs = url.query_pairs_mut();
        for pair in query {
            pairs.append_pair(text(pair, "name"), text(pair, "value"));
        }
    }
    let mut builder = http.request(method, url);
    let headers = request
        .get("headers")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    for (name, value) in headers.filter(|(name, _)| !NOT_FORWARDED.contains(&name.as_str())) {
        builder = builder.header(name, value.as_str().unwrap_or_default());
    }
    client::send(builder.body(body.to_vec()))
}

fn body(request: &Value) -> Result<Vec<u8>, base64::DecodeError> {
    let body = text(request, "body");
    match text(request, "bodyEncoding") {
        "base64" => base64::engine::general_purpose::STANDARD.decode(body),
        _ => Ok(body.as_bytes().to_vec()),
    }
}

fn print(
    context: &Context,
    execution: &Value,
    request: &Value,
    answer: Result<&Answer, &client::NoAnswer>,
    milliseconds: u128,
) -> Result<()> {
    let (id, method) = (text(execution, "id"), text(request, "method"));
    let (status, shown) = match answer {
        Ok(answer) => (
            Some(answer.status),
            String::from_utf8_lossy(&answer.body)
                .chars()
                .take(MAX_SHOWN_CHARS)
                .collect(),
        ),
        Err(lost) if lost.timed_out => (None, "the receiver did not answer in time".to_owned()),
        Err(_) => (
            None,
            "the receiver closed the connection without an answer".to_owned(),
        ),
    };
    let value = json!({ "executionId": id, "method": method, "status": status, "milliseconds": u64::try_from(milliseconds).ok(), "answer": shown });
    let at = time_of_day(text(request, "receivedAt"));
    let status = status.map_or_else(|| "---".to_owned(), |status| status.to_string());
    context.out.stream(
        &format!("{at}  {method:4}  {status}  {milliseconds} ms  {id}"),
        &value,
    )?;
    if context.out.is_table() && !shown.is_empty() {
        let lines = shown.lines().map(|line| format!("          {line}"));
        context.out.text(&lines.collect::<Vec<_>>().join("\n"))?;
    }
    Ok(())
}

fn receiver(text: &str) -> Result<reqwest::Url> {
    let url = reqwest::Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"));
    url.ok_or_else(|| {
        Failure::usage(format!("{text:?} is no URL of a receiver."))
            .hint("Write it as http://localhost:3000/webhooks")
    })
}
