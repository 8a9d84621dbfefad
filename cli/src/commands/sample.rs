//! `sample`: webhooks as their senders write them, from events/ of the repository.

use clap::Args;
use serde_json::{Value, json};

use crate::context::Context;
use crate::failure::{Doing as _, Exit, Failure, Result};
use crate::find::text;
use crate::output::views;

macro_rules! samples {
    ($($name:literal),*) => { &[$(($name, include_str!(concat!("../../../events/", $name, ".json")))),*] };
}

/// Name and Lambda event of each.
const SAMPLES: &[(&str, &str)] = samples![
    "github-push",
    "stripe-event",
    "slack-form",
    "order-paid",
    "uptime-alert",
    "stock-count",
    "text",
    "binary-base64",
    "get-query"
];
/// Headers of the way that the event came, not of its sender.
const OF_THE_WAY: [&str; 6] = [
    "host",
    "content-length",
    "x-amzn-trace-id",
    "x-forwarded-for",
    "x-forwarded-port",
    "x-forwarded-proto",
];
/// Headers of a signature, which is of another secret and another time.
const OF_SIGNATURES: [&str; 6] = [
    "x-hub-signature",
    "x-hub-signature-256",
    "x-slack-signature",
    "x-slack-request-timestamp",
    "stripe-signature",
    "webhook-signature",
];
/// Headers with the id of a delivery: the same again would be a duplicate.
const OF_DELIVERIES: [&str; 3] = ["x-github-delivery", "webhook-id", "x-webhook-delivery-id"];

#[derive(Debug, Args)]
pub(crate) struct Sample {
    /// Which; without it, all are listed.
    name: Option<String>,
    /// Print its headers, too.
    #[arg(short, long, requires = "name")]
    include: bool,
}

/// A request of a sender.
#[derive(Debug)]
pub(crate) struct Webhook {
    pub(crate) method: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// Prints a body, or lists what there is.
pub(crate) fn run(context: &Context, arguments: &Sample) -> Result<Exit> {
    if let Some(name) = &arguments.name {
        let webhook = named(name)?;
        if arguments.include {
            let lines = webhook
                .headers
                .iter()
                .map(|(name, value)| format!("{name}: {value}"));
            context
                .out
                .text(&format!("{}\n", lines.collect::<Vec<_>>().join("\n")))?;
        }
        context.out.bytes(&webhook.body)?;
        return Ok(Exit::Success);
    }
    let mut items = Vec::new();
    for (name, _) in SAMPLES {
        let webhook = named(name)?;
        let kind = webhook
            .headers
            .iter()
            .find(|(name, _)| name == "content-type");
        items.push(json!({
            "name": name,
            "method": webhook.method,
            "bytes": webhook.body.len(),
            "contentType": kind.map(|(_, value)| value),
        }));
    }
    context.out.list(&views::SAMPLE_EVENT, &items)?;
    Ok(Exit::Success)
}

/// The request of a sample, without signature and with its delivery id.
pub(crate) fn named(name: &str) -> Result<Webhook> {
    let found = SAMPLES.iter().find(|(known, _)| *known == name);
    let (_, event) = found.ok_or_else(|| {
        let known: Vec<&str> = SAMPLES.iter().map(|(name, _)| *name).collect();
        Failure::new(Exit::NotFound, format!("There is no sample {name}."))
            .hint(format!("There are {}.", known.join(", ")))
    })?;
    read(event).doing(|| format!("cannot read the sample {name}"))
}

fn read(event: &str) -> Result<Webhook, String> {
    use base64::Engine as _;
    let event: Value = serde_json::from_str(event).map_err(|error| error.to_string())?;
    let body = text(&event, "body");
    let body = match event.get("isBase64Encoded") {
        Some(Value::Bool(true)) => base64::engine::general_purpose::STANDARD
            .decode(body)
            .map_err(|error| error.to_string())?,
        _ => body.as_bytes().to_vec(),
    };
    let headers = event
        .get("headers")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let headers = headers.filter(|(name, _)| {
        !OF_THE_WAY.contains(&name.as_str()) && !OF_SIGNATURES.contains(&name.as_str())
    });
    let headers =
        headers.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
    let query = text(&event, "rawQueryString").split('&');
    let query: Vec<&str> = query
        .filter(|pair| !pair.starts_with("token=") && !pair.is_empty())
        .collect();
    Ok(Webhook {
        method: event
            .pointer("/requestContext/http/method")
            .and_then(Value::as_str)
            .unwrap_or("POST")
            .to_owned(),
        query: query.join("&"),
        headers: headers.collect(),
        body,
    })
}

impl Webhook {
    /// The same as another delivery: with new ids where it has ids.
    pub(crate) fn delivered_anew(mut self) -> Result<Self> {
        let id = crate::client::random_id()?;
        for (name, value) in &mut self.headers {
            if OF_DELIVERIES.contains(&name.as_str()) {
                value.clone_from(&id);
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_a_request_without_its_way_its_token_and_its_signature() {
        for (name, _) in SAMPLES {
            let webhook = named(name).unwrap();
            assert!(!webhook.query.contains("token"), "{name}");
            let stale = webhook.headers.iter().find(|(name, _)| {
                OF_THE_WAY.contains(&name.as_str()) || name.contains("signature")
            });
            assert_eq!(stale, None, "{name}");
            assert_eq!(webhook.method == "GET", webhook.body.is_empty(), "{name}");
        }
    }

    #[test]
    fn a_sample_is_sent_as_another_delivery_each_time() {
        let id = |webhook: &Webhook| {
            webhook
                .headers
                .iter()
                .find(|(name, _)| name == "x-github-delivery")
                .unwrap()
                .1
                .clone()
        };
        let first = named("github-push").unwrap();
        let again = named("github-push").unwrap().delivered_anew().unwrap();
        assert_ne!(id(&first), id(&again));
        assert_eq!(first.body, again.body);
    }
}
