//! Templates of orgs: a subset of Jinja, rendered by `minijinja`, that inserts parts of an event. Of the subscription
//! it knows the profile and the headers only.
//!
//! Templates and events are untrusted input. A template can read the event and nothing else. Its syntax is an
//! allow-list (`allowed.rs`), because minijinja's fuel counts steps, not how much one step produces; a separate budget
//! counts the bytes that filters read and write (`meter.rs`). So every rendering ends within 100 ms and needs no thread
//! of its own. Data of the event cannot change the structure of a JSON body: a string cannot end the JSON string that
//! it is inserted into (`json_text.rs`).

mod allowed;
mod filters;
mod json_body;
mod json_text;
mod meter;
mod values;

use std::sync::Arc;

use domain::outbound::{Event, Subscription};
use minijinja::value::{Enumerator, Object, Value};
use minijinja::{Environment, ErrorKind, UndefinedBehavior, context};

use crate::{JSON, Payload, RenderError, document};
pub use json_body::json_template;
use json_text::{Body, JsonPosition};

/// The longest template, in bytes: 32 KB.
pub const MAX_TEMPLATE_BYTES: usize = 32_768;

/// Instructions of one rendering. A loop over 1,000 items that inserts five parts of each takes about 15,000.
const FUEL: u64 = 20_000;

const NAME: &str = "template";

/// Why a text is not a valid template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct InvalidTemplate {
    /// The line, from 1.
    pub line: usize,
    /// The rule that the template breaks.
    pub reason: String,
}

/// Checks that a text parses and uses only what templates may use. Whether an event has the parts that the template
/// inserts is known only when it is rendered.
pub fn check_template(text: &str) -> Result<(), InvalidTemplate> {
    allowed::check(text)?;
    let mut environment = filters::environment(&Arc::default());
    compile(&mut environment, text)
}

/// Renders a template with an event.
///
/// The body is JSON if the subscription's own `Content-Type` says so, or, without that header, if the template begins
/// like JSON or consists of tags only. Then `{{ part }}` inserts the part as JSON, or, inside a JSON string of the
/// template, the escaped text of the part, and the body must parse as JSON. Otherwise strings are inserted unchanged.
pub(crate) fn render(
    text: &str,
    subscription: &Subscription,
    event: &Event,
) -> Result<Payload, RenderError> {
    allowed::check(text)?;
    let is_json = is_json(text, subscription);
    let position = Arc::new(JsonPosition::default());
    let mut environment = filters::environment(&Arc::default());
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    if is_json {
        let position = Arc::clone(&position);
        environment.set_formatter(move |out, _, value| json_text::json(out, &position, value));
    } else {
        environment.set_formatter(|out, _, value| json_text::plain(out, value));
    }
    compile(&mut environment, text)?;
    let mut body = Body::new(&position);
    let template = environment.get_template(NAME).map_err(failed)?;
    let rendered = template.render_captured_to(
        context! { event => event_object(subscription, event) },
        &mut body,
    );
    if body.is_full {
        return Err(RenderError::TooLarge);
    }
    rendered.map_err(failed)?;
    finish(body.bytes, is_json)
}

fn finish(body: Vec<u8>, is_json: bool) -> Result<Payload, RenderError> {
    if !is_json {
        return Ok(Payload {
            content_type: "text/plain; charset=utf-8",
            body,
        });
    }
    json_text::check(&body).map_err(|error| RenderError::NotJson(error.to_string()))?;
    Ok(Payload {
        content_type: JSON,
        body,
    })
}

fn compile<'a>(environment: &mut Environment<'a>, text: &'a str) -> Result<(), InvalidTemplate> {
    environment
        .add_template(NAME, text)
        .map_err(|error| invalid(&error))
}

fn invalid(error: &minijinja::Error) -> InvalidTemplate {
    InvalidTemplate {
        line: error.line().unwrap_or(1),
        reason: reason(error),
    }
}

fn failed(error: minijinja::Error) -> RenderError {
    match error.kind() {
        ErrorKind::OutOfFuel => RenderError::TooLong,
        _ => RenderError::Fill {
            line: error.line(),
            reason: reason(&error),
        },
    }
}

/// The text of an error without its line.
fn reason(error: &minijinja::Error) -> String {
    match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    }
}

fn is_json(text: &str, subscription: &Subscription) -> bool {
    let headers = &subscription.headers;
    let chosen = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    match chosen {
        Some((_, value)) => {
            let media_type = value.split(';').next().unwrap_or_default();
            let media_type = media_type.trim().to_ascii_lowercase();
            media_type == JSON || media_type.ends_with("+json")
        }
        None => allowed::first_letter(text).is_none_or(|first| matches!(first, '{' | '[' | '"')),
    }
}

/// The event in the shape of the subscription's profile. `event.data` can be read in every profile; only the native
/// shape lists it.
fn event_object(subscription: &Subscription, event: &Event) -> Value {
    let shown = document::for_profile(subscription.profile, event);
    Value::from_object(EventObject {
        shown: values::from_json(&shown),
        data: values::from_json(&event.data),
    })
}

#[derive(Debug)]
struct EventObject {
    shown: Value,
    data: Value,
}

impl Object for EventObject {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let shown = self.shown.get_item(key).ok();
        let shown = shown.filter(|part| !part.is_undefined());
        shown.or_else(|| (key.as_str() == Some("data")).then(|| self.data.clone()))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        self.shown
            .try_iter()
            .map_or(Enumerator::Empty, |keys| Enumerator::Values(keys.collect()))
    }
}
