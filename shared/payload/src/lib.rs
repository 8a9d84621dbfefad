//! What a delivery says: an event in the words of the API that its subscription was made with, as JSON, as a message for
//! Slack, or through the subscription's own template. It does not know how anything is sent or signed.

mod document;
mod slack;
mod template;

use domain::outbound::{Event, Format, Subscription};
use serde_json::Value;

pub use template::{InvalidTemplate, MAX_TEMPLATE_BYTES, check_template};

/// The largest body that a template makes, in bytes: 256 KB.
pub const MAX_BODY_BYTES: usize = 262_144;

const JSON: &str = "application/json";

/// The body of a request, and what it is. A `Content-Type` among the subscription's own headers goes before this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    pub content_type: &'static str,
    pub body: Vec<u8>,
}

/// Why an event has no body. The same event and subscription give the same answer every time.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    #[error(transparent)]
    Parse(#[from] InvalidTemplate),
    #[error("the template cannot be filled{}: {reason}", on_line(*.line))]
    Fill { line: Option<usize>, reason: String },
    #[error("the template takes too many steps for this event, or changes too much text")]
    TooLong,
    #[error("the body would have more than {MAX_BODY_BYTES} bytes")]
    TooLarge,
    #[error(
        "the template begins like JSON and fills to something else ({0}); give a Content-Type header, such as text/plain, if it is to be no JSON"
    )]
    NotJson(String),
}

fn on_line(line: Option<usize>) -> String {
    line.map_or(String::new(), |line| format!(" on line {line}"))
}

/// What the subscription is sent for the event. Only a template can fail.
pub fn render(subscription: &Subscription, event: &Event) -> Result<Payload, RenderError> {
    match &subscription.format {
        Format::Default => Ok(json(&document::of(subscription.form, event))),
        Format::Slack => Ok(json(&slack::message(event))),
        Format::Custom(text) => template::render(text, subscription, event),
    }
}

fn json(document: &Value) -> Payload {
    Payload {
        content_type: JSON,
        body: document.to_string().into_bytes(),
    }
}

#[cfg(test)]
mod tests;
