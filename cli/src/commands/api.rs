//! `api`: any request, with the key of the profile.

use clap::Args;
use reqwest::Method;

use crate::client::Answer;
use crate::context::{Context, file};
use crate::failure::{Exit, Failure, Result};
use crate::output::safe;

#[derive(Debug, Args)]
pub(crate) struct Api {
    /// GET, POST, PUT, PATCH, DELETE or HEAD.
    method: String,
    /// The path with its query, such as /v1/executions?limit=1.
    path: String,
    /// The body: a text, @FILE, or @- for standard input.
    #[arg(short, long, value_name = "BODY")]
    data: Option<String>,
    /// A header, such as "Idempotency-Key: order-7".
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = header)]
    headers: Vec<(String, String)>,
    /// Print the status and the headers, too, on standard error.
    #[arg(short, long)]
    include: bool,
}

/// A header as curl takes it.
pub(crate) fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once(':')
        .ok_or_else(|| format!("{text:?} is no header: write NAME: VALUE"))?;
    let (name, value) = (name.trim(), value.trim());
    reqwest::header::HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| format!("{name:?} is no name of a header"))?;
    reqwest::header::HeaderValue::from_str(value)
        .map_err(|_| format!("the value of {name} has characters that no header can have"))?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Sends it, prints the answer as it is, and fails where the answer is an error.
pub(crate) fn run(context: &Context, arguments: &Api) -> Result<Exit> {
    let method = Method::from_bytes(arguments.method.to_ascii_uppercase().as_bytes())
        .map_err(|_| Failure::usage(format!("{:?} is no method.", arguments.method)))?;
    if !arguments.path.starts_with('/') {
        return Err(Failure::usage(format!("{:?} is no path.", arguments.path))
            .hint("It begins with a slash, as /v1/workflows does."));
    }
    let body = match arguments.data.as_deref() {
        Some(data) => Some(match data.strip_prefix('@') {
            Some(path) => file(path)?,
            None => data.as_bytes().to_vec(),
        }),
        None => None,
    };
    let answer = context
        .client()?
        .raw(method, &arguments.path, body, &arguments.headers)?;
    if arguments.include {
        say_head(context, &answer);
    }
    print(context, &answer)?;
    match answer.status {
        200..=399 => Ok(Exit::Success),
        _ => Err(crate::client::problem_of(&answer)),
    }
}

fn say_head(context: &Context, answer: &Answer) {
    context.out.say(&answer.status.to_string());
    for (name, value) in &answer.headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        context.out.say(&format!("{name}: {}", safe(&value)));
    }
}

pub(crate) fn print(context: &Context, answer: &Answer) -> Result<()> {
    if answer.body.is_empty() {
        return Ok(());
    }
    match serde_json::from_slice(&answer.body) {
        Ok(value) => context.out.value(&value),
        Err(_) => context.out.bytes(&answer.body),
    }
}
