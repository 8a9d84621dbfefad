//! `trigger`: the webhooks of a workflow, their URLs and their samples.

use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::workflow::Limit;
use crate::client::{Client, op, pages};
use crate::context::{Context, text_file};
use crate::failure::{Exit, Failure, Result};
use crate::find::{self, TriggerRef, text};
use crate::output::views;
use crate::time;

/// Between two looks at what was captured.
const CAPTURE_PAUSE: Duration = Duration::from_secs(1);
/// The window is open for three minutes, after at most a few seconds.
const MAX_CAPTURE: Duration = Duration::from_secs(200);

#[derive(Debug, Subcommand)]
pub(crate) enum TriggerCommand {
    /// Create a trigger, and print it with its URL.
    Create(Create),
    /// List the triggers of a workflow.
    List {
        /// The workflow's id, slug or name.
        workflow: String,
        #[command(flatten)]
        limit: Limit,
    },
    /// Show a trigger.
    Show(Named),
    /// Give a trigger a new URL; the old one ends at once, or after the overlap.
    Rotate {
        #[command(flatten)]
        trigger: Named,
        /// For how long the old URL still works, such as 1h; at most 7 days.
        #[arg(long, value_name = "DURATION", value_parser = time::duration)]
        overlap: Option<Duration>,
    },
    /// Print the URL of a trigger, with its token.
    Url(Named),
    /// Make the next request to a trigger its sample; that request starts nothing.
    Capture(Named),
    /// Delete a trigger; its URL ends.
    Delete(Named),
}

/// One trigger.
#[derive(Debug, Args)]
pub(crate) struct Named {
    /// The trigger's id; or its workflow, where that has only one.
    trigger: String,
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// The workflow's id, slug or name.
    workflow: String,
    /// How senders sign: standard-webhooks, github, slack, stripe, twilio.
    #[arg(long, value_name = "SCHEME")]
    scheme: Option<String>,
    /// The product whose senders it is for: native, refly or hap.
    #[arg(long, value_name = "NAME")]
    product: Option<String>,
    /// A method that it takes, POST or GET; several times for both.
    #[arg(long = "method", value_name = "METHOD")]
    methods: Vec<String>,
    /// Which events it takes, in jq.
    #[arg(long, value_name = "JQ")]
    condition: Option<String>,
    /// Every setting, as the API takes them, in YAML or JSON; - for standard input.
    #[arg(long, value_name = "FILE")]
    settings: Option<String>,
}

/// Runs a command on triggers.
pub(crate) fn run(context: &Context, command: TriggerCommand) -> Result<Exit> {
    let client = context.client()?;
    match command {
        TriggerCommand::Create(arguments) => {
            let workflow = find::workflow(&client, &arguments.workflow)?;
            let body = settings(&arguments)?;
            let trigger = client
                .call(op::CREATE_TRIGGER, &[&workflow])
                .body(body)
                .json()?;
            context.out.one(&views::TRIGGER, &trigger)?;
        }
        TriggerCommand::List { workflow, limit } => {
            let workflow = find::workflow(&client, &workflow)?;
            let items = pages(limit.get(), || client.call(op::LIST_TRIGGERS, &[&workflow]))?;
            context.out.list(&views::TRIGGER, &items)?;
        }
        TriggerCommand::Show(named) => {
            let found = find::trigger(&client, &named.trigger)?;
            let trigger = client
                .call(op::GET_TRIGGER, &[&found.workflow, &found.trigger])
                .json()?;
            context.out.one(&views::TRIGGER, &trigger)?;
        }
        TriggerCommand::Rotate { trigger, overlap } => {
            let found = find::trigger(&client, &trigger.trigger)?;
            let seconds = overlap.unwrap_or_default().as_secs();
            if seconds == 0 {
                context.confirm("The old URL ends at once. Rotate?")?;
            }
            let ids = [found.workflow.as_str(), found.trigger.as_str()];
            let body = json!({ "overlapSeconds": seconds });
            let trigger = client.call(op::ROTATE, &ids).body(body).json()?;
            context.out.one(&views::TRIGGER, &trigger)?;
        }
        TriggerCommand::Url(named) => {
            let found = find::trigger(&client, &named.trigger)?;
            context.out.text(&url(&client, &found)?)?;
        }
        TriggerCommand::Capture(named) => return capture(context, &client, &named),
        TriggerCommand::Delete(named) => {
            let found = find::trigger(&client, &named.trigger)?;
            context.confirm(&format!(
                "Delete the trigger {}? Its URL ends at once.",
                found.trigger
            ))?;
            client
                .call(op::DELETE_TRIGGER, &[&found.workflow, &found.trigger])
                .send()?;
            context.out.say(&format!("{} is deleted.", found.trigger));
        }
    }
    Ok(Exit::Success)
}

/// The URL of a trigger, with its token.
pub(crate) fn url(client: &Client, found: &TriggerRef) -> Result<String> {
    let call = client.call(op::GET_TRIGGER, &[&found.workflow, &found.trigger]);
    let trigger = call.query("reveal", "url").json()?;
    let url = trigger.get("url").and_then(Value::as_str);
    url.map(str::to_owned).ok_or_else(|| {
        Failure::failed("The URL of this trigger cannot be shown.").hint(format!(
            "Make a new one: sluice trigger rotate {}",
            found.trigger
        ))
    })
}

/// The settings of the file, and over them those of the options.
fn settings(arguments: &Create) -> Result<Value> {
    let mut settings = match &arguments.settings {
        Some(file) => match crate::context::yaml(&text_file(file)?) {
            Ok(Value::Object(settings)) => settings,
            Ok(_) => {
                return Err(Failure::usage(format!("{file} has no settings."))
                    .hint("It is a mapping, such as `methods: [GET]`."));
            }
            Err(error) => return Err(Failure::usage(format!("{file} is no YAML: {error}"))),
        },
        None => Map::new(),
    };
    if let Some(scheme) = &arguments.scheme {
        settings.insert("authentication".to_owned(), json!({ "scheme": scheme }));
    }
    if let Some(product) = &arguments.product {
        settings.insert("profile".to_owned(), json!(product));
    }
    if !arguments.methods.is_empty() {
        settings.insert("methods".to_owned(), json!(arguments.methods));
    }
    if let Some(condition) = &arguments.condition {
        settings.insert("condition".to_owned(), json!(condition));
    }
    Ok(Value::Object(settings))
}

fn capture(context: &Context, client: &Client, named: &Named) -> Result<Exit> {
    let found = find::trigger(client, &named.trigger)?;
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
