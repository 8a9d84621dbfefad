//! The body of a delivery: an event as JSON in the shape of the subscription's profile, as a Slack message, or through
//! the subscription's own template. It does not know how deliveries are sent or signed.

#![warn(missing_docs)]

mod document;
mod slack;
mod template;

use domain::outbound::{Event, Format, Subscription};
use serde_json::Value;

pub use template::{InvalidTemplate, MAX_TEMPLATE_BYTES, check_template, json_template};

/// The largest body that a template may render, in bytes: 256 KB.
pub const MAX_BODY_BYTES: usize = 262_144;

const JSON: &str = "application/json";

/// The body of a request and its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// The media type. A `Content-Type` among the subscription's own headers replaces it.
    pub content_type: &'static str,
    /// The bytes to send.
    pub body: Vec<u8>,
}

impl Payload {
    /// The headers of the request, but for the signature's: those of the subscription, and the type of the body, unless one
    /// of them says it.
    pub fn headers(&self, subscription: &Subscription) -> Vec<(String, String)> {
        let mut headers = subscription.headers.clone();
        let has_content_type = headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if !has_content_type {
            headers.push(("content-type".to_owned(), self.content_type.to_owned()));
        }
        headers
    }
}

/// Why an event cannot be rendered. The result is the same every time for one event and subscription.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The stored template does not parse.
    #[error(transparent)]
    Parse(#[from] InvalidTemplate),
    /// The template does not work with this event.
    #[error("the template cannot be rendered{}: {reason}", on_line(*.line))]
    Fill {
        /// The line of the template, from 1, where it is known.
        line: Option<usize>,
        /// What went wrong there.
        reason: String,
    },
    /// The template exceeds its steps or bytes of work.
    #[error("the template takes too many steps for this event, or changes too much text")]
    TooLong,
    /// The body exceeds [`MAX_BODY_BYTES`].
    #[error("the body would have more than {MAX_BODY_BYTES} bytes")]
    TooLarge,
    /// The template is one of JSON, and its body does not parse.
    #[error(
        "the template begins like JSON and renders something else ({0}); add a Content-Type header, such as text/plain, if the body is not to be JSON"
    )]
    NotJson(String),
}

fn on_line(line: Option<usize>) -> String {
    line.map_or(String::new(), |line| format!(" on line {line}"))
}

/// Renders the event for the subscription. Only a template can fail.
pub fn render(subscription: &Subscription, event: &Event) -> Result<Payload, RenderError> {
    match &subscription.format {
        Format::Default => Ok(json(&document::for_profile(subscription.profile, event))),
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
