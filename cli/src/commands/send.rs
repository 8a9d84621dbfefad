//! `send`: a webhook to a trigger, as a sender would send it, signed where that is asked for.

use clap::Args;
use reqwest::Method;
use serde_json::Value;

use super::api::header;
use super::execution::started;
use super::sample::{self, Webhook};
use super::signature::{self, SchemeArguments};
use super::watch::{self, Watch};
use super::{api, trigger};
use crate::client::{self, Answer, op};
use crate::context::{Context, file};
use crate::failure::{Exit, Failure, Result};
use crate::find::{self, TriggerRef};

#[derive(Debug, Args)]
pub(crate) struct Send {
    /// The body; - for standard input.
    #[arg(required_unless_present = "sample", conflicts_with = "sample")]
    file: Option<String>,
    /// Send a sample event with its headers, as another delivery each time; `sluice sample` lists them.
    #[arg(long, value_name = "NAME")]
    sample: Option<String>,
    /// The trigger: its id, its workflow where that has only one, or a webhook URL.
    #[arg(long, value_name = "TRIGGER")]
    to: String,
    /// A header, such as "X-GitHub-Event: push".
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = header)]
    headers: Vec<(String, String)>,
    /// The method; POST, or that of the sample.
    #[arg(long, value_name = "METHOD")]
    method: Option<String>,
    /// Sign it, with the scheme of the trigger or --scheme; the secret comes from SLUICE_SIGNING_SECRET, --secret-file or a question.
    #[arg(long)]
    sign: bool,
    #[command(flatten)]
    scheme: SchemeArguments,
    #[command(flatten)]
    watch: Watch,
}

/// Sends it, and prints the answer.
pub(crate) fn run(context: &Context, arguments: &Send) -> Result<Exit> {
    let mut webhook = webhook(arguments)?;
    let is_url = arguments.to.contains("://");
    let (url, found) = match is_url {
        true => (arguments.to.clone(), None),
        false => {
            let client = context.client()?;
            let found = find::trigger(&client, &arguments.to)?;
            (
                reachable(&trigger::url(&client, &found)?, &client.target().url),
                Some(found),
            )
        }
    };
    if arguments.sign {
        let scheme = match (arguments.scheme.given()?, &found) {
            (Some(scheme), _) => scheme,
            (None, Some(found)) => of_trigger(context, found)?,
            (None, None) => {
                return Err(Failure::usage("It is not known how to sign for a URL.")
                    .hint("Name the scheme: --scheme github"));
            }
        };
        let secret = arguments.scheme.secret(context, &scheme)?;
        let signed = signature::headers(&scheme, &secret, &webhook.headers, &webhook.body)?;
        for (name, value) in signed {
            set(&mut webhook.headers, name, value);
        }
    }
    let answer = post(context, &url, &webhook)?;
    if !(200..300).contains(&answer.status) {
        return Err(client::problem_of(&answer));
    }
    let value: Option<Value> = serde_json::from_slice(&answer.body).ok();
    if arguments.watch.is_on() {
        let id = value
            .as_ref()
            .and_then(started)
            .ok_or_else(|| Failure::failed("The answer names no execution to watch."))?;
        return watch::until_ended(context, &context.client()?, id, &arguments.watch);
    }
    api::print(context, &answer)?;
    Ok(Exit::Success)
}

fn webhook(arguments: &Send) -> Result<Webhook> {
    let mut webhook = match (&arguments.sample, &arguments.file) {
        (Some(name), _) => sample::named(name)?.delivered_anew()?,
        (None, path) => Webhook {
            method: "POST".to_owned(),
            query: String::new(),
            headers: Vec::new(),
            body: file(path.as_deref().unwrap_or("-"))?,
        },
    };
    if let Some(method) = &arguments.method {
        webhook.method = method.to_ascii_uppercase();
    }
    for (name, value) in &arguments.headers {
        set(
            &mut webhook.headers,
            name.to_ascii_lowercase(),
            value.clone(),
        );
    }
    if !webhook
        .headers
        .iter()
        .any(|(name, _)| name == "content-type")
        && !webhook.body.is_empty()
    {
        let kind = match std::str::from_utf8(&webhook.body) {
            Ok(text) if serde_json::from_str::<Value>(text).is_ok() => "application/json",
            Ok(_) => "text/plain; charset=utf-8",
            Err(_) => "application/octet-stream",
        };
        webhook
            .headers
            .push(("content-type".to_owned(), kind.to_owned()));
    }
    Ok(webhook)
}

fn set(headers: &mut Vec<(String, String)>, name: String, value: String) {
    headers.retain(|(other, _)| *other != name);
    headers.push((name, value));
}

fn of_trigger(context: &Context, found: &TriggerRef) -> Result<domain::signature::SchemeName> {
    let client = context.client()?;
    let trigger = client
        .call(op::GET_TRIGGER, &[&found.workflow, &found.trigger])
        .json()?;
    match trigger
        .get("authentication")
        .filter(|settings| !settings.is_null())
    {
        Some(settings) => signature::of_settings(settings),
        None => Err(Failure::usage("The trigger asks for no signature.")
            .hint("Send it without --sign, or name a scheme: --scheme github")),
    }
}

/// The URL of a webhook with the scheme of the API, where it is on the same host: an emulator of AWS answers without TLS, which
/// the deployment cannot know.
fn reachable(webhook: &str, api: &str) -> String {
    let host = |url: &str| {
        url.split_once("://")
            .map(|(_, rest)| rest.split('/').next().unwrap_or_default().to_owned())
    };
    match (webhook.split_once("://"), api.split_once("://")) {
        (Some((_, rest)), Some((scheme, _))) if host(webhook) == host(api) => {
            format!("{scheme}://{rest}")
        }
        _ => webhook.to_owned(),
    }
}

/// As a sender: without the key.
fn post(context: &Context, url: &str, webhook: &Webhook) -> Result<Answer> {
    let shown = url.split('?').next().unwrap_or(url).to_owned();
    let method = Method::from_bytes(webhook.method.as_bytes())
        .map_err(|_| Failure::usage(format!("{:?} is no method.", webhook.method)))?;
    let url = match webhook.query.as_str() {
        "" => url.to_owned(),
        query if url.contains('?') => format!("{url}&{query}"),
        query => format!("{url}?{query}"),
    };
    let url =
        reqwest::Url::parse(&url).map_err(|_| Failure::usage(format!("{shown} is no URL.")))?;
    let mut request = client::http(context.timeout(), url.as_str())?.request(method, url);
    for (name, value) in &webhook.headers {
        request = request.header(name, value);
    }
    let sent = client::send(request.body(webhook.body.clone()));
    sent.map_err(|lost| lost.failure(&shown, context.timeout()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_host_of_the_api_is_reached_as_the_api_is() {
        let webhook = "https://a.localhost:1/hooks/wf_1?token=t";
        assert_eq!(
            reachable(webhook, "http://a.localhost:1"),
            webhook.replace("https", "http")
        );
        assert_eq!(reachable(webhook, "http://b.localhost:1/x"), webhook);
        assert_eq!(reachable(webhook, "https://a.localhost:1"), webhook);
    }
}
