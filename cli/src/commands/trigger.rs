//! `trigger`: the webhooks of a workflow, their URLs and their samples.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::capture;
use super::workflow::Limit;
use crate::client::{Client, Operation, op, pages};
use crate::context::{Context, text_file};
use crate::failure::{Exit, Failure, Result};
use crate::find::{self, TriggerRef};
use crate::output::views;
use crate::time;

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
    /// Give a trigger a new secret of its signatures, and print it.
    RotateSecret {
        #[command(flatten)]
        trigger: Named,
        /// For how long the old secret still counts, such as 1h; at most 7 days.
        #[arg(long, value_name = "DURATION", value_parser = time::duration)]
        overlap: Option<Duration>,
        /// The secret that the sender chose; - for standard input. A random one by default.
        #[arg(long, value_name = "FILE")]
        secret_file: Option<String>,
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
    /// The secret that the sender chose; - for standard input. A random one by default.
    #[arg(long, value_name = "FILE", requires = "scheme")]
    secret_file: Option<String>,
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
            let body = overlapping(overlap);
            rotate(context, &client, (op::ROTATE, "URL"), &trigger, body)?;
        }
        TriggerCommand::RotateSecret {
            trigger,
            overlap,
            secret_file,
        } => {
            let mut body = overlapping(overlap);
            if let Some(path) = secret_file {
                body.insert("secret".to_owned(), json!(secret(&path)?));
            }
            let what = (op::ROTATE_SECRET, "secret");
            rotate(context, &client, what, &trigger, body)?;
        }
        TriggerCommand::Url(named) => {
            let found = find::trigger(&client, &named.trigger)?;
            context.out.text(&url(&client, &found)?)?;
        }
        TriggerCommand::Capture(named) => return capture::run(context, &client, &named.trigger),
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

/// For how long the old one stays.
fn overlapping(overlap: Option<Duration>) -> Map<String, Value> {
    let seconds = overlap.unwrap_or_default().as_secs();
    Map::from_iter([("overlapSeconds".to_owned(), json!(seconds))])
}

/// Replaces the URL or the secret; without an overlap, after a question.
fn rotate(
    context: &Context,
    client: &Client,
    (operation, what): (Operation, &str),
    named: &Named,
    body: Map<String, Value>,
) -> Result<()> {
    let found = find::trigger(client, &named.trigger)?;
    if body.get("overlapSeconds") == Some(&json!(0)) {
        context.confirm(&format!("The old {what} ends at once. Rotate?"))?;
    }
    let call = client.call(operation, &[&found.workflow, &found.trigger]);
    let trigger = call.body(Value::Object(body)).json()?;
    context.out.one(&views::TRIGGER, &trigger)
}

/// The secret in a file, without the line break that editors end it with.
fn secret(path: &str) -> Result<String> {
    Ok(text_file(path)?.trim_end_matches(['\r', '\n']).to_owned())
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
        let mut authentication = json!({ "scheme": scheme });
        if let (Some(path), Value::Object(members)) = (&arguments.secret_file, &mut authentication)
        {
            members.insert("secret".to_owned(), json!(secret(path)?));
        }
        settings.insert("authentication".to_owned(), authentication);
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
